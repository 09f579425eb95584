from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import boxes_of, picture


def write(folder: Path, body: str) -> None:
    (folder / "annotations.xml").write_text(
        f"<annotations><version>1.1</version>{body}</annotations>"
    )


def test_each_shape_has_its_box_and_what_has_none_is_counted(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write(
        tmp_path,
        '<image id="0" name="a.jpg" width="60" height="40">'
        '<tag label="day"/>'
        '<points label="cat" points="1,1;2,2"/>'
        '<box label="cat" xtl="6" ytl="8" xbr="30" ybr="20"/>'
        '<polyline label="cat" points="1,1;2,2"/>'
        '<polygon label="dog" points="10,5;50,6;20,30"/>'
        '<ellipse label="cat" cx="30" cy="20" rx="10" ry="4"/>'
        '<mask label="dog" left="3" top="4" width="10" height="20" rle="1"/>'
        '<box label="cat" xtl="20" ytl="10" xbr="40" ybr="20" rotation="90"/>'
        "</image>",
    )
    found = read_annotations(tmp_path)
    (image,) = found.images
    assert boxes_of(image)[:-1] == [
        ("cat", (6, 8, 30, 20)),
        ("dog", (10, 5, 50, 30)),
        ("cat", (20, 16, 40, 24)),
        ("dog", (3, 4, 13, 24)),
    ]
    assert image.objects[-1].box_px == pytest.approx((25, 5, 35, 25))
    assert [(one.place, one.shape) for one in image.objects] == [
        ("shape 3", ""), ("shape 5", "polygon"), ("shape 6", "ellipse"), ("shape 7", "mask"),
        ("shape 8", "turned box"),
    ]  # fmt: skip
    assert image.left_out == ("points", "polyline")


def test_the_subset_of_an_image_is_its_side(tmp_path: Path) -> None:
    body = ""
    for name, subset in (
        ("a", ' subset="Train"'),
        ("b", ' subset="val"'),
        ("c", ""),
        ("d", ' subset="x"'),
    ):
        picture(tmp_path / f"{name}.jpg")
        body += f'<image name="{name}.jpg" width="60" height="40"{subset}/>'
    write(tmp_path, body)
    found = read_annotations(tmp_path)
    assert found.split == {"a.jpg": "train", "b.jpg": "val"}
    assert [image.name for image in found.images] == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def test_an_image_that_is_not_there_has_its_name_and_size(tmp_path: Path) -> None:
    write(tmp_path, '<image name="lost.jpg" width="60" height="40"/><image width="6" height="4"/>')
    lost, nameless = read_annotations(tmp_path).images
    assert (lost.name, lost.path, lost.said_size_px) == ("lost.jpg", None, (60, 40))
    assert (nameless.name, nameless.path) == ("no name", None)


def test_other_files_of_xml_are_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.xml").write_text("<project><file/></project>")
    write(
        tmp_path, '<image name="a.jpg"><box label="cat" xtl="6" ytl="8" xbr="30" ybr="20"/></image>'
    )
    (image,) = read_annotations(tmp_path, "cvat").images
    assert boxes_of(image) == [("cat", (6, 8, 30, 20))]


def test_a_turned_ellipse(tmp_path: Path) -> None:
    write(
        tmp_path,
        '<image name="a.jpg"><ellipse label="cat" cx="20" cy="15" rx="10" ry="4" rotation="90"/>'
        "</image>",
    )
    found = read_annotations(tmp_path)
    ((name, box),) = boxes_of(found.images[0])
    assert (name, box) == ("cat", pytest.approx((16, 5, 24, 25)))


def test_a_film_has_tracks_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, '<track id="0"><box frame="0" xtl="1" ytl="2" xbr="3" ybr="4"/></track>')
    with pytest.raises(ValueError, match="looks like CVAT for video, which is not read"):
        read_annotations(tmp_path)
