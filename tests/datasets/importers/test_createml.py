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


def test_an_image_of_several_files_is_on_one_side_and_its_boxes_count_once(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    rows = [{"label": "cat", "coordinates": PLACE}]
    for side in ("train", "val"):
        images = [{"image": "a.jpg", "annotations": rows}]
        (tmp_path / f"{side}.json").write_text(json.dumps(images))
    found = read_annotations(tmp_path)
    assert boxes_of(found.images[0]) == [("cat", (6, 8, 30, 20))]
    assert found.split == {"a.jpg": "train"}
    assert any(note.startswith("1 image is listed for more than one side") for note in found.notes)
    assert "1 box is in two files: it counts once" in found.notes
