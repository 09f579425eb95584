"""What the numbers of a YOLO label mean: a box, a box with keypoints, or a polygon.

A row is a class and four numbers (centre and size), with a score after them where a detector wrote
it. More numbers are a polygon's points (segmentation, turned boxes), or keypoints behind the box
(pose). Both are plausible boxes when they are taken for the other, so all rows of a set decide
together, unless ``data.yaml`` says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from explorer.datasets.importers.numbers import NO_BOX, Box, bounding_box

_SLACK = 0.02
"""Of the image: how far a keypoint may lie outside of its box."""

_BOX = (4, 5)
"""Numbers after the class of a row that is a box alone, without and with a score."""

_CORNERS = 8
"""Numbers of a turned box: rows of this length are no sign of keypoints."""


class RowForm(Enum):
    """What rows of more than a box are."""

    POLYGON = "polygon"
    KEYPOINTS = "keypoints"
    UNCLEAR = "unclear"


def is_understood(row: Sequence[float], keypoints: int | None = None) -> bool:
    """Say whether the numbers after the class may be a box, a polygon or keypoints.

    Parameters
    ----------
    keypoints : int, optional
        Numbers of all keypoints, as ``kpt_shape`` of ``data.yaml`` says; 0 says there are none.
    """
    if len(row) in _BOX:
        return all(_is_score_or_id(value) for value in row[4:])
    if keypoints:
        return len(row) == 4 + keypoints
    return _may_be_polygon(row) or _may_be_pose(row)


def form_of(rows: Iterable[Sequence[float]], keypoints: int | None = None) -> RowForm:
    """Return what the long rows of a set are; it is unclear where both would be plausible boxes.

    Parameters
    ----------
    rows : iterable of sequences of numbers
        Without the class; each is understood.
    keypoints : int, optional
        As `is_understood`.
    """
    if keypoints is not None:
        return RowForm.KEYPOINTS if keypoints > 0 else RowForm.POLYGON
    long = [row for row in rows if len(row) not in _BOX]
    lengths = {len(row) for row in long}
    if not all(_may_be_polygon(row) for row in long):
        return RowForm.KEYPOINTS if len(lengths) == 1 else RowForm.UNCLEAR
    if len(lengths) != 1 or all(_is_parallelogram(row) for row in long):
        return RowForm.POLYGON
    posed = sum(_may_be_pose(row) for row in long)
    return RowForm.UNCLEAR if 2 * posed > len(long) else RowForm.POLYGON


def box_of(row: Sequence[float], form: RowForm) -> Box:
    """Return the corners of a row's box, relative to the image."""
    if len(row) in _BOX or form is RowForm.KEYPOINTS:
        x, y, width, height = row[:4]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return NO_BOX if form is RowForm.UNCLEAR else bounding_box(row[0::2], row[1::2])


def _is_score_or_id(value: float) -> bool:
    """Say whether it may stand behind a box; an angle of a turned box is neither."""
    return 0 <= value <= 1 or (value > 0 and value.is_integer())


def _may_be_polygon(row: Sequence[float]) -> bool:
    return len(row) >= 6 and len(row) % 2 == 0 and _has_one_unit(row)


def _has_one_unit(row: Sequence[float]) -> bool:
    """Say whether there are not parts of the image and far larger numbers (a track's id)."""
    return not (max(row) > 2 and any(0 < value <= 1 for value in row))


def _may_be_pose(row: Sequence[float]) -> bool:
    """Say whether there are keypoints behind the box, most of them on it or missing (0, 0)."""
    rest = row[4:]
    for size in (2, 3):
        if not rest or len(rest) % size or len(row) in _BOX:
            continue
        points = list(zip(rest[0::size], rest[1::size], strict=True))
        on_box = sum(_is_on_box(x, y, row) for x, y in points)
        if 10 * on_box >= 9 * len(points):
            return True
    return False


def _is_on_box(x: float, y: float, row: Sequence[float]) -> bool:
    if x == y == 0:
        return True
    return abs(x - row[0]) <= row[2] / 2 + _SLACK and abs(y - row[1]) <= row[3] / 2 + _SLACK


def _is_parallelogram(row: Sequence[float]) -> bool:
    """Say whether it is four corners, both diagonals with one middle: no keypoints have that."""
    if len(row) != _CORNERS:
        return False
    return all(abs(row[at] + row[at + 4] - row[at + 2] - row[at + 6]) < 1e-3 for at in (0, 1))
