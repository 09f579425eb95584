from __future__ import annotations

import pytest

from explorer.datasets.importers.folder.side_names import Sides, one_side


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("train/a.jpg", "train"),
        ("Validation/a.jpg", "val"),
        ("train/val/a.jpg", "val"),  # the innermost folder says more than those around it
        ("val/train2017/x/a.jpg", "train"),
        ("train/test/a.jpg", "test"),
        ("x/train", None),  # a file is no folder
        ("a.jpg", None),
    ],
)
def test_the_innermost_folder_called_so_decides(name: str, side: str | None) -> None:
    assert Sides([name]).of_folders(name) == side


def test_a_word_of_a_name_counts_where_its_counterpart_is_there() -> None:
    fruit = Sides(["fruit_train/a.jpg", "fruit_val/a.jpg", "station_train/a.jpg"])
    assert fruit.of_folders("fruit_train/b.jpg") == "train"
    assert fruit.of_folders("fruit_val/b.jpg") == "val"
    assert fruit.of_folders("station_train/b.jpg") is None  # a station of trains
    assert fruit.of_folders("trained/b.jpg") is None


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("instances_train2017.json", "train"),
        ("x/test-annotations-bbox.csv", "test"),
        ("val/labels.csv", "val"),
        ("test/train.csv", "train"),  # its own name says more than its folder
        ("train_test.csv", None),
        ("trainval.csv", None),
    ],
)
def test_the_name_of_a_label_file_decides(name: str, side: str | None) -> None:
    assert Sides([name]).of_file(name) == side


@pytest.mark.parametrize(
    ("sides", "side"),
    [
        ({"train"}, "train"),
        ({"val"}, "val"),
        ({"test"}, "test"),
        ({"train", "val"}, "train"),
        ({"val", "test"}, "val"),
        ({"train", "test"}, "test"),
        ({"train", "val", "test"}, "train"),
    ],
)
def test_an_image_of_several_sides(sides: set[str], side: str) -> None:
    assert one_side(sides) == side
