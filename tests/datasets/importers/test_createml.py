from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import boxes_of, picture

PLACE = {"x": 18, "y": 14, "width": 24, "height": 12}


@pytest.mark.parametrize("key", ["image", "imagefilename", "imageFilename", "filename"])
def test_boxes_are_a_centre_and_a_size_in_px(tmp_path: Path, key: str) -> None:
    picture(tmp_path / "a.jpg")
    rows = [{"label": "cat", "coordinates": PLACE}, {"class": "dog", "coordinates": None}]
    images = [{key: "a.jpg", "annotations": rows}, {"annotations": [], "note": "nameless"}]
    (tmp_path / "x.json").write_text(json.dumps(images))
    found = read_annotations(tmp_path)
    image, nameless = found.images
    assert boxes_of(image)[0] == ("cat", (6, 8, 30, 20))
    assert image.objects[1].class_name == "dog"
    assert all(map(math.isnan, image.objects[1].box_px))
    assert (nameless.name, nameless.path) == ("no name", None)
