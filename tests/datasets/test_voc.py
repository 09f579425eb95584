from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import list_voc
from tests.datasets.record_files import jpeg

WHOLE = (1, 1, 60, 40)
"""All of a 60×40 image, as VOC counts."""


def write_annotation(
    path: Path,
    objects: list[tuple[str, tuple[float, ...]]],
    size: tuple[int, int] | None = (60, 40),
    filename: str = "",
) -> Path:
    sides = "" if size is None else f"<width>{size[0]}</width><height>{size[1]}</height>"
    rows = ""
    for name, corners in objects:
        tags = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
        box = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags)
        rows += f"<object><name>{name}</name><bndbox>{box}</bndbox></object>"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"<annotation><filename>{filename}</filename><size>{sides}</size>{rows}</annotation>"
    )
    return path


def test_pixels_count_from_1_and_the_last_one_is_in(tmp_path: Path) -> None:
    objects = [("cat", WHOLE), ("dog", (31, 11, 45, 40)), ("cat", (60, 40, 60, 40))]
    write_annotation(tmp_path / "a.xml", objects)
    (image,) = list_voc(tmp_path)
    expected = [[0, 0, 1, 1], [30 / 60, 10 / 40, 45 / 60, 1], [59 / 60, 39 / 40, 1, 1]]
    np.testing.assert_array_equal(image.boxes, np.float32(expected))
    assert image.boxes.dtype == np.float32
    assert image.class_names == ("cat", "dog", "cat")
    assert image.annotation == tmp_path / "a.xml"
    assert image.path is None


def test_boxes_that_count_from_0_do_not_go_below_it(tmp_path: Path) -> None:
    write_annotation(tmp_path / "a.xml", [("cat", (0, 0, 60, 20.4))])
    np.testing.assert_allclose(list_voc(tmp_path)[0].boxes, [[0, 0, 1, 0.51]], rtol=1e-6)


def test_an_overshoot_by_a_rounding_is_cut(tmp_path: Path) -> None:
    write_annotation(tmp_path / "a.xml", [("cat", (-0.5, 1, 60.5, 40))])
    assert list_voc(tmp_path)[0].boxes.tolist() == [[0, 0, 1, 1]]


def test_images_are_found_whatever_their_case_and_place(tmp_path: Path) -> None:
    for name in ("beside/ONE.JPG", "beside/two.jpeg", "VOC/JPEGImages/003.png", "named/x y.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(jpeg())
    write_annotation(tmp_path / "beside" / "one.XML", [("cat", WHOLE)], filename="other.jpg")
    write_annotation(tmp_path / "beside" / "Two.xml", [("cat", WHOLE)])
    write_annotation(tmp_path / "VOC" / "Annotations" / "003.xml", [("cat", WHOLE)])
    windows = "C:\\somewhere\\X Y.JPG"
    write_annotation(tmp_path / "named" / "4.xml", [("cat", WHOLE)], filename=windows)
    found = {image.annotation.name: image.path for image in list_voc(tmp_path)}
    assert found == {
        "003.xml": tmp_path / "VOC" / "JPEGImages" / "003.png",
        "Two.xml": tmp_path / "beside" / "two.jpeg",
        "one.XML": tmp_path / "beside" / "ONE.JPG",
        "4.xml": tmp_path / "named" / "x y.jpg",
    }


@pytest.mark.parametrize("size", [None, (0, 0)])
def test_a_missing_size_is_that_of_the_image(tmp_path: Path, size: tuple[int, int] | None) -> None:
    write_annotation(tmp_path / "a.xml", [("cat", WHOLE)], size)
    with pytest.raises(ValueError, match=r"^a.xml does not tell the size of its image, and the"):
        list_voc(tmp_path)
    (tmp_path / "a.jpg").write_bytes(jpeg(height=80, width=120))
    assert list_voc(tmp_path)[0].boxes.tolist() == [[0, 0, 0.5, 0.5]]


def test_an_image_without_objects(tmp_path: Path) -> None:
    write_annotation(tmp_path / "a.xml", [])
    (image,) = list_voc(tmp_path)
    assert (image.boxes.shape, image.class_names) == ((0, 4), ())


def test_parts_of_an_object_are_no_objects(tmp_path: Path) -> None:
    path = write_annotation(tmp_path / "a.xml", [("person", WHOLE)])
    part = "<part><name>head</name><bndbox><xmin>2</xmin></bndbox></part></object>"
    path.write_text(path.read_text().replace("</object>", part))
    assert list_voc(tmp_path)[0].class_names == ("person",)


def test_hidden_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    for name in ("._a.xml", ".cache/b.xml", "c.txt"):
        (tmp_path / name).write_bytes(b"\0\5\26\7")
    assert list_voc(tmp_path) == []


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        ((30, 10, 20, 40), r"bad.xml has a cat whose box \(30, 10, 20, 40\) is inverted: expected"),
        ((1, 30, 20, 10), "is inverted"),
        ((1, 1, 70, 40), r"box \(1, 1, 70, 40\) reaches out of its image of 60×40 px"),
        ((-9, 1, 30, 40), "reaches out of its image"),
        ((61, 1, 61, 40), "reaches out of its image"),  # nothing of it is in the image
        (("", 1, 30, 40), "bad.xml has a cat whose box lacks one of xmin, ymin, xmax, ymax"),
        (("nan", 1, 30, 40), "lacks one of"),
        (("five", 1, 30, 40), "lacks one of"),
    ],
)
def test_a_bad_box_is_one_sentence_with_the_files_name(
    tmp_path: Path, corners: tuple[float, ...], message: str
) -> None:
    write_annotation(tmp_path / "a.xml", [("cat", WHOLE)])
    write_annotation(tmp_path / "bad.xml", [("cat", WHOLE), ("cat", corners)])
    with pytest.raises(ValueError, match=message):
        list_voc(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a.xml is not readable as XML: no element found"),
        (b"<annotation><object>", "a.xml is not readable as XML"),
        (b'<?xml version="1.0" encoding="utf-16"?><a', "a.xml is not readable as XML"),
        (
            b"<annotation><size><width>9</width><height>9</height></size><object/></annotation>",
            "a.xml has an object without a name",
        ),
    ],
)
def test_a_file_that_is_no_annotation(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.xml").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list_voc(tmp_path)
