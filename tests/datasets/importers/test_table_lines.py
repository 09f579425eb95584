from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.table_lines import Lines

ROWS = [["image", "class"], ["a.jpg", "cat"]]


def lines(folder: Path, content: str | bytes) -> Lines:
    path = folder / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Lines(path, ImageFiles(folder))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("image,class\na.jpg,cat\n", [1, 2]),
        ("image;class\r\na.jpg;cat", [1, 2]),
        ("image\tclass\ra.jpg\tcat\r", [1, 2]),
        ("image|class\n\n \na.jpg|cat\n", [1, 4]),
        ("\r\n\nimage;class\na.jpg;cat\n", [3, 4]),
        ("sep=;\r\nimage;class\r\na.jpg;cat\r\n", [2, 3]),
        ('SEP=,\n"image","class"\n"a.jpg","cat"\n', [2, 3]),
    ],
)
def test_rows_with_the_numbers_of_their_lines(
    tmp_path: Path, text: str, numbers: list[int]
) -> None:
    found = lines(tmp_path, text)
    assert [row for __, row in found.rows] == ROWS
    assert [number for number, __ in found.rows] == numbers


def test_as_many_commas_as_other_delimiters_are_decimal_ones(tmp_path: Path) -> None:
    found = lines(tmp_path, "a.jpg;6,5;8,5;30,5;20,5\n")
    assert found.first == ["a.jpg", "6,5", "8,5", "30,5", "20,5"]
    assert [Lines.number(field) for field in found.first[1:]] == [6.5, 8.5, 30.5, 20.5]


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n", b" \n"])
def test_an_empty_table_has_no_lines(tmp_path: Path, content: bytes) -> None:
    assert (lines(tmp_path, content).rows, lines(tmp_path, content).first) == ([], [])


def test_a_field_without_an_end_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"x\.csv is not readable as a table: field larger"):
        lines(tmp_path, 'a,"' + "x" * 140_000)


def test_a_delimiter_that_is_said_is_no_question_of_numbers(tmp_path: Path) -> None:
    assert lines(tmp_path, "sep=:\na,b,c:d,e,f\n").first == ["a,b,c", "d,e,f"]
    assert lines(tmp_path, "sep=:\na,b,c:d,e,f\n").delimiter == ":"


def test_letters_are_no_delimiters(tmp_path: Path) -> None:
    assert lines(tmp_path, "XXXXX.jpg,cat\n").first == ["XXXXX.jpg", "cat"]
