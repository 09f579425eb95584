from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.engine import Engine
from explorer.exchange.detected_image import DetectedImage
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.takeaway.takeaway import Takeaway, takeaway_of
from explorer.pages.shared.pictures.photographs import UPLOAD, Photographs
from explorer.pages.shared.pictures.pictures import Picture
from tests.exchange.found import detected

CLASSES = ("cat", "=dog")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pretrained") / "two-animals.params"
    Engine(CLASSES, input_size=64, device="cpu").save(path)
    return path


@pytest.fixture
def page(checkpoint: Path, tmp_path: Path) -> DetectModel:
    """A page that shows a picture, before the network was asked."""
    image = np.random.default_rng(0).integers(0, 256, (48, 80, 3), np.uint8)
    photographs = Photographs()
    photographs.add(Picture(image, "my picture.jpeg"))
    model = DetectModel(checkpoint, photographs, tmp_path)
    model.choose(UPLOAD, 0)
    model.list_models()
    return model


def shown(page: DetectModel) -> Takeaway:
    takeaway = takeaway_of(page)
    assert takeaway is not None
    return takeaway


def named(name: str) -> Takeaway:
    found = detected(name, (20, 30), boxes_px=[[1, 2, 11, 12]], class_ids=[1])
    return Takeaway(np.zeros((20, 30, 3), np.uint8), found, CLASSES)


def test_nothing_before_the_network_was_asked(page: DetectModel) -> None:
    assert takeaway_of(page) is None


def test_what_the_page_shows_is_taken_away(page: DetectModel, checkpoint: Path) -> None:
    page.score_threshold = 0.4
    asyncio.run(page.refresh())
    assert page.picture is not None
    engine = Engine.load(checkpoint, "cpu")
    wanted = engine.detect(page.picture.image, score_threshold=0.4)
    assert {0, 1} <= set(wanted.class_id.tolist())
    takeaway = shown(page)
    assert takeaway.class_names == CLASSES
    assert takeaway.image is page.picture.image
    found = takeaway.found
    assert (found.name, found.shape_px) == ("my picture.jpeg", (48, 80))
    same = DetectedImage.of("", (48, 80), wanted, engine.anchors())
    for field in ("class_id", "score", "anchor", "layer"):
        np.testing.assert_array_equal(getattr(found, field), getattr(same, field))
    np.testing.assert_allclose(found.boxes_px, same.boxes_px, rtol=1e-6)

    page.score_threshold = float(wanted.score[2])
    assert len(shown(page).found) == int((wanted.score >= wanted.score[2]).sum())
    page.hidden_classes = ("=dog",)
    assert set(shown(page).found.class_id.tolist()) <= {0}
    page.hidden_classes = CLASSES
    assert len(shown(page).found) == 0
    assert shown(page).file("csv").content.count(b"\n") == 1


def test_files_are_what_their_names_say() -> None:
    takeaway = named("my.picture.JPG")
    png = takeaway.file("png")
    assert (png.name, png.media_type) == ("my.picture-detections.png", "image/png")
    with Image.open(io.BytesIO(png.content)) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (30, 20))
    table = takeaway.file("csv")
    assert (table.name, table.media_type) == ("my.picture-detections.csv", "text/csv")
    (row,) = csv.DictReader(io.StringIO(table.content.decode()))
    assert (row["image"], row["class"], row["xmax_px"]) == ("my.picture.JPG", "'=dog", "11.0")
    coco = takeaway.file("coco")
    assert (coco.name, coco.media_type) == ("my.picture-detections-coco.json", "application/json")
    (result,) = json.loads(coco.content)
    assert result == {
        "image_id": 1, "category_id": 2, "bbox": [1.0, 2.0, 10.0, 10.0], "score": 0.5
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../etc/passwd", "passwd"),
        ('<img src=x onerror="alert(1)">.png', "_img src_x onerror_alert(1)_"),
        ("a\nb\x00c.png", "a_b_c"),
        ("猫 ü.png", "猫 ü"),
        ("", "picture"),
        ("…", "_"),
        ("x" * 300 + ".png", "x" * 80),
    ],
)
def test_a_name_is_one_of_a_file(name: str, saved: str) -> None:
    assert named(name).file("csv").name == f"{saved}-detections.csv"


def test_an_unknown_kind() -> None:
    kind: Any = "exe"
    with pytest.raises(ValueError, match="'exe'"):
        named("x").file(kind)
