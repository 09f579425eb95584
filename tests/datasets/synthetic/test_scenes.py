from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.data_folders import shipped_root
from explorer.datasets.synthetic import scenes
from explorer.datasets.synthetic.backgrounds import VALIDATION_ORIGINALS, crop, photographs
from explorer.datasets.synthetic.ellipsoids import View
from explorer.datasets.synthetic.scenes import compose, is_validation_view
from explorer.datasets.synthetic.variants import VARIANTS

BACKGROUNDS = shipped_root() / "backgrounds"


def manifest() -> dict[str, dict[str, str]]:
    with (BACKGROUNDS / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return {row["file"]: row for row in csv.DictReader(stream)}


def decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def test_each_photograph_is_listed_with_its_licence() -> None:
    rows = manifest()
    assert set(rows) == {path.name for path in BACKGROUNDS.glob("*.jpg")}
    text = (BACKGROUNDS / "LICENSES.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    for row in rows.values():
        line = next(line for line in lines if line.startswith(f"| {row['original']} |"))
        for field in ("author", "licence", "package", "change"):
            assert row[field] in line


def test_training_and_validation_share_no_photograph() -> None:
    rows = manifest()
    originals = {
        split: {rows[path.name]["original"] for path in photographs(split)}
        for split in ("train", "val")
    }
    assert originals["train"].isdisjoint(originals["val"])
    assert originals["val"] == VALIDATION_ORIGINALS
    counts = {split: len(photographs(split)) for split in ("train", "val")}
    assert sum(counts.values()) == len(rows)
    assert 0.1 < counts["val"] / len(rows) < 0.2


def test_a_folder_without_photographs(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="they come with the repository"):
        photographs("train", tmp_path)


def test_a_crop_is_a_piece_of_the_photograph(tmp_path: Path) -> None:
    x, y = np.meshgrid(np.linspace(0, 255, 512), np.linspace(0, 255, 512))
    picture = np.stack([x, y, np.full_like(x, 100)], axis=-1).astype(np.uint8)
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture[..., ::-1])
    mirrored = 0
    for seed in range(20):
        piece = crop(path, 64, np.random.default_rng(seed)).astype(int)
        assert piece.shape == (64, 64, 3)
        across, down = piece[32, -1, 0] - piece[32, 0, 0], piece[-1, 32, 1] - piece[0, 32, 1]
        assert abs(abs(across) - down) <= 4, "not square, or not upright"
        assert 122 <= down <= 255
        mirrored += int(across < 0)
    assert 4 <= mirrored <= 16


@given(azimuth=st.floats(-720, 720), elevation=st.floats(-20, 51.99), roll=st.floats(-14, 14))
def test_a_view_and_its_mirror_image_are_on_the_same_side(
    azimuth: float, elevation: float, roll: float
) -> None:
    view = View(azimuth, elevation, roll)
    assert is_validation_view(view) == is_validation_view(View(-azimuth, elevation, -roll))


def test_validation_views_lie_between_training_views() -> None:
    azimuths, elevations = np.arange(0.5, 360), np.arange(-19.5, 52)
    grid = np.array([[is_validation_view(View(a, e)) for a in azimuths] for e in elevations])
    assert grid.mean() == pytest.approx(1 / 6, abs=0.02)
    # No view of validation is further than a cell from a view of training.
    near = cv2.erode(grid.astype(np.uint8), np.ones((25, 1), np.uint8))
    assert not near.any()
    # Every side of the figure, and every height, is seen by both.
    for lines in (grid.reshape(72, 12, 30).any(axis=2), grid.reshape(6, 12, 360).any(axis=1)):
        assert lines.any(axis=1).all()


def test_only_views_of_the_split_are_drawn() -> None:
    rng = np.random.default_rng(0)
    for validation in (False, True):
        views = [scenes._view(validation, rng) for _ in range(300)]
        assert {is_validation_view(view) for view in views} == {validation}
        assert np.ptp([view.azimuth for view in views]) > 340


def test_a_scene_is_decided_by_its_arguments() -> None:
    photo = photographs("train")[0]
    one, again, other = (
        compose(VARIANTS["creature"], photo, False, 0.4, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    assert one.jpeg == again.jpeg
    np.testing.assert_array_equal(one.labels, again.labels)
    assert one.jpeg != other.jpeg


@pytest.mark.parametrize(
    ("fraction", "height", "least"), [(0.0, 29, 0.7), (0.5, 74, 0.85), (0.999, 190, 0.9)]
)
def test_the_box_is_tight_and_as_high_as_asked(
    tmp_path: Path, fraction: float, height: int, least: float
) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((512, 512, 3), 128, np.uint8))
    overlaps = []
    for seed in range(6):
        scene = compose(
            VARIANTS["creature"],
            tmp_path / "grey.png",
            False,
            fraction,
            np.random.default_rng(seed),
        )
        assert scene.labels.shape == (1, 5)
        box = scene.labels[0, 1:] * 256
        np.testing.assert_allclose(box, box.round(), atol=1e-4)
        assert box[3] - box[1] == pytest.approx(height, abs=2.5)
        assert box.min() >= scenes.MARGIN_PX
        assert box.max() <= 256 - scenes.MARGIN_PX
        # Whatever is coloured on the grey photograph is the figure.
        image = cv2.GaussianBlur(decoded(scene.jpeg), (3, 3), 0)
        rows, columns = np.nonzero(np.ptp(image.astype(int), axis=2) > 40)
        found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        common = np.prod(np.minimum(found[2:], box[2:]) - np.maximum(found[:2], box[:2]))
        areas = [np.prod(corners[2:] - corners[:2]) for corners in (found, box)]
        overlaps.append(common / (sum(areas) - common))
    assert np.mean(overlaps) > least


def test_several_objects_hide_little_of_each_other() -> None:
    recipe = VARIANTS["creature-many"]
    photo = photographs("val")[0]
    counts, classes = [], set()
    for seed in range(8):
        labels = compose(recipe, photo, True, 0.5, np.random.default_rng(seed)).labels
        counts.append(len(labels))
        classes |= set(labels[:, 0].astype(int))
        for first in range(len(labels)):
            for second in range(first):
                a, b = labels[first, 1:], labels[second, 1:]
                common = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, 1))
                smaller = min(np.prod(box[2:] - box[:2]) for box in (a, b))
                assert common / smaller < 0.1201
    assert max(counts) >= 4
    assert classes == {0, 1, 2}
