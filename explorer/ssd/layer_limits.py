"""Which anchors a prediction layer can serve, by its receptive field and its stride."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.config import FeatureMap, MapShape

_LEAST_STRIDES = 0.5
"""An anchor smaller than half of the distance to the next one leaves most places uncovered."""

_RATIOS = (0.1, 10.0)
_SLACK = 1e-9


@dataclass(frozen=True)
class LayerLimits:
    """The sides that anchors of one layer may have, normalised.

    Both sides are at least half of the layer's stride, since between smaller anchors most
    places are left out, and at most its receptive field, since of a larger object the layer
    sees but a part; no side exceeds the image's.
    """

    widths: tuple[float, float]
    """(least, most)."""
    heights: tuple[float, float]
    """(least, most)."""
    stretch: float
    """map_h / map_w, by which widths are scaled."""

    @property
    def sizes(self) -> tuple[float, float]:
        """Least and most size at ratio 1, in whole thousandths."""
        least = max(self.widths[0] / self.stretch, self.heights[0])
        most = min(self.widths[1] / self.stretch, self.heights[1])
        return _inwards(least, most, 1000)

    def allow(self, size: float, ratio: float) -> bool:
        """Say whether an anchor of this size and ratio keeps within the limits."""
        width, height = size * self.stretch * math.sqrt(ratio), size / math.sqrt(ratio)
        return (
            _RATIOS[0] <= ratio <= _RATIOS[1]
            and self.widths[0] - _SLACK <= width <= self.widths[1] + _SLACK
            and self.heights[0] - _SLACK <= height <= self.heights[1] + _SLACK
        )

    def ratios(self, size: float) -> tuple[float, float]:
        """Least and most ratio at this size, in whole hundredths."""
        least = max((self.widths[0] / self.stretch / size) ** 2, (size / self.heights[1]) ** 2)
        most = min((self.widths[1] / self.stretch / size) ** 2, (size / self.heights[0]) ** 2)
        least, most = max(least, _RATIOS[0]), min(most, _RATIOS[1])
        return _inwards(least, most, 100)


def layer_limits(feature_map: FeatureMap, input_shape_px: MapShape) -> LayerLimits:
    """Return the limits of the layer that predicts from one map."""
    field = feature_map.receptive_field_px
    (least_height, most_height), (least_width, most_width) = (
        (_LEAST_STRIDES * stride / side_px, 1.0 if field is None else min(field / side_px, 1.0))
        for side_px, stride in zip(input_shape_px, feature_map.stride_px, strict=True)
    )
    stretch = feature_map.height / feature_map.width
    return LayerLimits((least_width, most_width), (least_height, most_height), stretch)


def _inwards(least: float, most: float, parts: int) -> tuple[float, float]:
    """Round to whole parts of 1 without leaving the range by more than the slack."""
    return math.ceil(least * parts - _SLACK) / parts, math.floor(most * parts + _SLACK) / parts
