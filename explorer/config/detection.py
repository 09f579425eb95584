"""The detector that a set of weights belongs to, and how its predictions become detections."""

from __future__ import annotations

from pydantic import Field, field_validator

from explorer.config.anchors import AnchorConfig
from explorer.config.presets import TOY_SSD
from explorer.config.settings import Fraction, Settings, Variances
from explorer.i18n import _

__all__ = ["DetectConfig", "DetectorConfig"]


class DetectorConfig(Settings):
    """What a network must have for a set of weights to fit it.

    Parameters
    ----------
    class_names : tuple of str
        In order of `class_id`, without the background; no two are the same, and none is empty.
    anchors : AnchorConfig
    input_size : int
        Side of the square input, px.
    """

    class_names: tuple[str, ...] = Field(min_length=1)
    anchors: AnchorConfig = TOY_SSD
    input_size: int = Field(256, ge=64, le=1024)

    @field_validator("class_names")
    @classmethod
    def _names_are_told_apart(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for number, name in enumerate(names):
            if not name.strip():
                text = _("class_names must not be empty, but number {number} is {name!r}")
                raise ValueError(text.format(number=number, name=name))
            if name in names[:number]:
                text = _("class_names must differ, but {name!r} is there twice")
                raise ValueError(text.format(name=name))
        return names


class DetectConfig(Settings):
    """How predictions become detections, as MXNet's MultiBoxDetection does.

    Parameters
    ----------
    score_threshold : float in [0, 1]
        Least probability of the best foreground class.
    nms_iou_threshold : float in (0, 1]
        A box is suppressed by a better one at this IoU or more: lower = fewer boxes.
    nms_topk : int
        Only so many best candidates enter NMS; -1 means all, and so does 0, as in MXNet.
    force_suppress : bool
        Suppress across classes too.
    clip : bool
        Cut boxes at the image's border.
    """

    score_threshold: Fraction = 0.5
    nms_iou_threshold: float = Field(0.45, gt=0.0, le=1.0)
    nms_topk: int = Field(400, ge=-1)
    force_suppress: bool = False
    clip: bool = True
    variances: Variances = (0.1, 0.1, 0.2, 0.2)
