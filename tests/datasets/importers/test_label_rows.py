"""Rows of YOLO labels, without their class; the box of all is (0.2, 0.3, 0.6, 0.5)."""

from __future__ import annotations

import pytest

from explorer.datasets.importers.yolo.label_rows import RowForm, box_of, form_of, is_understood

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
