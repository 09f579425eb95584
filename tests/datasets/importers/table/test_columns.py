"""The names that people give to a table's columns, and what is read of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from explorer.datasets.importers.table.columns import Columns, Form, named_columns
from tests.datasets.labelled import boxes_of, picture

CORNERS = (6, 8, 30, 20)


@pytest.mark.parametrize(
    "names",
    [
        "xmin ymin xmax ymax",
        "x1 y1 x2 y2",
        "x0 y0 x1 y1",
        "left top right bottom",
        "xtl ytl xbr ybr",
        "minx miny maxx maxy",
        "x_start y_start x_end y_end",
        "StartX StartY EndX EndY",
        "tl_x tl_y br_x br_y",
        "top_left_x top_left_y bottom_right_x bottom_right_y",
        "ulx uly lrx lry",
        "bbox_xmin bbox_ymin bbox_xmax bbox_ymax",
    ],
)
def test_corners(names: str) -> None:
    header = ["image", *names.split(), "label"]
    assert named_columns(header) == Columns(0, 5, (1, 2, 3, 4), Form.CORNERS)


@pytest.mark.parametrize(
    ("names", "form"),
    [
        ("x y width height", Form.SIZED),
        ("x y w h", Form.SIZED),
        ("left top width height", Form.SIZED),
        ("xmin ymin width height", Form.SIZED),
        ("x_center y_center width height", Form.CENTRE),
        ("center_x center_y w h", Form.CENTRE),
        ("cx cy w h", Form.CENTRE),
        ("xc yc w h", Form.CENTRE),
        ("x_centre y_centre width height", Form.CENTRE),
        ("xmid ymid width height", Form.CENTRE),
    ],
)
def test_a_corner_or_a_centre_and_a_size(names: str, form: Form) -> None:
    header = ["class", *names.split(), "file_name"]
    assert named_columns(header) == Columns(5, 0, (1, 2, 3, 4), form)


def test_an_outline_of_four_points() -> None:
    header = ["image", "x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "label"]
    assert named_columns(header) == Columns(0, 9, tuple(range(1, 9)), Form.OUTLINE)


@pytest.mark.parametrize(
    ("name", "form"),
    [("bbox", None), ("Bounding Box", None), ("bbox_xyxy", Form.CORNERS), ("geometry", None),
     ("bbox_xywh", Form.SIZED)],
)  # fmt: skip
def test_a_column_of_whole_boxes(name: str, form: Form | None) -> None:
    assert named_columns(["image", name, "label", name]) == Columns(0, 2, (1,), form)


@pytest.mark.parametrize(
    ("pair", "size"),
    [
        (["image_width", "image_height"], (6, 7)),
        (["img_width", "img_height"], (6, 7)),
        (["width", "height"], (6, 7)),
        (["img_width", "image_height"], None),
    ],
)
def test_the_size_of_the_image(pair: list[str], size: tuple[int, int] | None) -> None:
    found = named_columns(["image", "label", "xmin", "ymin", "xmax", "ymax", *pair])
    assert found is not None
    assert (found.box, found.size) == ((2, 3, 4, 5), size)


@pytest.mark.parametrize("name", ["split", "set", "Subset", "usage", "dataset"])
def test_the_column_that_says_what_an_image_is_for(tmp_path: Path, name: str) -> None:
    lines = [f"{name},image,label,xmin,ymin,xmax,ymax"]
    for side in ("train", "valid", "test"):
        picture(tmp_path / f"of {side}.jpg")
        lines.append(f"{side},of {side}.jpg,cat,6,8,30,20")
    (tmp_path / "all.csv").write_text("\n".join(lines))
    found = read_annotations(tmp_path)
    assert found.split == {"of train.jpg": "train", "of valid.jpg": "val"}
    assert len(found.images) == 2


@pytest.mark.parametrize("name", ["IsGroupOf", "iscrowd", "is_group"])
def test_groups_of_objects_are_counted_and_left_out(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "a.jpg")
    text = f"image,label,xmin,ymin,xmax,ymax,{name}\na.jpg,cat,6,8,30,20,0\n"
    (tmp_path / "x.csv").write_text(text + "a.jpg,cat,1,1,50,30,1\n")
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image) == [("cat", CORNERS)]
    assert len(image.left_out) == 1


def test_columns_without_names_are_told_by_their_number(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text("a.jpg,6,8,30,20,cat\n")
    found = read_annotations(tmp_path)
    assert "columns 2, 3, 4, 5, which have no names" in found.notes[0]
    assert boxes_of(found.images[0]) == [("cat", CORNERS)]


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        ("cx,cy,w,h", "18,14,24,12"),
        ("x,y,w,h", "6,8,24,12"),
        ("xmin,ymin,xmax,ymax", "6,8,30,20"),
        ("x1,y1,x2,y2,x3,y3,x4,y4", "6,8,30,9,29,20,7,19"),
        ("bbox_xywh", '"[6, 8, 24, 12]"'),
        ("bbox_xyxy", '"[6, 8, 30, 20]"'),
        ("bbox", '"[30, 8, 10, 12]"'),  # no two corners: a corner and a size
    ],
)
def test_numbers_are_what_their_names_say(tmp_path: Path, names: str, numbers: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text(f"image,label,{names}\na.jpg,cat,{numbers}\n")
    (image,) = read_annotations(tmp_path).images
    expected = (30, 8, 40, 20) if names == "bbox" else CORNERS
    assert boxes_of(image) == [("cat", expected)]


@pytest.mark.parametrize(
    ("sized", "expected"), [("40,8,15,12", (40, 8, 55, 20)), ("20,25,30,10", (20, 25, 50, 35))]
)
def test_one_box_that_cannot_be_corners_tells_what_all_are(
    tmp_path: Path, sized: str, expected: tuple[float, ...]
) -> None:
    picture(tmp_path / "a.jpg")  # 60×40 px
    (tmp_path / "x.csv").write_text(f"a.jpg,5,5,20,20,cat\na.jpg,{sized},dog\n")
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image) == [("cat", (5, 5, 25, 25)), ("dog", expected)]


@pytest.mark.parametrize(
    ("outside", "expected"), [("40,5,50,20", (40, 5, 50, 20)), ("5,25,20,38", (5, 25, 20, 38))]
)
def test_one_box_that_cannot_be_a_size_tells_that_all_are_corners(
    tmp_path: Path, outside: str, expected: tuple[float, ...]
) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text(f"a.jpg,5,5,20,20,cat\na.jpg,{outside},dog\n")
    found = read_annotations(tmp_path)
    assert boxes_of(found.images[0]) == [("cat", (5, 5, 20, 20)), ("dog", expected)]
    assert "they may also be" not in found.notes[0]


def test_a_header_in_another_language_is_one_where_the_boxes_fit(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text("bild,art,l,o,r,u\na.jpg,katze,6,8,30,20\n")
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image) == [("katze", CORNERS)]
    (tmp_path / "x.csv").write_text("bild,art,l,o,r,u\na.jpg,katze,600,800,3000,2000\n")
    with pytest.raises(ValueError, match=r"x.csv is left out, .* \(bild, art, l, o, r, u\)"):
        read_annotations(tmp_path)


@pytest.mark.parametrize(
    "name", ["class", "label", "Category", "object", "tag", "type", "class_id", "cls", "species"]
)
def test_the_column_of_the_class(name: str) -> None:
    found = named_columns(["file", "xmin", "ymin", "xmax", "ymax", name])
    assert (found and found.class_name) == 5


@pytest.mark.parametrize(
    "name", ["image", "file_name", "Image Path", "img", "image_id", "url", "frame", "photo"]
)
def test_the_column_of_the_image(name: str) -> None:
    found = named_columns(["label", "xmin", "ymin", "xmax", "ymax", name])
    assert (found and found.image) == 5


def test_a_column_of_whole_boxes_needs_no_name(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text('a.jpg,"[6, 8, 30, 20]",cat\n')
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image) == [("cat", CORNERS)]


def test_a_table_of_images_and_words_alone_has_no_boxes(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "x.csv").write_text("a.jpg,cat\na.jpg,dog\n")
    with pytest.raises(ValueError, match=r"x.csv is left out, since its columns are not known"):
        read_annotations(tmp_path)


@pytest.mark.parametrize(
    ("header", "box", "size"),
    [
        ("filename,width,height,class,x,y,w,h", (4, 5, 6, 7), (1, 2)),
        ("filename,width,height,class,bbox_x,bbox_y,bbox_width,bbox_height", (4, 5, 6, 7), (1, 2)),
        ("filename,class,xmin,ymin,w,h,width,height", (2, 3, 4, 5), (6, 7)),
        ("filename,class,x_center,y_center,box_w,box_h,width,height", (2, 3, 4, 5), (6, 7)),
        ("filename,class,x,y,width,height", (2, 3, 4, 5), None),
    ],
)
def test_the_size_of_the_image_is_not_that_of_the_box(
    header: str, box: tuple[int, ...], size: tuple[int, int] | None
) -> None:
    columns = named_columns(header.split(","))
    assert columns is not None
    assert (columns.box, columns.size) == (box, size)
