from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.exporters import write_coco
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import a_set, boxes_of, labelled, picture

CATEGORIES = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}]


def write(path: Path, images: list[Any], annotations: list[Any], **more: Any) -> AnnotationSet:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"images": images, "annotations": annotations, "categories": CATEGORIES, **more}
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    return read_annotations(path.parent)


def test_a_file_as_it_should_be(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a b.JPG")
    images = [
        {"id": 1, "file_name": "/data/images/A B.jpg", "width": 60, "height": 40},
        {"id": 2, "file_name": "gone.jpg"},
    ]
    rows = [
        {"id": 10, "image_id": 1, "category_id": 3, "bbox": [1.5, 2, 10, 20.25]},
        {"id": 11, "image_id": 1, "category_id": 7, "bbox": [0, 0, 60, 40], "iscrowd": 1},
    ]
    found = write(tmp_path / "labels.json", images, rows)
    assert (found.kind, found.class_names) == ("coco", ("cat", "dog"))
    first, second = found.images
    assert (first.name, first.said_size_px) == ("images/a b.JPG", (60, 40))
    assert boxes_of(first) == [("cat", (1.5, 2, 11.5, 22.25))]
    assert first.objects[0].place == "annotation 10"
    assert (second.path, second.name, second.said_size_px) == (None, "gone.jpg", None)


def test_what_is_wrong_stays(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "image_id": "1", "category_id": 99, "bbox": [5, 5, -3, 0]},
        {"id": 2, "image_id": 1, "category_id": 3, "bbox": [1, 2]},
        {"id": 3, "image_id": 8, "category_id": 3, "bbox": [1, 2, 3, 4]},
        "nonsense",
    ]
    image, lost = write(tmp_path / "x.json", [{"id": 1, "file_name": "a.jpg"}], rows).images
    assert boxes_of(image)[0] == ("", (5, 5, 2, 5))
    assert all(map(math.isnan, image.objects[1].box_px))
    assert lost.problems == ("x.json has 1 annotation of image 8, which it does not list",)


def test_names_of_files_and_folders_decide_the_split(tmp_path: Path) -> None:
    for file, name in (
        ("train/_annotations.coco.json", "1.jpg"),
        ("valid/_annotations.coco.json", "2.jpg"),
        ("test/_annotations.coco.json", "3.jpg"),
        ("annotations/instances_val2017.json", "4.jpg"),
    ):
        write(tmp_path / file, [{"id": 1, "file_name": name}], [])
    found = read_annotations(tmp_path)
    assert found.split == {"1.jpg": "train", "2.jpg": "val", "4.jpg": "val"}
    assert found.notes == ("1 image of a test set is left out",)


def test_torn_json_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"images": [')
    with pytest.raises(ValueError, match=r"a\.json is not readable as JSON: Expecting value"):
        read_annotations(tmp_path, "coco")


def test_pycocotools_reads_what_is_written(tmp_path: Path) -> None:
    size = {"said_size_px": (60, 40)}
    made = a_set(
        labelled("ä/a.jpg", [("cat", (1, 2, 11.5, 22)), ("dog", (0, 0, 60, 40))], **size),
        labelled("b.jpg", **size),
    )
    write_coco(made, tmp_path / "out.json")
    coco = COCO(str(tmp_path / "out.json"))
    assert [coco.imgs[n]["file_name"] for n in coco.getImgIds()] == ["ä/a.jpg", "b.jpg"]
    first, second = coco.loadAnns(coco.getAnnIds(1))
    assert (first["bbox"], first["area"]) == ([1, 2, 10.5, 20], 210)
    assert coco.cats[second["category_id"]]["name"] == "dog"
    assert coco.getAnnIds(2) == []


BOX = [1, 2, 3, 4]


def test_an_id_of_two_images_gives_its_labels_to_neither(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "b.jpg"}]
    images.append({"id": 2, "file_name": "c.jpg"})
    rows = [{"id": n, "image_id": n, "category_id": 3, "bbox": BOX} for n in (1, 2)]
    found = write(tmp_path / "x.json", images, rows)
    problem = "x.json: 2 images have the id 1, so their labels are not told apart"
    assert [image.problems for image in found.images] == [(problem,), (problem,), ()]
    assert [len(image.objects) for image in found.images] == [0, 0, 1]


