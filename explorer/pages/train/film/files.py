"""What the files of a film say, checked: a damaged one is said, and takes nothing else with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from explorer.i18n import _
from explorer.training.film import FILM_IMAGES
from explorer.training.run.json_file import read_json
from explorer.training.run.records import Count, Number, Share

Box = tuple[Number, Number, Number, Number]


class _Image(BaseModel):
    boxes: list[Box]
    score: list[Share]
    anchor_score: list[Share] = []

    @model_validator(mode="after")
    def _each_box_has_a_score(self) -> _Image:
        if len(self.boxes) != len(self.score):
            text = _("{boxes} boxes have {scores} scores")
            raise ValueError(text.format(boxes=len(self.boxes), scores=len(self.score)))
        return self


class _Frame(BaseModel):
    step: Count
    images: Annotated[list[_Image], Field(max_length=FILM_IMAGES)] = []


class _Watched(BaseModel):
    labels: Annotated[
        list[list[tuple[Number, Number, Number, Number, Number]]], Field(max_length=FILM_IMAGES)
    ]


def frame_steps(folder: Path) -> tuple[int, ...]:
    """Return the steps of all frames in a run's film folder, ascending."""
    names = (path.stem.removeprefix("frame-") for path in folder.glob("frame-*.json"))
    return tuple(sorted(int(name) for name in names if name.isdecimal() and name.isascii()))


def read_frame(folder: Path, step: int) -> dict[str, Any]:
    """Return the frame after a step, see `explorer.training.film.film_frame`.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    ValueError
        If it is damaged.
    """
    path = folder / f"frame-{step:08d}.json"
    return read_json(path, _Frame).model_dump(exclude_unset=True)


def read_watched(folder: Path) -> dict[str, Any] | None:
    """Return what ``images.json`` says of the watched images; None before they are all there.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    try:
        return read_json(folder / "images.json", _Watched).model_dump()
    except FileNotFoundError:
        return None
