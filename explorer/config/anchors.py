"""Shapes of the anchors, layer by layer."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from pydantic import field_validator

from explorer.config.settings import Settings
from explorer.i18n import _


def scales(minimum: float, maximum: float, num_layers: int) -> tuple[tuple[float, float], ...]:
    """Return two sizes a layer, finest first: s_k, and √(s_k·s_k+1), between it and the next one's.

    The s_k grow by the same step from `minimum` on the finest to `maximum` on the coarsest
    map. That one has no next layer, and takes the s that one more step would reach:
    ``scales(0.2, 0.88, 5)`` are ToySSD's sizes before they were rounded to 3 decimals.

    Parameters
    ----------
    minimum, maximum : float
        s of the finest and of the coarsest layer, relative to the image's height.
    num_layers : int of at least 2

    Raises
    ------
    ValueError
        If `minimum` is not above 0 and below `maximum`, or `num_layers` is below 2.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2, equation 4.
    """
    if num_layers < 2:
        text = _("num_layers must be at least 2, got {num_layers}")
        raise ValueError(text.format(num_layers=num_layers))
    if not 0 < minimum < maximum < math.inf:  # also False for NaN
        text = _(
            "the smallest scale must be above 0 and below the largest, got {minimum:g} and "
            "{maximum:g}"
        )
        raise ValueError(text.format(minimum=minimum, maximum=maximum))
    step = (maximum - minimum) / (num_layers - 1)
    sizes = [minimum + step * k for k in range(num_layers + 1)]
    return tuple((s, math.sqrt(s * after)) for s, after in pairwise(sizes))


class AnchorLayer(Settings):
    """Shapes of the anchors ("prior" or "default" boxes) of one prediction layer.

    A cell carries ``S + R - 1`` anchors, not ``S * R``: every size at ``ratios[0]``, then
    ``ratios[1:]`` at ``sizes[0]``.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2 (scales and aspect ratios).
    """

    sizes: tuple[float, ...]
    """S floats in (0, 2]: side of the square anchor, relative to the image's height."""
    ratios: tuple[float, ...]
    """R floats in (0, 100]: width over height; ``ratios[0]`` is 1 in nearly all configurations."""

    @field_validator("sizes", "ratios", mode="before")
    @classmethod
    def _not_many(cls, values: Any, info: Any) -> Any:
        """Refuse a list that never ends before each of its values is looked at."""
        if isinstance(values, (list, tuple)) and len(values) > 16:
            text = _("{field_name} has {number} numbers, the limit is 16")
            raise ValueError(text.format(field_name=info.field_name, number=len(values)))
        return values

    @field_validator("sizes", "ratios")
    @classmethod
    def _positive(cls, values: tuple[float, ...], info: Any) -> tuple[float, ...]:
        limit = 2.0 if info.field_name == "sizes" else 100.0
        if not values:
            text = _("{field_name} needs at least one number")
            raise ValueError(text.format(field_name=info.field_name))
        for value in values:
            if not 0.0 < value <= limit:  # also False for NaN
                text = _("{field_name} must be above 0 and at most {limit:g}, got {value:g}")
                raise ValueError(text.format(field_name=info.field_name, limit=limit, value=value))
        return values

    @property
    def num_anchors(self) -> int:
        """Anchors per cell: ``S + R - 1``."""
        return len(self.sizes) + len(self.ratios) - 1


class AnchorConfig(Settings):
    """Anchors of the whole pyramid, one `AnchorLayer` per feature map, finest map first."""

    layers: tuple[AnchorLayer, ...]

    @field_validator("layers", mode="before")
    @classmethod
    def _not_many(cls, layers: Any) -> Any:
        """Refuse a list that never ends before each of its layers is looked at."""
        return cls._two_to_eight(layers) if isinstance(layers, list) and len(layers) > 8 else layers

    @field_validator("layers")
    @classmethod
    def _two_to_eight(cls, layers: Any) -> Any:
        if not 2 <= len(layers) <= 8:
            text = _("anchors need 2 to 8 layers, got {num_layers}")
            raise ValueError(text.format(num_layers=len(layers)))
        return layers

    @classmethod
    def of(cls, sizes: Any, ratios: Any) -> AnchorConfig:
        """Build from MXNet's two lists of lists; one list of ratios serves all layers."""
        if ratios and not isinstance(ratios[0], (list, tuple)):
            ratios = [ratios] * len(sizes)
        if len(sizes) != len(ratios):
            text = _("sizes has {num_sizes} layers, ratios has {num_ratios}")
            raise ValueError(text.format(num_sizes=len(sizes), num_ratios=len(ratios)))
        layers = [
            AnchorLayer(sizes=tuple(s), ratios=tuple(r)) for s, r in zip(sizes, ratios, strict=True)
        ]
        return cls(layers=tuple(layers))

    @classmethod
    def from_scales(
        cls, minimum: float, maximum: float, num_layers: int, ratios: Any
    ) -> AnchorConfig:
        """Build from evenly growing `scales`, rounded to 3 decimals as the tutorial's are.

        ``from_scales(0.2, 0.88, 5, [1, 2, 0.5])`` is `TOY_SSD`.
        """
        pairs = scales(minimum, maximum, num_layers)
        return cls.of([[round(size, 3) for size in pair] for pair in pairs], ratios)

    @property
    def sizes(self) -> list[list[float]]:
        """Sizes as MXNet's operators take them: one list per layer."""
        return [list(layer.sizes) for layer in self.layers]

    @property
    def ratios(self) -> list[list[float]]:
        """Ratios as MXNet's operators take them: one list per layer."""
        return [list(layer.ratios) for layer in self.layers]
