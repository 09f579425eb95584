from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import boxes_of, picture


def read(folder: Path, *shapes: dict[str, Any], attributes: Any = None) -> Any:
    picture(folder / "a.jpg")
    attributes = {"class": "cat"} if attributes is None else attributes
    regions = [{"shape_attributes": each, "region_attributes": attributes} for each in shapes]
    image = {"filename": "a.jpg", "size": 1, "regions": regions}
    (folder / "via.json").write_text(json.dumps({"a.jpg1": image}))
    return read_annotations(folder)


def test_each_shape_has_its_box_and_what_has_none_is_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"name": "rect", "x": 6, "y": 8, "width": 24, "height": 12},
        {"name": "point", "cx": 1, "cy": 2},
        {"name": "circle", "cx": 20, "cy": 15, "r": 5},
        {"name": "ellipse", "cx": 20, "cy": 15, "rx": 5, "ry": 2},
        {"name": "polyline", "all_points_x": [1, 2], "all_points_y": [3, 4]},
        {"name": "polygon", "all_points_x": [1, 9, 4], "all_points_y": [3, 4, 8]},
    )
    (image,) = found.images
    assert boxes_of(image) == [
        ("cat", (6, 8, 30, 20)),
        ("cat", (15, 10, 25, 20)),
        ("cat", (15, 13, 25, 17)),
        ("cat", (1, 3, 9, 8)),
    ]
    assert [one.place for one in image.objects] == [f"region {n}" for n in (1, 3, 4, 6)]
    assert image.left_out == ("point", "polyline")
    assert [one.shape for one in image.objects] == ["", "circle", "ellipse", "polygon"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"class": "cat", "colour": "red"},
        {"Label": "cat", "colour": "red"},
        {"animal": " cat "},
        {"type": {"dog": False, "cat": True}},
    ],
)
def test_the_class_is_the_attribute_called_so_or_the_only_one(
    tmp_path: Path, attributes: Any
) -> None:
    shape = {"name": "rect", "x": 6, "y": 8, "width": 24, "height": 12}
    found = read(tmp_path, shape, attributes=attributes)
    assert boxes_of(found.images[0]) == [("cat", (6, 8, 30, 20))]


def test_an_odd_entry_leaves_the_others(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    shape = {"name": "rect", "x": 6, "y": 8, "width": 24, "height": 12}
    region = {"shape_attributes": shape, "region_attributes": {"class": 0}}
    content = {"a": {"filename": "a.jpg", "regions": [region]}, "odd": 5}
    (tmp_path / "via.json").write_text(json.dumps(content))
    (image,) = read_annotations(tmp_path).images
    assert boxes_of(image) == [("0", (6, 8, 30, 20))]


def test_a_table_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    header = "filename,region_shape_attributes,region_attributes\n"
    shape = '"{""name"":""rect"",""x"":6,""y"":8,""width"":24,""height"":12}"'
    (tmp_path / "good.csv").write_text(f'{header}a.jpg,{shape},"{{""class"":""cat""}}"\n')
    (tmp_path / "long.csv").write_text(f'{header}a.jpg,"{"x" * 140_000}",{{}}\n')
    (tmp_path / "odd.csv").write_bytes(header.encode() + "ä.jpg,{},{}\n".encode("cp1252"))
    found = read_annotations(tmp_path)
    assert [boxes_of(image) for image in found.images] == [[("cat", (6, 8, 30, 20))]]
    long, odd = found.notes
    assert long.startswith("long.csv is not readable as a table: field larger than")
    assert odd.startswith("odd.csv is not in UTF-8: cp1252 reads “ä.jpg”")
