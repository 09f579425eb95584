from __future__ import annotations

import math
from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from explorer.datasets.importers.yolo.label_paths import labels_folder
from tests.datasets.labelled import boxes_of, picture

CENTRED = "0.5 0.5 0.5 0.25"  # of 60×40 px: 15, 15, 45, 25


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_folders_of_images_and_labels_with_paths_of_another_machine(tmp_path: Path) -> None:
    for side in ("train", "val", "test"):
        picture(tmp_path / "images" / side / "Ä 1.JPG")
        write(tmp_path / "labels" / side / "ä 1.txt", f"1 {CENTRED}\n\n0 {CENTRED} 0.9\n")
    yaml = "path: /elsewhere/set\ntrain: /elsewhere/set/images/train\nval: ../images/val\n"
    write(tmp_path / "data.yaml", yaml + "test: images/test\nnames: {1: dog, 0: 'on'}\n")
    found = read_annotations(tmp_path)
    assert (found.kind, found.class_names) == ("yolo", ("on", "dog"))
    assert found.split == {"images/train/Ä 1.JPG": "train", "images/val/Ä 1.JPG": "val"}
    assert len(found.images) == 2
    assert boxes_of(found.images[0]) == [("dog", (15, 15, 45, 25)), ("on", (15, 15, 45, 25))]
    assert [one.place for one in found.images[0].objects] == ["line 1", "line 3"]
    assert found.notes == ("1 image of a test set is left out",)


def test_lists_of_images(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "pics" / f"{number}.jpg")
        write(tmp_path / "pics" / f"{number}.txt", f"0 {CENTRED}\n")
    write(tmp_path / "train.txt", "D:\\x\\pics\\0.jpg\nD:\\x\\pics\\2.jpg\n")
    write(tmp_path / "lists" / "mine.txt", "pics/1.jpg\n")
    write(tmp_path / "d.yaml", "train: train.txt\nval: lists/mine.txt\nnames: [cat]\n")
    found = read_annotations(tmp_path)
    assert found.split == {"pics/0.jpg": "train", "pics/1.jpg": "val", "pics/2.jpg": "train"}
    assert len(found.images) == 3


def test_an_image_without_labels_and_labels_without_an_image(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "lost.txt", f"5 {CENTRED}\n")
    write(tmp_path / "README.txt", "These are all my own images and labels\n")
    write(tmp_path / "classes.txt", "cat 1\ndog\n")
    found = read_annotations(tmp_path)
    empty, lost = found.images
    assert (empty.name, empty.objects, empty.problems) == ("a.jpg", (), ())
    assert (lost.path, lost.objects[0].class_name) == (None, "class 5")
    assert all(map(math.isnan, lost.objects[0].box_px))
    assert found.class_names == ("cat 1", "dog", "class 5")


def test_polygons_and_lines_that_cannot_be_read(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", orientation=6)  # upright it is 40 px wide and 60 high
    write(tmp_path / "a.txt", f"0 0.1 0.2 0.5 0.1 0.3 0.4\n0 0.5\nx {CENTRED}\n0 a 0.5 0.5 0.5\n")
    found = read_annotations(tmp_path)
    polygon, strange, text = found.images[0].objects
    assert polygon.box_px == pytest.approx((4, 6, 20, 24))
    assert (strange.class_name, strange.box_px) == ("class x", (10, 22.5, 30, 37.5))
    assert math.isnan(text.box_px[0])
    assert found.images[0].problems == ("a.txt line 2 has 2 numbers, expected 5",)
    assert found.notes == (
        "1 object is not a rectangle (1 × polygon): the box around it was taken",
    )


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("names: {a: b}", "data.yaml: names must be a list, or ids from 0"),
        ("names: [", "data.yaml is not readable as YAML: "),
    ],
)
def test_a_description_that_is_none(tmp_path: Path, yaml: str, message: str) -> None:
    write(tmp_path / "data.yaml", yaml)
    with pytest.raises(ValueError, match=message):
        read_annotations(tmp_path, "yolo")


