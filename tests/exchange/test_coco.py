"""COCO's results, read by pycocotools itself."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from explorer.exchange.coco import coco_results
from explorer.exchange.detected_image import DetectedImage
from tests.exchange.found import detected

IMAGES = [
    detected("cats/böse ‘name’.png", (100, 200), [[10, 20, 60.5, 50]], [0.75], [1]),
    detected("empty.png", (50, 50)),
    detected("b.png", (64, 32), [[0, 0, 32, 64], [1.25, 2, 3, 4]], [0.9, 0.1], [0, 1]),
]


def test_what_is_written() -> None:
    files = coco_results(IMAGES, ["cat", "dog"])
    assert json.loads(files.results) == [
        {"image_id": 1, "category_id": 2, "bbox": [10.0, 20.0, 50.5, 30.0], "score": 0.75},
        {"image_id": 3, "category_id": 1, "bbox": [0.0, 0.0, 32.0, 64.0], "score": 0.9},
        {"image_id": 3, "category_id": 2, "bbox": [1.25, 2.0, 1.75, 2.0], "score": 0.1},
    ]
    dataset = json.loads(files.dataset)
    assert dataset["images"] == [
        {"id": 1, "file_name": "cats/böse ‘name’.png", "width": 200, "height": 100},
        {"id": 2, "file_name": "empty.png", "width": 50, "height": 50},
        {"id": 3, "file_name": "b.png", "width": 32, "height": 64},
    ]
    assert dataset["categories"] == [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]


def test_pycocotools_loads_the_two_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = coco_results(IMAGES, ["cat", "dog"])
    (tmp_path / "found.json").write_text(files.results)
    (tmp_path / "images.json").write_text(files.dataset)
    loaded = COCO(str(tmp_path / "images.json")).loadRes(str(tmp_path / "found.json"))
    capsys.readouterr()  # it prints its progress
    assert [loaded.imgs[row["image_id"]]["file_name"] for row in loaded.dataset["annotations"]] == [
        "cats/böse ‘name’.png",
        "b.png",
        "b.png",
    ]
    (dog,) = loaded.loadCats(loaded.getCatIds(catNms=["dog"]))
    assert [row["area"] for row in loaded.loadAnns(loaded.getAnnIds(catIds=dog["id"]))] == [
        50.5 * 30,
        3.5,
    ]


def test_pycocotools_judges_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    """The truth is what was found, with another one beside it: every second object is missed."""
    files = coco_results(IMAGES, ["cat", "dog"])
    truth = COCO()
    truth.dataset = json.loads(files.dataset)
    boxes = [(3, [0, 0, 32, 64]), (2, [5, 5, 20, 20])]
    truth.dataset["annotations"] = [
        {
            "id": number,
            "image_id": image,
            "category_id": 1,
            "bbox": box,
            "area": box[2] * box[3],
            "iscrowd": 0,
        }
        for number, (image, box) in enumerate(boxes, 1)
    ]
    truth.createIndex()
    judged = COCOeval(truth, truth.loadRes(json.loads(files.results)), "bbox")
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    capsys.readouterr()
    # Precision is 1 up to recall 0.5: 51 of the 101 points at which COCO looks.
    assert judged.stats[1] == pytest.approx(51 / 101)


def test_a_file_name_that_is_no_text_comes_back() -> None:
    name = os.fsdecode(b"caf\xe9.png")
    image = detected(name, boxes_px=[[0, 0, 1, 1]])
    (written,) = json.loads(coco_results([image], ["x"]).dataset)["images"]
    assert os.fsencode(written["file_name"]) == b"caf\xe9.png"


@pytest.mark.parametrize("images", [[], [detected()]])
def test_nothing_found(images: list[DetectedImage]) -> None:
    files = coco_results(images, ["cat"])
    assert json.loads(files.results) == []
    assert len(json.loads(files.dataset)["images"]) == len(images)
