"""A set with everything that a look at one has to cope with."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet
from tests.datasets.labelled import a_set, labelled, picture

SIZE = (200, 100)


def mixed_set(folder: Path, number: int = 16) -> AnnotationSet:
    """Return images ``00.jpg``, …, of 200×100 px.

    Even ones have a cat of 20×10 px at their left border: 10 % of both sides. Every fourth has a
    dog of 100×50 px in its middle, too. Odd ones have nothing, but for these:

    - 01 is not there, and has a cat;
    - 03 is no image, and has a cat;
    - 05 has boxes that cannot be trained on: NaN, inverted, and ten times too large.
    """
    images = []
    for at in range(number):
        path = folder / f"{at:02}.jpg"
        picture(path, at, SIZE)
        objects = [("cat", (0.0, 40.0, 20.0, 50.0))] if at % 2 == 0 or at in (1, 3) else []
        objects += [("dog", (50.0, 25.0, 150.0, 75.0))] if at % 4 == 0 else []
        images.append(labelled(path.name, objects, path, said_size_px=SIZE))
    images[1] = replace(images[1], path=None)
    images[3].path.write_bytes(b"no image")
    wrong = [
        ("cat", (math.nan, 0.0, 5.0, 5.0)),
        ("<b>bird</b>", (30.0, 30.0, 10.0, 10.0)),
        ("cat", (500.0, 250.0, 1500.0, 750.0)),
    ]
    images[5] = labelled("05.jpg", wrong, folder / "05.jpg", said_size_px=SIZE)
    found = a_set(*images, root=folder)
    return replace(found, class_names=("cat", "dog", "<b>bird</b>"))
