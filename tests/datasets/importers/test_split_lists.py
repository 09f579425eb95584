from __future__ import annotations

import pytest

from explorer.datasets.importers.split_lists import folder_split, split_of_folder


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
    assert split_of_folder(name) == side


def test_images_of_a_test_set_and_others_are_on_no_side() -> None:
    names = ["a.jpg", "train/a.jpg", "test/a.jpg", "train/valid/a.jpg"]
    assert folder_split(names) == {"train/a.jpg": "train", "train/valid/a.jpg": "val"}
