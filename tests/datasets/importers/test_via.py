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
