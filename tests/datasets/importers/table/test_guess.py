from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.table.guess import guessed_columns
from explorer.datasets.importers.table_lines import Lines
from tests.datasets.labelled import picture

BOXES = [(6, 8, 30, 20), (5, 8, 40, 30), (6, 2, 50, 39), (20, 8, 30, 20)]
"""Of images that are 60 px wide and 40 high."""


def guessed(folder: Path, rows: Sequence[str]) -> tuple[int, int | None, tuple[int, ...]] | None:
    """Return the columns of image, class and box."""
    for name in "abcd":
        picture(folder / f"{name}.jpg")
    (folder / "x.csv").write_text("\n".join(rows))
    files = ImageFiles(folder)
    found = guessed_columns(Lines(folder / "x.csv", files), files)
    return None if found is None else (found.image, found.class_name, found.box)


@pytest.mark.parametrize(
    ("row", "places"),
    [
        ("{image},{box},{word}", (0, 5, (1, 2, 3, 4))),
        ("{word},{image},{box}", (1, 0, (2, 3, 4, 5))),
        ("{image},{box},{id}", (0, 5, (1, 2, 3, 4))),
        ("{image},{id},{box}", (0, 1, (2, 3, 4, 5))),
        ("{id},{image},{box}", (1, 0, (2, 3, 4, 5))),
        ("{line},{image},{box}", (1, None, (2, 3, 4, 5))),
        ("{line},{image},{box},{word}", (1, 6, (2, 3, 4, 5))),
        ("{image},60,40,{word},{box}", (0, 3, (4, 5, 6, 7))),
        ('{image},"[{box}]",{word}', (0, 2, (1,))),
        ("{image},{word}", None),
        ("{word},{box}", None),
    ],
)
def test_columns_by_what_is_in_them(
    tmp_path: Path, row: str, places: tuple[object, ...] | None
) -> None:
    rows = [
        row.format(
            image=f"{name}.jpg",
            box=",".join(map(str, box)),
            word=("cat", "dog")[at % 2],
            id=at % 2,
            line=at,
        )
        for at, (name, box) in enumerate(zip("abcd", BOXES, strict=True))
    ]
    assert guessed(tmp_path, rows) == places


def test_a_header_in_another_language_over_lines_that_are_cut_off(tmp_path: Path) -> None:
    rows = [
        "art;links;oben;rechts;unten;bild",
        "Hund;6;8;30;20;a.jpg",
        "Hund;1",
        "Hund;5;8;9;9;b.jpg",
    ]
    assert guessed(tmp_path, rows) == (5, 0, (1, 2, 3, 4))
    rows[1] = "Hund;6;8;90;20;a.jpg"  # such a header is believed where all boxes fit alone
    assert guessed(tmp_path, rows) is None
