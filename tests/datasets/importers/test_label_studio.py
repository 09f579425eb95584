from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import boxes_of, picture

HALF = {"x": 10, "y": 20, "width": 50, "height": 40}
"""Percent; of 60×40 px: 6, 8, 36, 24."""


def read(folder: Path, *annotations: Any) -> Any:
    picture(folder / "a.jpg")
    task = {"id": 7, "data": {"text": "x", "image": "/data/upload/1/a.jpg"},
            "annotations": list(annotations)}  # fmt: skip
    (folder / "export.json").write_text(json.dumps([task]))
    return read_annotations(folder)


def result(kind: str, value: dict[str, Any], *labels: str) -> dict[str, Any]:
    return {"type": kind, "value": {**value, kind: list(labels)}}


def test_each_shape_has_its_box_in_px(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "result": [
                {"type": "choices", "value": {"choices": ["day"]}},
                result("rectanglelabels", HALF, "cat"),
                result("polygonlabels", {"points": [[0, 0], [50, 10], [10, 50]]}, "dog"),
                result("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20}, "cat"),
                result("keypointlabels", {"x": 5, "y": 5, "width": 1, "height": 1}, "cat"),
                result("brushlabels", {"rle": [1, 2]}, "cat"),
                {"value": {**HALF, "rectanglelabels": [" fox ", "cat"]}},
            ]
        },
    )
    (image,) = found.images
    assert boxes_of(image) == [
        ("cat", (6, 8, 36, 24)),
        ("dog", (0, 0, 30, 20)),
        ("cat", pytest.approx((24, 12, 36, 28))),
        ("fox", (6, 8, 36, 24)),
    ]
    assert image.left_out == ("keypoint", "brush")
    assert [one.shape for one in image.objects] == ["", "polygon", "ellipse", ""]


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("polygonlabels", "polygon"), ("ellipselabels", "ellipse"), ("rectanglelabels", "")],
)
def test_the_kind_is_known_by_the_key_of_its_labels(tmp_path: Path, kind: str, shape: str) -> None:
    found = read(tmp_path, {"result": [{"value": {**HALF, kind: ["cat"]}}]})
    assert boxes_of(found.images[0]) == [("cat", (6, 8, 36, 24))]
    assert found.images[0].objects[0].shape == shape


@pytest.mark.parametrize("kind", ["keypointlabels", "brushlabels"])
def test_points_and_brushes_are_left_out_by_the_key_of_their_labels(
    tmp_path: Path, kind: str
) -> None:
    found = read(tmp_path, {"result": [{"value": {**HALF, kind: ["cat"]}}]})
    image = found.images[0]
    assert (image.objects, image.left_out) == ((), (kind.removesuffix("labels"),))


@pytest.mark.parametrize(
    "kind", ["choices", "textarea", "rating", "taxonomy", "number", "relation"]
)
def test_what_is_said_of_the_image_as_a_whole_is_no_shape(tmp_path: Path, kind: str) -> None:
    found = read(tmp_path, {"result": [{"type": kind, "value": {kind: ["x"]}}]})
    assert (found.images[0].objects, found.images[0].left_out, found.notes) == ((), (), ())


def test_a_turned_box_turns_about_its_upper_left_corner(tmp_path: Path) -> None:
    value = {"x": 50, "y": 20, "width": 50, "height": 40, "rotation": 90}
    found = read(tmp_path, {"result": [result("rectanglelabels", value, "cat")]})
    # 30 px wide and 16 high from (30, 8): a quarter turn puts it 16 to the left and 30 down.
    assert found.images[0].objects[0].box_px == pytest.approx((14, 8, 30, 38))
    assert found.images[0].objects[0].shape == "turned rectangle"


def test_of_several_annotations_the_ground_truth_counts_else_the_first(tmp_path: Path) -> None:
    cat, dog = ({"result": [result("rectanglelabels", HALF, name)]} for name in ("cat", "dog"))
    found = read(tmp_path, {**cat, "was_cancelled": True}, dog, cat)
    assert boxes_of(found.images[0]) == [("dog", (6, 8, 36, 24))]
    assert found.notes == ("1 further annotation of an image is left out: one is taken per image",)
    found = read(tmp_path, dog, {**cat, "ground_truth": True})
    assert boxes_of(found.images[0]) == [("cat", (6, 8, 36, 24))]


def test_tasks_that_nobody_has_done_are_no_empty_images(tmp_path: Path) -> None:
    for name in "abc":
        picture(tmp_path / f"{name}.jpg")
    done = [result("rectanglelabels", HALF, "cat")]
    tasks = [
        {"id": 1, "data": {"image": "a.jpg"}, "annotations": [{"result": done}]},
        {"id": 2, "data": {"image": "b.jpg"}, "annotations": [], "predictions": [{"result": done}]},
        {"id": 3, "data": {"image": "c.jpg"}, "annotations": [{"was_cancelled": True}]},
    ]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    found = read_annotations(tmp_path)
    assert [image.name for image in found.images] == ["a.jpg"]
    assert "2 tasks have no annotation that was submitted: their images are not used" in found.notes
    assert "2 images have no label and are not used: b.jpg, c.jpg" in found.notes


def test_a_shape_and_its_label_in_two_results_are_one_object(tmp_path: Path) -> None:
    shape = {"id": "q", "type": "rectangle", "value": HALF}
    label = {"id": "q", "type": "labels", "value": {**HALF, "labels": ["cat"]}}
    for results in ([shape, label], [label, shape]):
        found = read(tmp_path, {"result": results})
        assert boxes_of(found.images[0]) == [("cat", (6, 8, 36, 24))]
        assert found.notes == ()


def test_the_image_of_a_task_by_whatever_key(tmp_path: Path) -> None:
    picture(tmp_path / "17.jpg")
    picture(tmp_path / "b.jpg")
    task = {
        "data": {"number": "17", "scan": "https://host/b.jpg?x=1"},
        "annotations": [{"result": []}],
    }
    (tmp_path / "export.json").write_text(json.dumps([task]))
    (image,) = read_annotations(tmp_path).images
    assert image.name == "b.jpg"
