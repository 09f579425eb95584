from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from explorer.datasets.doctor import examine
from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.doctor.twins import find_twins
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.own.near_duplicates import alike, near_duplicates
from tests.datasets.labelled import a_set, labelled, picture


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


def test_a_film_that_hardly_changes_is_one_group_and_only_its_equals_are_twins() -> None:
    """A split keeps the whole film together; the doctor calls no scene of it a duplicate."""
    rng = np.random.default_rng(1)
    scene = rng.integers(60, 190, (16, 16, 3))
    film = []
    for step in range(12):
        frame = scene.copy()
        frame[4:7, step : step + 3] = 255
        film.append(frame.astype(np.uint8))
    film += [film[0].copy(), rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)]
    facts = [
        ImageFacts((160, 160), 1, None, bytes([number]), frame) for number, frame in enumerate(film)
    ]
    images = [labelled(f"{number}.jpg") for number in range(len(film))]
    (group,) = alike(zip(images, facts, strict=True))
    assert group == frozenset(f"{number}.jpg" for number in range(13))
    assert find_twins(facts) == [*range(12), 0, 13]


def test_cancelling_and_progress(tmp_path: Path) -> None:
    picture(tmp_path / "0.jpg", 0)
    images = tuple(labelled(f"{n}.jpg", path=tmp_path / "0.jpg") for n in range(3))
    told: list[tuple[int, int]] = []
    near_duplicates(images, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(CancelledError):
        near_duplicates(images, cancelled=lambda: True)


def test_an_image_that_is_named_many_times_is_looked_at_once(tmp_path: Path) -> None:
    picture(tmp_path / "0.jpg")
    images = (labelled("0.jpg", path=tmp_path / "0.jpg"),) * 500
    seen: list[tuple[int, int]] = []
    assert near_duplicates(images, progress=lambda *at: seen.append(at)) == []
    examine(a_set(*images), progress=lambda *at: seen.append(at))
    assert seen == [(1, 1), (1, 1)]
