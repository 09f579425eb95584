from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.datasets import CancelledError
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture
from tests.datasets.test_voc import WHOLE, write_annotation


def test_several_kinds_or_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent is not a folder that is there"):
        read_annotations(tmp_path / "absent")
    with pytest.raises(ValueError, match=r"has no labels that are known .*: it is empty"):
        read_annotations(tmp_path)
    picture(tmp_path / "a.jpg")
    picture(tmp_path / "b.JPG")
    with pytest.raises(ValueError, match=r"no labels that are known .*: seen were 2 × \.jpg$"):
        read_annotations(tmp_path)
    write_annotation(tmp_path / "a.xml", [("cat", WHOLE)])
    assert read_annotations(tmp_path).kind == "voc"
    coco = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}
    (tmp_path / "c.json").write_text(json.dumps(coco))
    with pytest.raises(ValueError, match=r"has labels of Pascal VOC \(.xml\) and COCO .*: say"):
        read_annotations(tmp_path)
    assert read_annotations(tmp_path, "coco").kind == "coco"
    with pytest.raises(ValueError, match="no labels of labelme"):
        read_annotations(tmp_path, "labelme")
    with pytest.raises(ValueError, match=r"kind must be auto or one of voc, .*, got 'pascal'"):
        read_annotations(tmp_path, "pascal")


def test_progress_and_cancel(tmp_path: Path) -> None:
    for number in range(5):
        write_annotation(tmp_path / f"{number}.xml", [("cat", WHOLE)])
    seen: list[tuple[int, int]] = []
    read_annotations(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 5) for n in range(1, 6)]
    with pytest.raises(CancelledError, match="stopped after 3 of 5"):
        read_annotations(
            tmp_path,
            progress=lambda done, total: seen.append((done, total)),
            cancelled=lambda: seen[-1] == (3, 5) and len(seen) > 5,
        )
