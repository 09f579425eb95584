from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture

Rows = list[tuple[int, int, int, int]]
UNSURE = "they may also be a corner and a size"


def read(folder: Path, rows: Rows) -> tuple[list[tuple[float, ...]], str]:
    """Return the boxes of a table of whole boxes, and what is said of them; images are 60×40 px."""
    lines = []
    for number, row in enumerate(rows):
        picture(folder / f"{number}.png", number, kind="PNG")
        lines.append(f'{number}.png,cat,"{list(row)}"')
    (folder / "x.csv").write_text("image,class,bbox\n" + "\n".join(lines))
    found = read_annotations(folder)
    boxes = [image.objects[0].box_px for image in found.images]
    return boxes, found.notes[0]


@pytest.mark.parametrize(
    ("rows", "boxes", "said"),
    [
        ([(6, 8, 50, 35), (30, 20, 59, 39)], [(6, 8, 50, 35), (30, 20, 59, 39)], "corners"),
        ([(30, 20, 10, 15), (6, 8, 12, 12)], [(30, 20, 40, 35), (6, 8, 18, 20)], "a size"),
        ([(6, 8, 20, 15)], [(6, 8, 20, 15)], UNSURE),
    ],
)
def test_boxes_that_fit_their_images_say_what_they_are(
    tmp_path: Path, rows: Rows, boxes: list[tuple[float, ...]], said: str
) -> None:
    found, note = read(tmp_path, rows)
    assert found == boxes
    assert said in note


def test_one_swapped_box_makes_no_table_of_sizes(tmp_path: Path) -> None:
    rows = [(6, 8, 20, 15)] * 60
    rows[30] = (20, 15, 6, 8)
    found, note = read(tmp_path, rows)
    assert found == rows
    assert UNSURE in note
