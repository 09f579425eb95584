from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.datasets import CancelledError
from explorer.datasets.exporters import write_coco, write_voc
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture, set_of
from tests.datasets.test_voc import WHOLE, write_annotation


def test_several_kinds_or_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent is not a folder"):
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


def test_a_json_that_is_damaged_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "labels.json").write_text('{"images": [], "annotations": [')
    with pytest.raises(ValueError, match=r"known: labels\.json is not readable as JSON: Expect"):
        read_annotations(tmp_path)
    write_annotation(tmp_path / "a.xml", [("cat", WHOLE)])
    assert read_annotations(tmp_path).kind == "voc"


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


@pytest.mark.parametrize("kind", ["voc", "coco", "csv", "labelme"])
def test_images_that_no_label_names_are_said(tmp_path: Path, kind: str) -> None:
    write = {"voc": write_voc, "coco": write_coco}.get(kind)
    drawn = set_of(tmp_path, [[("cat", (5.0, 6.0, 20.0, 30.0))]])
    if write is not None:
        write(drawn, tmp_path / ("coco.json" if kind == "coco" else "."))
    elif kind == "csv":
        rows = "filename,width,height,class,xmin,ymin,xmax,ymax\n0.jpg,60,40,cat,5,6,20,30\n"
        (tmp_path / "labels.csv").write_text(rows)
    else:
        shape = {"label": "cat", "shape_type": "rectangle", "points": [[5, 6], [20, 30]]}
        text = {"imagePath": "0.jpg", "imageWidth": 60, "imageHeight": 40, "shapes": [shape]}
        (tmp_path / "0.json").write_text(json.dumps({"version": "5.0", "imageData": None, **text}))
    before = read_annotations(tmp_path, kind).notes
    assert not any("no label" in note for note in before)
    picture(tmp_path / "lost.jpg")
    *others, note = read_annotations(tmp_path, kind).notes
    assert tuple(others) == before
    assert note == "1 image has no label and is not used: lost.jpg"
    for number in range(1, 5):
        picture(tmp_path / f"more {number}.jpg", number)
    note = read_annotations(tmp_path, kind).notes[-1]
    assert note == "5 images have no label and are not used: lost.jpg, more 1.jpg, more 2.jpg, …"


def test_files_of_labelme_beside_one_of_coco_are_passed_over_and_said(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    shape = {"label": "dog", "points": [[1, 2], [9, 8]], "shape_type": "rectangle"}
    (tmp_path / "a.json").write_text(json.dumps({"shapes": [shape], "imagePath": "a.jpg"}))
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [6, 8, 24, 12]}],
        "categories": [{"id": 1, "name": "cat"}],
    }
    (tmp_path / "all.json").write_text(json.dumps(coco))
    found = read_annotations(tmp_path)
    assert (found.kind, found.class_names) == ("coco", ("cat",))
    note = "Labels of labelme (.json) are here, too, and are not read (--kind labelme reads them)"
    assert note in found.notes
    assert read_annotations(tmp_path, "labelme").class_names == ("dog",)
