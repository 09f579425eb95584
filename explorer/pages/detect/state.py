"""What the user can choose on the detect page, as one JSON document."""

from __future__ import annotations

from pydantic import Field, field_validator

from explorer.config import DetectConfig
from explorer.pages.shared.pictures.ground_truth import MAX_OBJECTS, NamedTruth

NOTHING_SELECTED = -1

_FORMER_TABS = {
    "One box": "one_box",
    "Feature maps": "feature_maps",
    "Why only one box?": "nms",
    "Why missed?": "missed",
    "Two models": "two_models",
    "The whole data set": "whole_set",
    "Take away": "takeaway",
}
"""The titles that addresses had once, and still may have."""


class DetectState(DetectConfig):
    """The settings of detection, and all else that the page shows."""

    dataset: str = "sample"
    number: int = Field(0, ge=0)
    """The picture."""
    truth: tuple[NamedTruth, ...] | None = Field(None, max_length=MAX_OBJECTS)
    """tuple of NamedTruth: None stands for the picture's own labels."""
    model: str = ""
    beside: str = ""
    """Keys of checkpoints, see `list_models`; an empty `beside` is none."""
    hidden_classes: tuple[str, ...] = ()
    selected: int = Field(NOTHING_SELECTED, ge=NOTHING_SELECTED)
    """The anchor that is explained, or -1."""
    tab: str = ""
    """Key of the question that is open below the picture."""

    @field_validator("tab")
    @classmethod
    def _has_a_key(cls, tab: str) -> str:
        return _FORMER_TABS.get(tab, tab)
