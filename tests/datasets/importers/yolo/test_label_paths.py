from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.yolo.label_paths import LabelPaths


@pytest.mark.parametrize(
    ("images", "labels", "taken"),
    [
        (["images/a.jpg"], ["labels/a.txt"], ["labels/a.txt"]),
        (["a.jpg"], ["A.TXT"], ["A.TXT"]),
        (["JPGImages/a.jpg"], ["Labels/a.txt"], ["Labels/a.txt"]),
        (["images/train/a.jpg"], ["Annotations/train/a.txt"], ["Annotations/train/a.txt"]),
        (["a.jpg", "a.png"], ["a.txt"], ["a.txt", "a.txt"]),
        (["A.jpg", "a.jpg"], ["A.txt", "a.txt"], ["A.txt", "a.txt"]),
        (["images/a.jpg", "photos/a.jpg"], ["txt/a.txt"], [None, None]),
        (["images/a.jpg"], ["txt/a.txt", "yolo/a.txt"], [None]),
        (["img/label.jpg"], ["txt/yolo.txt"], [None]),
        (["images/train/a.jpg"], ["labels/val/a.txt"], [None]),
    ],
)
def test_the_label_of_an_image(
    tmp_path: Path, images: Sequence[str], labels: Sequence[str], taken: Sequence[str | None]
) -> None:
    for name in (*images, *labels):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    files = ImageFiles(tmp_path)
    paths = LabelPaths(files, [tmp_path / name for name in labels])
    found = [paths.take(tmp_path / name) for name in images]
    assert [label and files.name(label) for label in found] == list(taken)
    assert {files.name(path) for path in paths.left()} == set(labels) - set(taken)
