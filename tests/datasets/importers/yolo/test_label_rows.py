"""Rows of YOLO labels, without their class; the box of all is (0.2, 0.3, 0.6, 0.5)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.importers.yolo.label_rows import (
    RowForm,
    _is_parallelogram,
    box_of,
    form_of,
    is_understood,
)

BOX = (0.2, 0.3, 0.6, 0.5)
ROW = (0.4, 0.4, 0.4, 0.2)
POLYGON = (0.2, 0.3, 0.6, 0.35, 0.4, 0.5)
CORNERS = (0.2, 0.3, 0.6, 0.3, 0.6, 0.5, 0.2, 0.5)
TURNED = (0.4, 0.1, 0.6, 0.3, 0.4, 0.5, 0.2, 0.3)
POSE_2 = (*ROW, 0.3, 0.35, 0.5, 0.45)
POSE_3 = (*ROW, 0.5, 0.45, 2)


@pytest.mark.parametrize(
    ("row", "form"),
    [
        (ROW, RowForm.POLYGON),
        ((*ROW, 0.9), RowForm.POLYGON),  # a score
        (ROW, RowForm.KEYPOINTS),
        (POSE_3, RowForm.KEYPOINTS),
        (POLYGON, RowForm.POLYGON),
        (CORNERS, RowForm.POLYGON),
    ],
)
def test_the_box_of_a_row(row: tuple[float, ...], form: RowForm) -> None:
    assert box_of(row, form) == pytest.approx(BOX)


def test_an_unclear_row_has_no_box_unless_it_is_one() -> None:
    assert box_of(ROW, RowForm.UNCLEAR) == pytest.approx(BOX)
    assert all(side != side for side in box_of(POSE_2, RowForm.UNCLEAR))


@pytest.mark.parametrize(
    ("rows", "form"),
    [
        ([POLYGON], RowForm.POLYGON),
        ([POLYGON, (*POLYGON, 0.3, 0.4)], RowForm.POLYGON),  # of several lengths
        ([CORNERS, TURNED], RowForm.POLYGON),
        # Four corners of a box, two of which would be keypoints on another one.
        ([(0.5, 0.4, 0.7, 0.4, 0.7, 0.6, 0.5, 0.6)], RowForm.POLYGON),
        ([POSE_3, ROW], RowForm.KEYPOINTS),
        ([POSE_2], RowForm.UNCLEAR),  # a plausible polygon, too
        ([(0.2, 0.8, 0.2, 0.2, 0.15, 0.75, 0.25, 0.85)], RowForm.UNCLEAR),
        ([(0.2, 0.8, 0.2, 0.2, 0.75, 0.15, 0.85, 0.25)], RowForm.POLYGON),  # points elsewhere
        ([POSE_2, POLYGON], RowForm.POLYGON),
        ([ROW], RowForm.POLYGON),
    ],
)
def test_all_rows_decide_together(rows: list[tuple[float, ...]], form: RowForm) -> None:
    assert form_of(rows) == form


@pytest.mark.parametrize(("keypoints", "form"), [(0, RowForm.POLYGON), (2, RowForm.KEYPOINTS)])
def test_what_the_description_says_counts(keypoints: int, form: RowForm) -> None:
    assert form_of([POSE_2], keypoints) == form


@pytest.mark.parametrize(
    ("row", "understood"),
    [
        (ROW, True),
        ((*ROW, 0.9), True),
        (POLYGON, True),
        (POSE_3, True),
        ((0.1, 0.2, 0.3), False),
        ((*ROW, 17, 3), False),  # numbers that are no part of the image
        ((*ROW, 0.9, 0.9, 0.9), False),
    ],
)
def test_what_rows_are_understood(row: tuple[float, ...], understood: bool) -> None:
    assert is_understood(row) == understood


UNIT = st.floats(0.05, 0.95)


@st.composite
def poses(draw: st.DrawFn, size: int, count: int) -> list[float]:
    """Return a box with keypoints on it; with a size of 3, each says whether it is seen."""
    x, y = draw(UNIT), draw(UNIT)
    width, height = (2 * draw(st.floats(0.01, min(side, 1 - side))) for side in (x, y))
    points = []
    for __ in range(count):
        along, down = draw(st.floats(-0.5, 0.5)), draw(st.floats(-0.5, 0.5))
        points += [x + along * width, y + down * height, *([2.0] if size == 3 else [])]
    return [x, y, width, height, *points]


@given(st.sampled_from([2, 3]), st.integers(1, 17), st.data())
def test_keypoints_are_never_taken_for_polygons(size: int, count: int, data: st.DataObject) -> None:
    rows = data.draw(st.lists(poses(size, count), min_size=1, max_size=5))
    if all(_is_parallelogram(row) for row in rows):
        return  # four corners that happen to be a turned box
    assert form_of(rows) in (RowForm.KEYPOINTS, RowForm.UNCLEAR)
    assert form_of(rows, count * size) is RowForm.KEYPOINTS


@given(st.lists(st.lists(st.tuples(UNIT, UNIT), min_size=3, max_size=9), min_size=1, max_size=6))
def test_polygons_are_never_taken_for_keypoints(polygons: list[list[tuple[float, float]]]) -> None:
    rows = [[side for point in polygon for side in point] for polygon in polygons]
    assert all(is_understood(row) for row in rows)
    assert form_of(rows) in (RowForm.POLYGON, RowForm.UNCLEAR)


@given(st.lists(st.tuples(UNIT, UNIT, UNIT, UNIT, st.floats(0, math.pi)), min_size=1, max_size=6))
def test_turned_boxes_are_polygons(boxes: list[tuple[float, ...]]) -> None:
    rows = []
    for x, y, width, height, turn in boxes:
        cos, sin = math.cos(turn), math.sin(turn)
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        rows.append(
            [round(side, 6) for a, b in corners
             for side in (x + (a * width * cos - b * height * sin) / 2,
                          y + (a * width * sin + b * height * cos) / 2)]
        )  # fmt: skip
    assert form_of(rows) is RowForm.POLYGON
