"""The same set, written as each format has it, is the same set again."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import Box, boxes_of, picture

SIZE = 64, 32
"""In px. A box in sixteenths of px is exact in every format; a table of boxes below 1.5 px would be
one of parts of images."""

Objects = list[tuple[str, Box]]
Made = dict[str, Objects]
"""Objects of images by their names."""


def coco(made: Made, folder: Path) -> None:
    names = sorted({name for objects in made.values() for name, __ in objects})
    rows = [
        {"image_id": at, "category_id": names.index(name), "bbox": [a, b, c - a, d - b]}
        for at, objects in enumerate(made.values())
        for name, (a, b, c, d) in objects
    ]
    images = [{"id": at, "file_name": name} for at, name in enumerate(made)]
    categories = [{"id": at, "name": name} for at, name in enumerate(names)]
    content = {"images": images, "annotations": rows, "categories": categories}
    (folder / "x.json").write_text(json.dumps(content))


def voc(made: Made, folder: Path) -> None:
    for image, objects in made.items():
        rows = "".join(
            f"<object><name>{name}</name><bndbox><xmin>{a + 1}</xmin><ymin>{b + 1}</ymin>"
            f"<xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>"
            for name, (a, b, c, d) in objects
        )
        path = folder / f"{Path(image).stem}.xml"
        path.write_text(f"<annotation><filename>{image}</filename>{rows}</annotation>")


def labelme(made: Made, folder: Path) -> None:
    for image, objects in made.items():
        shapes = [
            {"label": name, "shape_type": "rectangle", "points": [[c, b], [a, d]]}
            for name, (a, b, c, d) in objects
        ]
        path = folder / f"{Path(image).stem}.json"
        path.write_text(json.dumps({"imagePath": f"../{image}", "shapes": shapes}))


def yolo(made: Made, folder: Path) -> None:
    names = sorted({name for objects in made.values() for name, __ in objects})
    (folder / "data.yaml").write_text(json.dumps({"names": names}))
    width, height = SIZE
    for image, objects in made.items():
        rows = [
            f"{names.index(name)} {(a + c) / 2 / width} {(b + d) / 2 / height} "
            f"{(c - a) / width} {(d - b) / height}\n"
            for name, (a, b, c, d) in objects
        ]
        (folder / f"{Path(image).stem}.txt").write_text("".join(rows))


def createml(made: Made, folder: Path) -> None:
    def row(name: str, a: float, b: float, c: float, d: float) -> dict[str, Any]:
        place = {"x": (a + c) / 2, "y": (b + d) / 2, "width": c - a, "height": d - b}
        return {"label": name, "coordinates": place}

    content = [
        {"image": image, "annotations": [row(name, *box) for name, box in objects]}
        for image, objects in made.items()
    ]
    (folder / "x.json").write_text(json.dumps(content))


def label_studio(made: Made, folder: Path) -> None:
    def result(name: str, a: float, b: float, c: float, d: float) -> dict[str, Any]:
        width, height = (side / 100 for side in SIZE)
        value = {"x": a / width, "y": b / height, "width": (c - a) / width,
                 "height": (d - b) / height, "rectanglelabels": [name]}  # fmt: skip
        return {"type": "rectanglelabels", "value": value}

    tasks = [
        {
            "data": {"image": f"/data/upload/1/0a1b2c3d-{image}"},
            "annotations": [{"result": [result(name, *box) for name, box in objects]}],
        }
        for image, objects in made.items()
    ]
    (folder / "x.json").write_text(json.dumps(tasks))


def via(made: Made, folder: Path) -> None:
    def region(name: str, a: float, b: float, c: float, d: float) -> dict[str, Any]:
        shape = {"name": "rect", "x": a, "y": b, "width": c - a, "height": d - b}
        return {"shape_attributes": shape, "region_attributes": {"class": name}}

    content = {
        f"{image}1": {"filename": image, "regions": [region(name, *box) for name, box in objects]}
        for image, objects in made.items()
    }
    (folder / "x.json").write_text(json.dumps({"_via_img_metadata": content}))


def cvat(made: Made, folder: Path) -> None:
    images = "".join(
        f'<image name="{image}">'
        + "".join(
            f'<box label="{name}" xtl="{a}" ytl="{b}" xbr="{c}" ybr="{d}"/>'
            for name, (a, b, c, d) in objects
        )
        + "</image>"
        for image, objects in made.items()
    )
    (folder / "x.xml").write_text(f"<annotations><version>1.1</version>{images}</annotations>")


def table(made: Made, folder: Path) -> None:
    lines = ["ymax;class;File Name;xmin;ymin;xmax"]
    for image, objects in made.items():
        lines += [f"{d};{name};{image};{a};{b};{c}".replace(".", ",").replace(",png", ".png")
                  for name, (a, b, c, d) in objects]  # fmt: skip
        lines += [] if objects else [f";;{image};;;"]
    (folder / "x.csv").write_text("\r\n".join(lines), newline="")


FORMATS: dict[str, Callable[[Made, Path], None]] = {
    "coco": coco, "voc": voc, "labelme": labelme, "yolo": yolo, "createml": createml,
    "label-studio": label_studio, "via": via, "cvat": cvat, "csv": table,
}  # fmt: skip


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = (draw(st.integers(0, 16 * side - 32)) / 16 for side in SIZE)
    x1, y1 = (draw(st.integers(int(16 * a) + 32, 16 * s)) / 16
              for a, s in zip((x0, y0), SIZE, strict=True))  # fmt: skip
    return x0, y0, x1, y1


OBJECTS = st.lists(st.tuples(st.sampled_from(["cat", "big dog"]), boxes()), max_size=3)


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OBJECTS, min_size=1, max_size=3).filter(any))
def test_a_set_comes_back(kind: str, objects: list[Objects]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = {f"pic {at}.png": each for at, each in enumerate(objects)}
        for at, name in enumerate(made):
            picture(folder / name, at, SIZE, kind="PNG")
        FORMATS[kind](made, folder)
        found = read_annotations(folder)
        assert found.kind == kind
        assert {image.name: boxes_of(image) for image in found.images} == {
            name: [(label, pytest.approx(box)) for label, box in each]
            for name, each in made.items()
        }
        assert not any(image.problems for image in found.images)
