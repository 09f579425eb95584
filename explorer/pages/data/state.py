"""What the user can choose on the data page, as one JSON document."""

from __future__ import annotations

from pydantic import Field, field_validator

from explorer.config.settings import Settings
from explorer.datasets.own.split import LARGEST_FRACTION

_FORMER_TABS = {
    "Check the labels": "doctor",
    "Images": "images",
    "Sizes and places": "sizes",
    "Augmentation": "augmentation",
    "Draw labels": "labelling",
    "Records": "records",
}
"""The titles that addresses had once, and still may have."""


class BuildState(Settings):
    """How the set is built: each is a trait of `SetBuilder` of the same name."""

    name: str = ""
    """Empty stands for the one that is suggested."""
    val_fraction: float = Field(0.2, ge=0.05, le=LARGEST_FRACTION)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    as_listed: bool = True
    in_time: bool = False
    keep_empty: bool = True
    skip_bad: bool = False


class DataState(BuildState):
    """Where the images are, and what is to become of them."""

    where: str = ""
    """As `OwnSource.open` takes it; empty for what came as an upload, which is gone by then."""
    kind: str = "auto"
    """Of the labels; "auto" looks."""
    encoding: str = ""
    """Of texts that do not say their own; empty stands for UTF-8."""
    tab: str = ""
    """Key of the part that is open."""
    input_size: int = Field(256, ge=64, le=1024)
    """Side that images are resized to, px."""
    rename: dict[str, str] = Field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    """See `ClassMapping`."""

    @field_validator("tab")
    @classmethod
    def _has_a_key(cls, tab: str) -> str:
        return _FORMER_TABS.get(tab, tab)