def test_an_image_that_is_listed_twice_is_one(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "a.jpg"}]
    rows = [{"id": n, "image_id": n, "category_id": 3, "bbox": [n, 2, 3, 4]} for n in (1, 2)]
    found = write(tmp_path / "x.json", images, rows)
    (image,) = found.images
    assert [box for __, box in boxes_of(image)] == [(1, 2, 4, 6), (2, 2, 5, 6)]
    assert found.notes[0] == "1 image is listed again in one file: what is on it was put together"


def test_detections_are_no_labels_beside_labels(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": "a.jpg"}]
    truth = [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]
    scored = [{**truth[0], "bbox": [5, 6, 7, 8], "score": 0.75}]
    found = write(tmp_path / "dets.json", images, scored)
    assert [box for __, box in boxes_of(found.images[0])] == [(5, 6, 12, 14)]
    found = write(tmp_path / "truth.json", images, [{**truth[0], "score": 1}])
    assert [box for __, box in boxes_of(found.images[0])] == [(1, 2, 4, 6)]
    assert "dets.json is left out: its boxes have scores, as detections have" in found.notes


def test_another_kind_names_the_one_that_is_there(tmp_path: Path) -> None:
    write(tmp_path / "x.json", [{"id": 1, "file_name": "a.jpg"}], [])
    with pytest.raises(ValueError, match=r"labels of COCO \(.json\) are there \(--kind coco\)$"):
        read_annotations(tmp_path, "voc")


@pytest.mark.parametrize(("image_id", "category_id"), [(1.0, 3.0), ("1", "3")])
def test_ids_as_other_kinds_of_numbers(
    tmp_path: Path, image_id: object, category_id: object
) -> None:
    rows = [{"id": 1, "image_id": image_id, "category_id": category_id, "bbox": BOX}]
    (image,) = write(tmp_path / "x.json", [{"id": 1, "file_name": "a.jpg"}], rows).images
    assert boxes_of(image) == [("cat", (1, 2, 4, 6))]


def test_names_of_classes_that_are_numbers_or_say_different_things(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": 0}, {"id": 1, "name": "cat"}, {"id": 1, "name": "dog"}]
    rows = [{"id": n, "image_id": 1, "category_id": n, "bbox": [n, 2, 3, 4]} for n in (0, 1)]
    images = [{"id": 1, "file_name": "a.jpg"}, 5]
    found = write(tmp_path / "x.json", images, rows, categories=categories)
    (image,) = found.images
    assert [name for name, __ in boxes_of(image)] == ["0", "cat"]
    assert found.notes == (
        "x.json: category 1 has several names; it is called cat, not dog",
        "x.json: 1 entry is no JSON object, and is left out",
    )


def test_annotations_that_are_no_list_are_no_coco(tmp_path: Path) -> None:
    content = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": {"1": {}}}
    (tmp_path / "x.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"x\.json looks like COCO without annotations"):
        read_annotations(tmp_path)


def test_a_name_that_is_a_list_is_no_name(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 3, "name": ["cat"]}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": BOX}],
    }
    (tmp_path / "x.json").write_text(json.dumps(content))
    assert boxes_of(read_annotations(tmp_path).images[0]) == [("", (1, 2, 4, 6))]


def test_what_comes_after_an_image_with_an_id_of_two_is_read(tmp_path: Path) -> None:
    images = [{"id": 1, "file_name": name} for name in ("a.jpg", "b.jpg")]
    images.append({"id": 2, "file_name": "c.jpg"})
    rows = [{"id": 1, "image_id": 2, "category_id": 3, "bbox": BOX}]
    found = write(tmp_path / "x.json", images, rows)
    assert [image.name for image in found.images] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [len(image.problems) for image in found.images] == [1, 1, 0]


def test_an_object_after_a_crowd_is_one(tmp_path: Path) -> None:
    rows = [{"id": n, "image_id": 1, "category_id": 3, "bbox": BOX, "iscrowd": n} for n in (1, 0)]
    (image,) = write(tmp_path / "x.json", [{"id": 1, "file_name": "a.jpg"}], rows).images
    assert (len(image.objects), image.left_out) == (1, ("crowd",))
