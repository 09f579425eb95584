"""The detector that a set of weights belongs to, and how its predictions become detections."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_serializer, field_validator

from explorer.config.anchors import AnchorConfig
from explorer.config.architectures import ARCHITECTURES, TOY_SSD_KEY, architecture_maps
from explorer.config.feature_maps import FeatureMap, MapShape
from explorer.config.pixels import ChannelOrder, Pixels
from explorer.config.presets import TOY_SSD
from explorer.config.settings import Fraction, Positive, Settings, Variances
from explorer.i18n import _

MAX_ANCHORS = 2_000_000
"""Of a whole network: three times as many as ToySSD's largest has with the most shapes."""


_Level = Annotated[float, Field(ge=-255.0, le=255.0)]


class DetectorConfig(Settings):
    """A detector as a value: all that a set of weights needs to be understood."""

    class_names: tuple[str, ...] = Field(min_length=1, max_length=10_000)
    """In order of `class_id`, without the background; no two are the same, and none is empty."""
    architecture: str = TOY_SSD_KEY
    """The network's name, a key of `ARCHITECTURES`, or another one's with its own
    `feature_maps`.
    """
    anchors: AnchorConfig = TOY_SSD
    """One layer per feature map."""
    input_size: int = Field(256, ge=64, le=1024)
    """Side of the square input, px."""
    channel_order: ChannelOrder = "rgb"
    """Of the pixels that the network takes."""
    pixel_mean: tuple[_Level, _Level, _Level] = Pixels().mean
    """Subtracted from pixels of 0 to 255, channel by channel in `channel_order`."""
    pixel_std: tuple[Positive, Positive, Positive] = Pixels().std
    """What the rest is divided by, channel by channel in `channel_order`."""
    variances: Variances = (0.1, 0.1, 0.2, 0.2)
    """Scale the offsets (x, y, width, height) that the network has learned."""
    class_activation: Literal["softmax", "sigmoid"] = "softmax"
    """What turns its scores into probabilities."""
    multi_label: bool = False
    """Whether an anchor may name several classes, as GluonCV's networks do, or its best one."""
    feature_maps: tuple[FeatureMap, ...] = Field((), max_length=8, validate_default=True)
    """Finest first. Empty means those that the architecture makes of the input, and is replaced
    by them; JSON has them only where they are others.
    """

    @field_validator("class_names")
    @classmethod
    def _names_are_told_apart(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        for number, name in enumerate(names):
            if not name.strip():
                text = _("class_names must not be empty, but number {number} is {name!r}")
                raise ValueError(text.format(number=number, name=name))
            if name in seen:
                text = _("class_names must differ, but {name!r} is there twice")
                raise ValueError(text.format(name=name))
            seen.add(name)
        return names

    @field_validator("feature_maps")
    @classmethod
    def _one_per_anchor_layer(
        cls, maps: tuple[FeatureMap, ...], info: ValidationInfo
    ) -> tuple[FeatureMap, ...]:
        if not {"architecture", "anchors", "input_size"} <= info.data.keys():
            return maps  # one of them is wrong itself, and that is said
        maps = maps or _maps_of(**info.data)
        layers = info.data["anchors"].layers
        if len(maps) != len(layers):
            text = _("feature_maps must be as many as the anchors have layers, {num}, got {given}")
            raise ValueError(text.format(num=len(layers), given=len(maps)))
        per_map = zip(maps, layers, strict=True)
        num_anchors = sum(each.height * each.width * layer.num_anchors for each, layer in per_map)
        if num_anchors > MAX_ANCHORS:
            text = _("feature_maps make {num_anchors:,} anchors, the limit is {limit:,}")
            raise ValueError(text.format(num_anchors=num_anchors, limit=MAX_ANCHORS))
        return maps

    @field_serializer("feature_maps")
    def _only_own_maps(self, maps: tuple[FeatureMap, ...]) -> list[dict[str, Any]]:
        usual = self.architecture in ARCHITECTURES and maps == _maps_of(**dict(self))
        return [] if usual else [each.model_dump(mode="json") for each in maps]

    def complete(self, config: DetectConfig) -> DetectConfig:
        """Return `config` with what this detector decides, unless it says so itself."""
        open_ = ("variances", "multi_label")
        told = {name: getattr(self, name) for name in open_ if getattr(config, name) is None}
        completed: DetectConfig = config.with_(**told) if told else config
        return completed

    @property
    def pixels(self) -> Pixels:
        """How an image becomes the network's input."""
        return Pixels(self.channel_order, self.pixel_mean, self.pixel_std)

    @property
    def input_shape_px(self) -> MapShape:
        """(height, width) of the input."""
        return self.input_size, self.input_size


def _maps_of(
    architecture: str, anchors: AnchorConfig, input_size: int, **_others: object
) -> tuple[FeatureMap, ...]:
    if architecture not in ARCHITECTURES:
        text = _("feature_maps must be given, as architecture {name} is not one of {known}")
        raise ValueError(text.format(name=repr(architecture), known=", ".join(ARCHITECTURES)))
    return architecture_maps(anchors, (input_size, input_size), architecture)


class DetectConfig(Settings):
    """How predictions become detections, as MXNet's MultiBoxDetection does."""

    score_threshold: Fraction = 0.5
    """float in [0, 1]: lowest probability of the best foreground class."""
    nms_iou_threshold: float = Field(0.45, gt=0.0, le=1.0)
    """float in (0, 1]: a box is suppressed by a better one at this IoU or more: lower = fewer
    boxes.
    """
    nms_topk: int = Field(400, ge=-1)
    """At most this many of the best candidates enter NMS; -1 means all, and so does 0, as in
    MXNet.
    """
    force_suppress: bool = False
    """Suppress across classes too."""
    clip: bool = True
    """Cut boxes at the image's border."""
    variances: Variances | None = None
    """Decode with others than those that the detector learned with."""
    multi_label: bool | None = None
    """Let an anchor name each class that reaches the score threshold, or its best one only; None
    is as the detector does.
    """

    @property
    def nms_measure(self) -> str:
        """What NMS compares with its threshold: a name of `explorer.ssd.nms.OVERLAPS`."""
        return "IoU"
