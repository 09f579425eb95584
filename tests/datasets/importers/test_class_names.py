"""Names of classes that stand beside the boxes, in whatever file."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from explorer.datasets.importers.yolo.class_files import is_class_file
from tests.datasets.labelled import boxes_of, picture

HEADER = "image,label,xmin,ymin,xmax,ymax\n"


@pytest.mark.parametrize("text", ["/m/01,cat\n/m/02,dog\n", "cat,/m/01\ndog,/m/02\n"])
def test_a_table_of_two_columns_names_codes(tmp_path: Path, text: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "boxes.csv").write_text(HEADER + "a.jpg,/m/02,6,8,30,20\n")
    (tmp_path / "classes.csv").write_text(text)
    found = read_annotations(tmp_path)
    assert boxes_of(found.images[0]) == [("dog", (6, 8, 30, 20))]
    assert found.class_names == ("dog",)
    assert "The names of classes are those of a table beside the boxes" in found.notes


def test_codes_stay_where_one_of_them_has_no_name(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "boxes.csv").write_text(HEADER + "a.jpg,2,6,8,30,20\na.jpg,3,1,1,9,9\n")
    (tmp_path / "classes.csv").write_text("cat,1\ndog,2\n")
    assert read_annotations(tmp_path).class_names == ("2", "3")


@pytest.mark.parametrize(
    "name",
    [
        "classes.txt", "obj.names", "_darknet.labels", "classes.names", "labels.txt", "names.txt",
        "class_names.txt", "classnames.txt", "class.txt", "label.txt", "labelmap.txt",
        "label_map.txt", "predefined_classes.txt", "coco.names", "Classes.TXT",
    ],
)  # fmt: skip
def test_the_usual_names_of_lists_of_classes(tmp_path: Path, name: str) -> None:
    assert is_class_file(Path(name))
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("1 0.5 0.5 0.5 0.25\n")
    (tmp_path / name).write_text("cat\ndog\n")
    found = read_annotations(tmp_path)
    assert boxes_of(found.images[0]) == [("dog", (15, 15, 45, 25))]
    assert found.class_names == ("cat", "dog")


@pytest.mark.parametrize("name", ["a.txt", "classes.csv", "my_classes.txt"])
def test_other_files_are_none(name: str) -> None:
    assert not is_class_file(Path(name))


def test_the_list_in_the_folder_of_the_labels_counts_and_the_other_is_said(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        picture(tmp_path / folder / "a.jpg")
        (tmp_path / folder / "a.txt").write_text("0 0.5 0.5 0.5 0.25\n")
    (tmp_path / "classes.txt").write_text("cat\n")
    found = read_annotations(tmp_path)
    assert found.class_names == ("cat",)
    (tmp_path / "classes.txt").unlink()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "names.txt").write_text("fox\n")
    (tmp_path / "classes.txt").write_text("cat\n")
    found = read_annotations(tmp_path)
    assert found.class_names == ("cat",)
    note = "The names of classes are those of classes.txt, not those of other/names.txt"
    assert note in found.notes


def test_classes_without_a_name_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    rows = [f"{number} 0.5 0.5 0.5 0.25\n" for number in (10, 2, 1)]
    (tmp_path / "a.txt").write_text("".join(rows))
    assert read_annotations(tmp_path).class_names == ("class 1", "class 2", "class 10")
