from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets import CancelledError
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture


def test_images_without_labels_are_taken_when_that_is_asked_for(tmp_path: Path) -> None:
    for name in ("b c.jpg", "train/ä.PNG", "val/1.jpg"):
        picture(tmp_path / name, kind="PNG" if name.endswith("PNG") else "JPEG")
    (tmp_path / "notes.txt").write_text("no labels")
    picture(tmp_path / ".hidden/x.jpg")
    read = read_annotations(tmp_path, "images")
    assert [image.name for image in read.images] == ["b c.jpg", "train/ä.PNG", "val/1.jpg"]
    assert [image.path for image in read.images] == [tmp_path / image.name for image in read.images]
    assert (read.kind, read.class_names) == ("images", ())
    assert read.split == {"train/ä.PNG": "train", "val/1.jpg": "val"}
    assert all((image.objects, image.problems) == ((), ()) for image in read.images)
    assert read.notes == ("3 images have no label yet: draw boxes on them, or point to the labels",)


def test_a_folder_is_never_taken_so_by_looking(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="has no labels that are known"):
        read_annotations(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"no images are in .*empty: it is empty"):
        read_annotations(tmp_path / "empty", "images")
    with pytest.raises(CancelledError):
        read_annotations(tmp_path, "images", cancelled=lambda: True)