@pytest.mark.parametrize("above", ["images", "images/set"])
def test_a_folder_that_lies_in_one_called_images(tmp_path: Path, above: str) -> None:
    root = tmp_path / above
    picture(root / "a.jpg")
    write(root / "a.txt", f"0 {CENTRED}\n")
    picture(root / "b.jpg")
    labelled, empty = read_annotations(root).images
    assert boxes_of(labelled) == [("class 0", (15, 15, 45, 25))]
    assert (empty.name, empty.label_file) == ("b.jpg", root / "b.txt")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("images/train/a.jpg", "labels/train/a.jpg"),
        ("images/x/Images/a.jpg", "images/x/labels/a.jpg"),  # the last one
        ("x/images", "x/images"),  # an image that is called so is no folder
        ("x/a.jpg", "x/a.jpg"),
    ],
)
def test_labels_lie_beside_the_last_folder_called_images(image: str, expected: str) -> None:
    assert labels_folder(Path(image)) == Path(expected)


def test_labels_of_a_folder_called_images_within_one(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "set" / "images" / "a.jpg")
    write(tmp_path / "images" / "set" / "labels" / "a.txt", f"0 {CENTRED}\n")
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image) == [("class 0", (15, 15, 45, 25))]


@pytest.mark.parametrize("name", ["train", "classes", "test"])
def test_an_image_that_is_called_like_a_list_keeps_its_label(tmp_path: Path, name: str) -> None:
    for stem in (name, "a"):
        picture(tmp_path / f"{stem}.jpg")
        write(tmp_path / f"{stem}.txt", f"0 {CENTRED}\n")
    found = read_annotations(tmp_path)
    assert [len(image.objects) for image in found.images] == [1, 1]


def test_an_angle_is_no_score(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(
        tmp_path / "a.txt", f"0 {CENTRED} 45.5\n0 {CENTRED} -0.3\n0 {CENTRED} 0.9\n0 {CENTRED} 7\n"
    )
    (image,) = read_annotations(tmp_path).images
    assert [one.place for one in image.objects] == ["line 3", "line 4"]
    assert image.problems == (
        "a.txt line 1 has 6 numbers, expected 5",
        "a.txt line 2 has 6 numbers, expected 5",
    )


def test_names_that_are_lists_in_lists_are_refused_at_once(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    lines = [f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)]
    text = f"k0: &a0 [x]\n{''.join(lines)}"
    for names in ("*a11", "{0: *a11}"):
        (tmp_path / "data.yaml").write_text(f"{text}names: {names}\n")  # 9¹¹ words in full
        with pytest.raises(ValueError, match=r"^data\.yaml: names must be a list, or ids from 0"):
            read_annotations(tmp_path)


@pytest.mark.parametrize("text", ["- " * 50_000, "names: " + "[" * 900 + "]" * 900])
def test_a_yaml_of_endless_depth_does_not_end_the_process(text: str, tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "data.yaml").write_text(text)
    if text.startswith("names"):
        why = r"^data\.yaml is not readable as YAML: lists in lists, more than 100 deep$"
        with pytest.raises(ValueError, match=why):
            read_annotations(tmp_path)
    else:  # it does not say anything of labels
        assert len(read_annotations(tmp_path).images) == 1


@pytest.mark.parametrize(
    "name",
    ["classes.txt", "obj.names", "_darknet.labels", "labels.txt", "predefined_classes.txt",
     "label_map.txt", "any.names"],
)  # fmt: skip
def test_lists_of_classes_by_their_usual_names(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "a.txt", f"1 {CENTRED}\n")
    write(tmp_path / name, "cat\ndog\n")
    assert boxes_of(read_annotations(tmp_path).images[0]) == [("dog", (15, 15, 45, 25))]


def test_classes_without_names_are_in_order_of_their_numbers(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "a.txt", "".join(f"{number} {CENTRED}\n" for number in (10, 9, 1)))
    assert read_annotations(tmp_path).class_names == ("class 1", "class 9", "class 10")


def test_a_score_of_one_stands_behind_a_box(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(tmp_path / "a.txt", f"0 {CENTRED} 1\n0 {CENTRED} 1.0\n")
    found = read_annotations(tmp_path).images[0]
    assert (len(found.objects), found.problems) == (2, ())
