from __future__ import annotations

import math
from pathlib import Path

import pytest

from explorer.datasets import list_voc
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import boxes_of, picture
from tests.datasets.test_voc import WHOLE, write_annotation


def test_boxes_lose_the_count_from_1_and_nothing_else(tmp_path: Path) -> None:
    bad = [
        ("cat", WHOLE),
        ("", (50, 30, 20, 10)),
        ("dog", (-9, 1, 700, "five")),
        ("x", (0, 0, 9, 9)),
    ]
    write_annotation(tmp_path / "a.xml", bad)
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image)[:2] == [("cat", (0, 0, 60, 40)), ("", (49, 29, 20, 10))]
    x0, y0, x1, y1 = image.objects[2].box_px
    assert (x0, y0, x1) == (-9, 0, 700)
    assert math.isnan(y1)
    assert image.objects[3].box_px == (0, 0, 9, 9)
    assert [one.place for one in image.objects] == [f"object {n}" for n in (1, 2, 3, 4)]
    assert (image.said_size_px, image.path, image.name) == ((60, 40), None, "a.jpg")
    with pytest.raises(ValueError, match="without a name"):
        list_voc(tmp_path)


def test_images_by_windows_paths_and_names_of_any_alphabet(tmp_path: Path) -> None:
    # The second as macOS stores it: a letter and its accent apart.
    for name in ("pics/Ünder Ä.JPG", "pics/cafe\u0301.jpeg", "a/1.jpg", "b/1.jpg"):
        picture(tmp_path / name)
    said = {
        "x": "C:\\users\\me\\pics\\ünder ä.jpg",
        "y": "café.jpeg",
        "z": "D:\\set\\B\\1.JPG",
        "gone": "gone.jpg",
        "twice": "1.jpg",
    }
    for stem, filename in said.items():
        write_annotation(tmp_path / "labels" / f"{stem}.xml", [], filename=filename)
    images = {image.label_file.stem: image for image in read_annotations(tmp_path).images}
    found = {stem: image.path and image.name for stem, image in images.items()}
    assert found == {
        "x": "pics/Ünder Ä.JPG",
        "y": "pics/cafe\u0301.jpeg",
        "z": "b/1.jpg",
        "gone": None,
        "twice": None,
    }
    assert images["twice"].problems == ("twice.xml: 2 images are called 1.jpg: a/1.jpg, b/1.jpg",)
    assert [stem for stem, image in images.items() if image.problems] == ["twice"]


def test_damage_is_a_problem_of_one_image(tmp_path: Path) -> None:
    picture(tmp_path / "torn.jpg")
    write_annotation(tmp_path / "a.xml", [("cat", WHOLE)])
    (tmp_path / "torn.xml").write_bytes(b"<annotation><object>")
    (tmp_path / "other.xml").write_bytes(b"<project/>")
    found = read_annotations(tmp_path)
    a, torn = found.images
    assert (len(a.objects), a.problems) == (1, ())
    assert "other.xml is left alone: it begins with <project>" in found.notes[0]
    assert torn.path == tmp_path / "torn.jpg"
    assert torn.problems[0].startswith("torn.xml is not readable as XML: ")


def test_lists_or_folders_decide_the_split(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "one" / "JPEGImages" / f"{number}.jpg")
        write_annotation(tmp_path / "one" / "Annotations" / f"{number}.xml", [("cat", WHOLE)])
    lists = tmp_path / "one" / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n2\n")
    (lists / "val.txt").write_text("1\n")
    names = [f"JPEGImages/{n}.jpg" for n in range(3)]
    split = dict(zip(names, ("train", "val", "train"), strict=True))
    assert read_annotations(tmp_path / "one").split == split
    (lists / "val.txt").write_text("# a comment\n1\n7\n")
    found = read_annotations(tmp_path / "one")
    assert found.split == split
    assert found.notes[0].startswith("val.txt: 1 of its 3 lines fits no image that is here")
    (lists / "val.txt").write_text("1\n2\n")
    found = read_annotations(tmp_path / "one")
    assert found.split == split
    assert found.notes[0].startswith("1 image is listed for more than one side: ")
    for side in ("Train", "VALID", "test"):
        write_annotation(tmp_path / "two" / side / "a.xml", [("cat", WHOLE)])
    assert read_annotations(tmp_path / "two").split == {
        "Train/a.jpg": "train",
        "VALID/a.jpg": "val",
    }


def test_a_path_that_agrees_with_the_name_tells_more(tmp_path: Path) -> None:
    for name in ("images/a/1.jpg", "images/b/1.jpg", "images/1.jpg", "images/b/new.jpg"):
        picture(tmp_path / name)
    said = {
        "in b": ("1.jpg", "C:\\set\\b\\1.jpg"),
        "renamed": ("new.jpg", "C:\\set\\a\\1.jpg"),
        "outermost": ("1.jpg", ""),
        "path alone": ("", "a/1.jpg"),
    }
    (tmp_path / "voc").mkdir()
    for stem, (filename, path) in said.items():
        content = f"<annotation><filename>{filename}</filename><path>{path}</path></annotation>"
        (tmp_path / "voc" / f"{stem}.xml").write_text(content)
    found = {image.label_file.stem: image.name for image in read_annotations(tmp_path).images}
    assert found == {
        "in b": "images/b/1.jpg",
        "renamed": "images/b/new.jpg",
        "outermost": "images/1.jpg",
        "path alone": "images/a/1.jpg",
    }


def test_images_of_one_name_in_folders_beside_their_labels(tmp_path: Path) -> None:
    for side in ("train", "val"):
        picture(tmp_path / side / "images" / "1.jpg")
        write_annotation(tmp_path / side / "annotations" / "1.xml", [(side, WHOLE)])
    found = read_annotations(tmp_path)
    assert {image.name: [name for name, __ in boxes_of(image)] for image in found.images} == {
        "train/images/1.jpg": ["train"],
        "val/images/1.jpg": ["val"],
    }


def test_two_files_of_one_image_are_one_image(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    for folder, names in (("old", ["cat"]), ("new", ["cat", "dog"])):
        objects = [(name, WHOLE) for name in names]
        write_annotation(tmp_path / folder / "a.xml", objects, filename="a.jpg")
    found = read_annotations(tmp_path)
    (image,) = found.images
    assert sorted(name for name, __ in boxes_of(image)) == ["cat", "dog"]
    assert found.notes == ("1 box is in two files: it counts once",)


def test_names_that_differ_in_case_alone(tmp_path: Path) -> None:
    for name in ("A", "a"):
        picture(tmp_path / f"{name}.jpg")
        write_annotation(tmp_path / f"{name}.xml", [(name, WHOLE)])
    found = read_annotations(tmp_path)
    assert {image.name: boxes_of(image)[0][0] for image in found.images} == {
        "A.jpg": "A",
        "a.jpg": "a",
    }


@pytest.mark.parametrize(
    "begin", ["<annotation\n verified='yes'>", "<!--" + "x" * 2000 + "--><annotation>"]
)
def test_an_annotation_by_its_first_element(tmp_path: Path, begin: str) -> None:
    (tmp_path / "a.xml").write_text(f"{begin}<filename>a.jpg</filename></annotation>")
    assert read_annotations(tmp_path).kind == "voc"
