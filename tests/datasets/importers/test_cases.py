"""Label sets as people bring them: what was once read wrongly, or not at all.

`cases/` has the label files as they were; the images are made here, each of its size.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets.importers import read_annotations
from explorer.datasets.own.near_duplicates import near_duplicates
from explorer.datasets.own.split import one_film, split_images
from explorer.datasets.records.split_writer import SplitWriter
from tests.datasets.labelled import picture

CASES = Path(__file__).parent / "cases"
IMAGES: dict[str, dict[str, list[str]]] = json.loads((CASES / "images.json").read_text())

BOX = (40, 50, 140, 170)
OTHER = (200, 60, 290, 200)
VOC_BOX = (39, 49, 140, 170)
"""The same pixels where they count from 1."""
VOC_OTHER = (199, 59, 290, 200)


@dataclass(frozen=True)
class Right:
    """What is read of a case."""

    kind: str
    sides: dict[str, int]
    """Images to train on, to validate on, and of no side ("")."""
    objects: dict[str, int]
    """By class."""
    boxes: set[tuple[float, ...]]
    notes: tuple[str, ...] = ()
    """What the notes say, as patterns: all that there are."""
    encoding: str | None = None


IN_PX = r".*two corners \(.*\), in px"
PETS = {"cat": 4, "dog": 4}
VOC_PETS = {VOC_BOX, VOC_OTHER}

RIGHT = {
    "coco-crowd-all": Right("coco", {"": 4}, {}, set(), ("4 annotations are no .*4 × crowd.",)),
    "coco-json-comments": Right(
        "coco", {"": 4}, PETS, {BOX, OTHER}, ("tsconfig.json is not readable as JSON.*left alone",)
    ),
    "coco-no-bbox": Right(
        "coco", {"": 4}, {"cat": 4}, {BOX}, ("4 objects are not rectangles .4 × poly.*",)
    ),
    "coco-no-ext": Right("coco", {"": 4}, {"cat": 4}, {BOX}),
    "coco-roboflow": Right(
        "coco", {"train": 4, "val": 2}, {"RBC": 6}, {BOX},
        ("1 image of a test set is left out", "1 class of the list has no object.*: cells"),
    ),
    "coco-strings": Right("coco", {"": 4}, {"cat": 4}, {BOX}),
    "coco-two-files-same-images": Right(
        "coco", {"": 6}, {"person": 6, "dog": 6}, {BOX, OTHER}, ("6 boxes are in two files.*once",)
    ),
    "coco-url-names": Right("coco", {"": 4}, {"cat": 4}, {BOX}),
    "createml": Right("createml", {"": 4}, {"cat": 4}, {BOX}),
    "csv-cp1252": Right("csv", {"": 4}, {"Käfer": 4}, {BOX}, (IN_PX,), "cp1252"),
    "csv-d2l-banana": Right(
        "csv", {"train": 4, "val": 2}, {"0": 6},
        {(104 + n, 20 + n, 143 + n, 58 + n) for n in range(4)}, (IN_PX, IN_PX),
    ),
    "csv-excel-semicolon": Right(
        "csv", {"": 4}, {"Käfer": 4}, {(40.5, 50.5, 140.5, 170.5)}, (IN_PX,), "cp1252"
    ),
    "csv-img_file": Right("csv", {"": 4}, {"object": 4}, {BOX}, (IN_PX,)),
    "csv-kaggle-bbox": Right(
        "csv", {"": 4}, {"dog": 4}, {BOX}, (IN_PX + ".*may also be a corner and a size.*",)
    ),
    "csv-no-class": Right(
        "csv", {"": 4}, {"object": 4}, {BOX},
        (IN_PX, "a.csv has no column for the class: all objects are called “object”"),
    ),
    "csv-openimages-group": Right(
        "csv", {"": 4}, {"/m/0cmf2": 3}, {BOX},
        (".*relative to the image", "1 annotation is no single .*left out .1 × group."),
    ),
    "csv-roboflow": Right(
        "csv", {"train": 4, "val": 2}, {"cat": 6}, {BOX},
        (IN_PX, IN_PX, IN_PX, "1 image of a test set is left out"),
    ),
    "csv-same-names-two-tables": Right(
        "csv", {"train": 4, "val": 2}, {"banana": 6},
        {(10 + n, 20 + n, 60 + n, 158 + n) for n in range(4)}
        | {(100 + n, 20 + n, 200 + n, 158 + n) for n in range(2)},
        (IN_PX, IN_PX),
    ),
    "csv-sep-line": Right("csv", {"": 4}, {"cat": 4}, {BOX}, (IN_PX,)),
    "csv-via": Right("via", {"": 4}, {"cat": 4}, {BOX}),
    "labelme-shapes": Right(
        "labelme", {"": 7}, {"a": 6}, {BOX, (40, 60, 140, 160)},
        (
            "5 objects are not rectangles .2 × polygon, 1 × circle, 1 × mask, .*: the box .*",
            "2 annotations are no single .*left out .1 × point, 1 × linestrip.",
        ),
    ),
    "voc-cvat-xml": Right(
        "cvat", {"": 3}, {"wit": 3}, {(23.55, 37.24, 156.45, 182.76)},  # turned by 18.5°
        ("3 objects are not rectangles .3 × turned box.: the box around each was taken",),
    ),
    "voc-gbk-declared": Right("voc", {"": 3}, {"猫": 3, "狗": 3}, VOC_PETS),
    "voc-heic-names": Right(
        "voc", {"": 3}, {"cat": 3}, {VOC_BOX}, ("3 images are HEIC, which is not read: save .*",)
    ),
    "voc-list-names-missing": Right(
        "voc", {"train": 3, "val": 1}, PETS, VOC_PETS, ("train.txt: 1 of its 4 lines .*p77",)
    ),
    "voc-mkdocs": Right("voc", {"": 4}, PETS, VOC_PETS),
    "voc-multidoc": Right("voc", {"": 4}, PETS, VOC_PETS),
    "voc-polygon-noname": Right(
        "voc", {"": 4}, {"head": 4, "": 1}, {BOX, VOC_OTHER},
        ("2 objects are not rectangles .2 × polygon.: the box around each was taken",),
    ),
    "voc-subset-lists": Right(
        "voc", {"train": 3, "val": 1}, PETS, VOC_PETS,
        (".*: 30 of its 33 lines .*left out: 000000, .*", ".*: 1 of its 2 lines .*: 000099"),
    ),
    "voc-test-list": Right(
        "voc", {"train": 3, "val": 1}, PETS, VOC_PETS, ("2 images of a test set are left out",)
    ),
    "voc-tif": Right(
        "voc", {"": 3}, {"cat": 3}, {VOC_BOX}, ("3 images are TIFF, which is not read: save .*",)
    ),
    "voc-trainval-only": Right(
        "voc", {"": 4}, PETS, VOC_PETS, ("2 images of a test set are left out",)
    ),
    "voc-utf16": Right("voc", {"": 3}, {"cat": 3, "dog": 3}, VOC_PETS),
    "voc-utf16-nodecl": Right("voc", {"": 3}, {"cat": 3, "dog": 3}, VOC_PETS),
    "yolo-classes-gbk": Right("yolo", {"": 4}, {"猫": 4, "狗": 4}, {BOX, OTHER}, (), "gbk"),
    "yolo-darknet-labels": Right(
        "yolo", {"train": 4, "val": 2}, {"mask": 6, "no-mask": 6}, {BOX, OTHER}
    ),
    "yolo-labelimg-classes": Right(
        "yolo", {"": 4}, {"raccoon": 4}, {BOX}, ("15 classes of the list have no object.*",)
    ),
    "yolo-other-folders": Right("yolo", {"": 4}, {"cat": 4}, {BOX}),
    "yolo-pose": Right(
        "yolo", {"": 4}, {"cat": 4}, {BOX},
        (
            "data.yaml: train and val are the same images.*",
            "The objects have keypoints: only their boxes are used",
            "1 class of the list has no object.*: dog",
        ),
    ),
    "yolo-pose-2d": Right(
        "yolo", {"": 4}, {"cat": 4}, {BOX},
        ("data.yaml: train and val are the same images.*", "The objects have keypoints.*"),
    ),
    "yolo-yaml-bool-names": Right(
        "yolo", {"": 4}, {"no": 4, "yes": 4}, {BOX, OTHER}, ("data.yaml: train and val are the .*",)
    ),
    "yolo-yaml-tail": Right("yolo", {"train": 4, "val": 2}, {"a": 6}, {BOX}),
    "yolo-yaml-tail-test": Right(
        "yolo", {"train": 4}, {"a": 4}, {BOX},
        (
            "data.yaml: val is ../valid/images, and no image is there",
            "2 images of a test set are left out",
        ),
    ),
}  # fmt: skip


def prepared(case: str, folder: Path) -> Path:
    """Return a copy of a case, with images."""
    there = folder / case
    shutil.copytree(CASES / case, there)
    seed = 0
    for size, names in IMAGES[case].items():
        width, height = map(int, size.split("x"))
        for name in names:
            seed += 1
            kind = {".png": "PNG", ".tif": "TIFF"}.get(Path(name).suffix.lower(), "JPEG")
            if width:
                picture(there / name, seed, (width, height), kind=kind)
            else:
                (there / name).write_bytes(b"\0\0\0\x18ftypheic")
    return there


@pytest.mark.parametrize("case", RIGHT)
def test_it_is_read_as_it_is_meant(case: str, tmp_path: Path) -> None:
    right = RIGHT[case]
    found = read_annotations(prepared(case, tmp_path), encoding=right.encoding)
    assert found.kind == right.kind
    assert Counter(found.split.get(image.name, "") for image in found.images) == right.sides
    objects = [one for image in found.images for one in image.objects]
    assert Counter(one.class_name for one in objects) == right.objects
    np.testing.assert_allclose(
        sorted({tuple(round(side, 2) for side in one.box_px) for one in objects}),
        sorted(right.boxes),
        atol=0.02,  # of labels with a few decimals
    )
    assert all(image.path is not None and not image.problems for image in found.images)
    assert len(found.notes) == len(right.notes), found.notes
    for note, pattern in zip(sorted(found.notes), sorted(right.notes), strict=True):
        assert any(re.fullmatch(each, note) for each in right.notes), (note, pattern)


@pytest.mark.parametrize(
    ("case", "word", "first"),
    [
        ("csv-cp1252", "a.csv is not in UTF-8: cp1252 reads “Käfer”", "cp1252"),
        ("csv-excel-semicolon", "a.csv is not in UTF-8: cp1252 reads “Käfer”", "cp1252"),
        ("yolo-classes-gbk", "classes.txt is not in UTF-8: gb18030 reads “狗”", "gb18030"),
    ],
)
def test_an_encoding_that_is_not_said_is_asked_for(
    case: str, word: str, first: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"{word}.*--encoding {first}"):
        read_annotations(prepared(case, tmp_path))


def test_two_folders_with_images_of_one_name_keep_their_boxes_apart(tmp_path: Path) -> None:
    found = read_annotations(prepared("csv-same-names-two-tables", tmp_path))
    boxes = {image.name: image.objects[0].box_px for image in found.images}
    assert len(boxes) == 6
    for name, box in boxes.items():
        assert name.startswith("train/" if box[2] - box[0] == 50 else "valid/")


def test_records_of_a_test_set_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "rec-test-file"
    folder.mkdir()
    label = np.array([[0, 0.125, 50 / 240, 140 / 320, 170 / 240]], np.float32)
    for seed, (side, number) in enumerate((("train", 4), ("val", 2), ("test", 2))):
        with SplitWriter(folder, side) as writer:
            for each in range(number):
                writer.add(label, picture(seed=10 * seed + each, size=(320, 240)), f"{each}.jpg")
    found = read_annotations(folder)
    assert Counter(found.split.values()) == {"train": 4, "val": 2}
    assert len(found.images) == 6
    assert found.notes == ("2 images of a test set are left out",)
    np.testing.assert_allclose(found.images[0].objects[0].box_px, BOX, atol=1e-3)


def test_frames_of_a_fixed_camera_are_cut_in_time(tmp_path: Path) -> None:
    there = prepared("video-fixed-camera", tmp_path)
    frame = picture(seed=1, size=(320, 240))
    for name in IMAGES["video-fixed-camera"]["320x240"]:
        (there / name).write_bytes(frame)
    found = read_annotations(there)
    alike = near_duplicates(found.images)
    split = split_images(found, alike=alike)
    assert set(split.values()) == {"train"}
    assert re.match(
        "40 of 40 images look alike, as the frames of a fixed camera do", one_film(split, alike)
    )
    split = split_images(found, alike=alike, in_time=True)
    assert [name for name, side in split.items() if side == "val"] == [
        f"f{number:03}.jpg" for number in range(32, 40)
    ]


def test_every_case_is_tried() -> None:
    tried = {*RIGHT, "video-fixed-camera"}
    assert tried == {path.name for path in CASES.iterdir() if path.is_dir()}
