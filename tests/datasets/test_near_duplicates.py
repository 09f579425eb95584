from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from explorer.datasets.near_duplicates import near_duplicates
from tests.datasets.labelled import labelled, picture


def test_saved_anew_made_smaller_or_a_little_brighter_is_the_same(tmp_path: Path) -> None:
    for number in range(12):
        picture(tmp_path / f"{number}.jpg", number, (320, 240))
    first = Image.open(io.BytesIO(picture(seed=3, size=(320, 240))))
    first.save(tmp_path / "worse.jpg", quality=30)
    first.resize((160, 120)).save(tmp_path / "small.png")
    ImageEnhance.Brightness(first).enhance(1.15).save(tmp_path / "bright.jpg")
    for name in ("white", "paper"):
        Image.fromarray(np.full((90, 90, 3), 250, np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    files = sorted(tmp_path.iterdir())
    found = near_duplicates(tuple(labelled(path.name, path=path) for path in files))
    assert found == [frozenset({"3.jpg", "bright.jpg", "small.png", "worse.jpg"})]
    assert near_duplicates(()) == []
    assert near_duplicates((labelled("gone.jpg"),)) == []
