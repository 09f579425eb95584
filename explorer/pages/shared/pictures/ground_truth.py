"""The objects that are really there: read from labels, or drawn by the user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from explorer.config.settings import Settings
from explorer.i18n import _

MAX_OBJECTS = 20
Coordinate = Annotated[float, Field(ge=0.0, le=1.0)]
Box = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
UNKNOWN_CLASS = -1


def ordered_box(box: Box) -> Box:
    """Return `box`, or raise `ValueError` where its corners are not in order."""
    if not (box[0] < box[2] and box[1] < box[3]):
        raise ValueError(
            _("an object's box must have its corners in the order xmin, ymin, xmax, ymax")
        )
    return box


class NamedTruth(Settings):
    """One object by the name of its class, whatever number a model gives that class."""

    class_name: str = Field(max_length=100)
    """Hostile until escaped."""
    box: Box
    """corner, normalised."""

    _ordered = field_validator("box")(ordered_box)


def read_truth(
    labels: NDArray[np.float32] | None, class_names: Sequence[str]
) -> tuple[NamedTruth, ...]:
    """Return the objects of (G, 5) labels, cut at the image's border; at most 20 of them.

    Rows without area, padding among them, are left out.
    """
    objects = []
    for row in [] if labels is None else labels.tolist():
        xmin, ymin, xmax, ymax = np.clip(row[1:], 0, 1).tolist()
        if row[0] >= 0 and xmax > xmin and ymax > ymin:
            number = int(row[0])
            name = (
                class_names[number]
                if number < len(class_names)
                else _("class {number}").format(number=number)
            )
            objects.append(NamedTruth(class_name=name, box=(xmin, ymin, xmax, ymax)))
    return tuple(objects[:MAX_OBJECTS])


def label_rows(truth: Sequence[NamedTruth], class_names: Sequence[str]) -> NDArray[np.float32]:
    """Return (G, 5) float32: class_id among `class_names` (-1 if it is not there), and the box."""
    numbers = {name: number for number, name in enumerate(class_names)}
    rows = [(numbers.get(each.class_name, UNKNOWN_CLASS), *each.box) for each in truth]
    return np.array(rows, np.float32).reshape(-1, 5)
