"""Label files of which any part is something else: read, or refused in one sentence."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture

VALUES = [
    None,
    True,
    0,
    -1.5,
    1e308,
    10**400,
    "",
    "a.jpg",
    "\0",
    "../..",
    "?",
    [],
    {},
    [[]],
    [1, 2],
]

BOX = {"x": 10, "y": 10, "width": 10, "height": 10}
CONTENTS: dict[str, Any] = {
    "coco": {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0},
            {"image_id": 1, "category_id": 1, "segmentation": [[1, 2, 3, 4, 5, 9]]},
            {"image_id": 1, "segments_info": [{"category_id": 1, "bbox": [1, 2, 3, 4]}]},
        ],
        "categories": [{"id": 1, "name": "cat"}],
    },
    "labelme": {
        "imagePath": "a.jpg",
        "imageWidth": 60,
        "imageHeight": 40,
        "shapes": [{"label": "cat", "shape_type": "circle", "points": [[1, 2], [3, 4]]}],
    },
    "createml": [{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": BOX}]}],
    "label-studio": [
        {
            "id": 1,
            "data": {"image": "a.jpg"},
            "annotations": [
                {
                    "was_cancelled": False,
                    "result": [
                        {
                            "id": "q",
                            "original_width": 60,
                            "original_height": 40,
                            "type": "rectanglelabels",
                            "value": {**BOX, "rotation": 20, "rectanglelabels": ["cat"]},
                        },
                        {"value": {"points": [[1, 2], [3, 4], [5, 9]], "polygonlabels": ["x"]}},
                    ],
                }
            ],
        }
    ],
    "via": {
        "_via_img_metadata": {
            "a": {
                "filename": "a.jpg",
                "regions": [
                    {
                        "shape_attributes": {"name": "polygon", "all_points_x": [1, 9, 5],
                                             "all_points_y": [1, 2, 9]},
                        "region_attributes": {"class": {"cat": True}},
                    }
                ],
            }
        }
    },
}  # fmt: skip

TEXTS = {
    "a.xml": "<?xml version='1.0' encoding='utf-8'?><annotation><filename>a.jpg</filename><size>"
    "<width>60</width><height>40</height></size><object><name>cat</name><bndbox><xmin>1</xmin>"
    "<ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>",
    "x.xml": "<annotations><image name='a.jpg' width='60' height='40' subset='Train'>"
    "<box label='c' xtl='1' ytl='2' xbr='5' ybr='9' rotation='4'/>"
    "<polygon label='d' points='1,2;3,4;5,1'/></image></annotations>",
    "a.csv": "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,60,40,cat,6,8,30,20\n",
    "b.csv": "art;links;oben;rechts;unten;bild\ncat;6;8;30;20;a.jpg\ndog;6,5;8;30;20;a.jpg\n",
    "c.csv": "a.jpg,6,8,30,20,cat\na.jpg,1,2,10,20,dog\na.jpg,,,,,\n",
    "d.csv": "image,label,bbox\na.jpg,cat,\"[{'x': 1, 'y': 2, 'w': 3, 'h': 4}]\"\n",
    "a.txt": "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.2 0.1 0.3 0.4\n",
    "data.yaml": "train: [a.jpg]\nval: b.jpg\nkpt_shape: [3, 2]\nnames:\n  0: cat\n  1: dog\n",
    "x.lst": "0\t2\t5\t0\t0.1\t0.1\t0.5\t0.5\ta.jpg\n1\t4\t5\t60\t40\t0\t.1\t.1\t.5\t.5\tb.jpg\n",
}

PIECES = ["\0", "[", "{", ",", '"', "\n", "\r", "<a>", "1e999", "nan", "9" * 5000, "((", "-" * 99]


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*above, key))


def with_value(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(content)
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed


def check(folder: Path, kind: str = "auto") -> None:
    refused: ValueError | None = None
    try:
        images = read_annotations(folder, kind).images
    except ValueError as error:
        refused, images = error, ()
    assert refused is None or (type(refused) is ValueError and "\n" not in str(refused))
    assert all(image.name and image.name[0] != "/" for image in images)
    assert not any(image.name.startswith("../") for image in images)


@pytest.mark.parametrize("kind", CONTENTS)
def test_any_value_in_any_place_of_json(kind: str, tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    for place in places(CONTENTS[kind]):
        for value in VALUES:
            content = with_value(CONTENTS[kind], place, value)
            (tmp_path / "x.json").write_text(json.dumps(content))
            check(tmp_path, kind)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_cut_off_or_have_other_pieces(name: str, tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    text = TEXTS[name]
    rng = random.Random(name)
    changed = ["", "\n", text.replace("\n", ""), text.replace("\n", "\r\n")]
    for __ in range(80):
        at = rng.randrange(len(text))
        changed += [text[:at], text[:at] + rng.choice(PIECES) + text[at + rng.choice((0, 3, 30)) :]]
    for each in changed:
        (tmp_path / name).write_text(each, newline="")
        check(tmp_path)
    for encoding in ("utf-16", "utf-16-le", "cp037"):
        (tmp_path / name).write_bytes(text.encode(encoding) + b"\xff")
        check(tmp_path)


@pytest.mark.parametrize(
    "encoding", ["rot13", "undefined", "idna", "punycode", "utf-7", "gbk", "no"]
)
@pytest.mark.parametrize("name", ["a.xml", "x.xml"])
def test_any_declared_encoding(name: str, encoding: str, tmp_path: Path) -> None:
    body = TEXTS[name].partition("?>")[2] or TEXTS[name]
    (tmp_path / name).write_text(f"<?xml version='1.0' encoding='{encoding}'?>{body}")
    check(tmp_path)


@pytest.mark.parametrize("name", ["x.json", "a.xml", "x.csv", "data.yaml", "a.txt", "x.lst"])
def test_a_link_that_leads_nowhere(name: str, tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / name).symlink_to(tmp_path / "nowhere")
    check(tmp_path)
