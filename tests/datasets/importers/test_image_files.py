from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers.folder.image_files import ImageFiles
from tests.datasets.labelled import picture


@pytest.fixture
def files(tmp_path: Path) -> ImageFiles:
    for name in ("train/a.jpg", "val/a.jpg", "b.png", "x/b.png", "c.jpg"):
        picture(tmp_path / name, kind="PNG" if name.endswith("png") else "JPEG")
    return ImageFiles(tmp_path)


@pytest.mark.parametrize(
    ("said", "side", "found"),
    [
        ("a.jpg", "train", "train/a.jpg"),
        ("a.jpg", "val", "val/a.jpg"),
        ("val/a.jpg", "train", "val/a.jpg"),  # its path says more
        ("c", None, "c.jpg"),
        ("C:\\pictures\\c.jpg", None, "c.jpg"),
        ("b.png", None, "b.png"),  # the other one would be called x/b.png
        ("x/b.png", None, "x/b.png"),
    ],
)
def test_which_image_is_meant(files: ImageFiles, said: str, side: str | None, found: str) -> None:
    assert files.find(said, (), side) == (files.root / found, None)


def test_beside_the_label_file_is_nearest(files: ImageFiles) -> None:
    beside = [files.root / "val", files.root / "train"]
    assert files.find("a.jpg", beside, "train") == (files.root / "val" / "a.jpg", None)


@pytest.mark.parametrize("side", [None, "test"])
def test_several_are_a_doubt(files: ImageFiles, side: str | None) -> None:
    found, doubt = files.find("a.jpg", (), side)
    assert (found, doubt) == (None, "2 images are called a.jpg: train/a.jpg, val/a.jpg")


def test_none_is_none(files: ImageFiles) -> None:
    assert files.find("d.jpg") == (None, None)
