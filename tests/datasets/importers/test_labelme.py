from __future__ import annotations

import json
from pathlib import Path

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import boxes_of, picture


def test_shapes_become_boxes_or_problems(tmp_path: Path) -> None:
    picture(tmp_path / "Pic.JPG")
    shapes = [
        {"label": "cat", "shape_type": "rectangle", "points": [[30, 20], [6, 8]]},
        {"label": "dog", "shape_type": "polygon", "points": [[1, 9], [5, 2], [8, 7]]},
        {"label": "sun", "shape_type": "circle", "points": [[20, 20], [23, 24]]},
        {"label": "eye", "shape_type": "point", "points": [[3, 3]]},
        "nonsense",
    ]
    content = {"imagePath": "..\\pic.jpg", "imageWidth": 60, "imageHeight": 40, "shapes": shapes}
    (tmp_path / "x.json").write_text(json.dumps(content))
    (tmp_path / "torn.json").write_text("{")
    found = read_annotations(tmp_path)
    torn, image = found.images
    assert (found.kind, found.class_names) == ("labelme", ("cat", "dog", "sun"))
    assert (image.name, image.said_size_px) == ("Pic.JPG", (60, 40))
    assert boxes_of(image) == [
        ("cat", (6, 8, 30, 20)),
        ("dog", (1, 2, 8, 9)),
        ("sun", (15, 15, 25, 25)),
    ]
    assert (image.objects[1].place, image.objects[1].shape) == ("shape 2", "polygon")
    assert (image.problems, image.left_out) == ((), ("point", "piece of something else"))
    assert found.notes == (
        "2 objects are not rectangles (1 × polygon, 1 × circle): the box around each was taken",
        "2 annotations are no single objects with a box, and are left out (1 × point, "
        "1 × piece of something else)",
    )
    assert torn.problems[0].startswith("torn.json is not readable as JSON: ")


def test_shapes_that_are_no_list_and_a_label_that_is_a_number(tmp_path: Path) -> None:
    shape = {"label": 0, "shape_type": "rectangle", "points": [[1, 2], [3, 4]]}
    for name, shapes in (("a", {"1": shape}), ("b", [shape])):
        content = {"imagePath": f"{name}.jpg", "shapes": shapes}
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    a, b = read_annotations(tmp_path).images
    assert (a.objects, a.problems) == ((), ("a.json: its shapes are no list",))
    assert boxes_of(b) == [("0", (1, 2, 3, 4))]
