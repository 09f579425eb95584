from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.recognition import kinds_of
from tests.datasets.labelled import boxes_of, picture

CAT = [("cat", (6.0, 8.0, 30.0, 20.0))]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,60,40,cat,6,8,30,20\n", "corners"),
        ("Image;Label;X1;Y1;X2;Y2\r\na.jpg;cat;6;8;30;20\r\n", r"two corners \(X1, Y1, X2, Y2\)"),
        ("image_id\tlabel\tx\ty\tw\th\na\tcat\t6\t8\t24\t12\n", "corner and a size.* in px"),
        ("image,class,x,y,width,height\nC:\\x\\A.JPG,cat,6,8,24,12\n", "corner and a size"),
        ("path,label,x_center,y_center,width,height\na.jpg,cat,18,14,24,12\n", "centre and a size"),
        ("ImageID,LabelName,XMin,XMax,YMin,YMax\na,cat,.1,.5,.2,.5\n", "relative to the image"),
        (
            "a.jpg,6,8,30,20,cat\n",
            "two corners .columns 2, 3, 4, 5, which have no names.*may also be a corner and a size",
        ),
    ],
)
def test_columns_in_many_spellings(tmp_path: Path, text: str, note: str) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8-sig", newline="")
    found = read_annotations(tmp_path)
    (image,) = found.images
    assert (found.kind, image.name, boxes_of(image)) == ("csv", "a.jpg", CAT)
    (said,) = found.notes
    assert re.search(note, said), said


def test_lines_that_are_not_whole(tmp_path: Path) -> None:
    picture(tmp_path / "empty.jpg")
    rows = "a.jpg,6,8,30,20,cat\nempty.jpg,,,,,\na.jpg,1,2\nb.jpg,1,x,9,9,\n"
    (tmp_path / "train.csv").write_text(rows)
    found = read_annotations(tmp_path)
    a, empty, b = found.images
    assert (boxes_of(a), empty.objects) == (CAT, ())
    assert a.problems == ("train.csv line 3 has 3 fields, too few for a box",)
    assert (b.objects[0].class_name, b.objects[0].place) == ("", "line 4")
    assert math.isnan(b.objects[0].box_px[1])
    assert found.split == dict.fromkeys(("a.jpg", "empty.jpg", "b.jpg"), "train")


def test_relative_boxes_of_a_missing_image_have_no_unit(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("image,label,xmin,ymin,xmax,ymax\na.jpg,cat,0,0,1,1\n")
    (image,) = read_annotations(tmp_path).images
    assert all(map(math.isnan, image.objects[0].box_px))


@pytest.mark.parametrize(
    ("largest", "unit", "box"),
    [
        ("1.5", "relative to the image", (6.0, 8.0, 90.0, 20.0)),
        ("1.51", "in px", (0.1, 0.2, 1.51, 0.5)),
    ],
)
def test_up_to_one_and_a_half_numbers_are_relative(
    tmp_path: Path, largest: str, unit: str, box: tuple[float, ...]
) -> None:
    picture(tmp_path / "a.jpg")
    text = f"image,label,xmin,ymin,xmax,ymax\na.jpg,cat,0.1,0.2,{largest},0.5\n"
    (tmp_path / "x.csv").write_text(text)
    found = read_annotations(tmp_path)
    assert found.notes[0].endswith(unit)
    assert found.images[0].objects[0].box_px == pytest.approx(box)


HEADER = "image,label,xmin,ymin,xmax,ymax,score\n"


def test_a_table_of_detections_is_left_out_beside_one_of_labels(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "found.csv").write_text(HEADER + "a.jpg,dog,1,1,9,9,0.5\na.jpg,dog,1,1,9,9,1\n")
    (tmp_path / "labels.csv").write_text(HEADER + "a.jpg,cat,6,8,30,20,1\n")
    found = read_annotations(tmp_path)
    assert boxes_of(found.images[0]) == CAT
    assert "found.csv is left out: its boxes have scores, as detections have" in found.notes
    (tmp_path / "labels.csv").unlink()
    assert read_annotations(tmp_path).class_names == ("dog",)  # there is nothing else


def test_a_table_of_another_tool_hides_none_of_boxes(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    via = "filename,region_shape_attributes,region_attributes\n"
    (tmp_path / "a.csv").write_text(via)
    (tmp_path / "b.csv").write_text(HEADER + "a.jpg,cat,6,8,30,20,1\n")
    assert set(kinds_of(ImageFiles(tmp_path))) == {"csv", "via"}
    assert boxes_of(read_annotations(tmp_path, "csv").images[0]) == CAT
