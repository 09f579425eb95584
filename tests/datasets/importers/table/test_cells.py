from __future__ import annotations

import math

import pytest

from explorer.datasets.importers.table.cells import boxes_in
from explorer.datasets.importers.table.columns import Form

BOX = (40, 50, 140, 170)


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("[40, 50, 140, 170]", None),
        ("(40 50 140 170)", None),
        ("40;50;140;170", None),
        ("40|50|140|170", None),
        ("[40.0, 5e1, +140, 170.]", None),
        ("{'xmin': 40, 'ymin': 50, 'xmax': 140, 'ymax': 170}", Form.CORNERS),
        ("{'X1': 40, 'Y1': 50, 'X2': 140, 'Y2': 170}", Form.CORNERS),
        ("{'left': 40, 'top': 50, 'right': 140, 'bottom': 170}", Form.CORNERS),
        ("{'x': 40, 'y': 50, 'width': 140, 'height': 170}", Form.SIZED),
        ("{'x': 40, 'y': 50, 'w': 140, 'h': 170, 'label': 'cat'}", Form.SIZED),
        ("{'left': 40, 'top': 50, 'width': 140, 'height': 170}", Form.SIZED),
        ("[[40, 50], [140, 60], [90, 170]]", Form.CORNERS),
        ("POLYGON ((40 50, 140 60, 90 170, 40 50))", Form.CORNERS),
    ],
)
def test_one_box(cell: str, form: Form | None) -> None:
    assert boxes_in(cell) == [(BOX, form)]


def test_several_boxes() -> None:
    assert boxes_in("[[40, 50, 140, 170], (1, 2, 3, 4)]") == [(BOX, None), ((1, 2, 3, 4), None)]
    assert boxes_in("[{'x': 1, 'y': 2, 'w': 3, 'h': 4}, [40, 50, 140, 170]]") == [
        ((1, 2, 3, 4), Form.SIZED),
        (BOX, None),
    ]


@pytest.mark.parametrize("cell", ["", "  ", "[]", "{}", "( )", "[[]]"])
def test_no_box(cell: str) -> None:
    assert boxes_in(cell) == []


@pytest.mark.parametrize(
    "cell", ["none", "[1, 2, 3]", "1 2 3", "1 2 3 4 cat", "cat", "{'x': 1}", "[[1, 2], [3, 4]]"]
)
def test_what_is_something_else_is_a_box_without_numbers(cell: str) -> None:
    ((box, form),) = boxes_in(cell)
    assert all(map(math.isnan, box))
    assert form == Form.CORNERS
