from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.datasets.augmentation import (
    CROP_AREA,
    ImageChange,
    apply_change,
    augment,
    draw_change,
)

SETTINGS = settings(max_examples=80, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def positions(height: int, width: int) -> NDArray[np.uint8]:
    """An image whose red and green say where a pixel is: x and y from 0 to 255."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([x, y, np.full_like(x, 128)], axis=-1).round().astype(np.uint8)


def boxes(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    corners = np.sort(rng.uniform(0, 1, (count, 2, 2)), axis=1)
    corners[:, 1] = np.maximum(corners[:, 1], corners[:, 0] + 0.05)
    rows = np.concatenate([np.arange(count)[:, None], corners.reshape(count, 4)], axis=1)
    return np.clip(rows, 0, max(count, 1)).astype(np.float32)


def contained(labels: NDArray[np.float32]) -> NDArray[np.float32]:
    labels = labels.copy()
    labels[:, 1:] = np.clip(labels[:, 1:], 0, 1)
    return labels


@SETTINGS
@given(seed=seeds, count=st.integers(0, 4), mode=st.sampled_from(["none", "crop", "full"]))
def test_the_same_generator_gives_the_same_bytes_and_nothing_is_mutated(
    seed: int, count: int, mode: str
) -> None:
    image = positions(90, 120)
    labels = contained(boxes(np.random.default_rng(seed), count))
    image.flags.writeable = labels.flags.writeable = False
    first = augment(image, labels, 64, np.random.default_rng(seed), mode)
    second = augment(image, labels, 64, np.random.default_rng(seed), mode)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert (first[0].shape, first[0].dtype) == ((64, 64, 3), np.uint8)
    assert (first[1].shape, first[1].dtype) == ((count, 5), np.float32)
    assert first[0].flags.c_contiguous


@SETTINGS
@given(seed=seeds, count=st.integers(1, 3))
def test_a_crop_keeps_95_percent_of_every_object_and_boxes_follow_the_picture(
    seed: int, count: int
) -> None:
    side = 256
    labels = contained(boxes(np.random.default_rng(seed), count))
    image, after = augment(positions(side, side), labels, side, np.random.default_rng(seed), "crop")
    assert (after[:, 1:] >= 0).all()
    assert (after[:, 1:] <= 1).all()
    np.testing.assert_array_equal(after[:, 0], labels[:, 0])

    # Red and green tell which part of the original each side of the new image shows.
    last = side - 1
    left, right = image[side // 2, [0, last], 0] / 255.0
    top, bottom = image[[0, last], side // 2, 1] / 255.0
    window = np.array([left, top, right, bottom])
    scale = np.array([right - left, bottom - top] * 2)
    back = after[:, 1:] * scale + window[[0, 1, 0, 1]]
    clipped = np.clip(labels[:, 1:], window[[0, 1, 0, 1]], window[[2, 3, 2, 3]])
    np.testing.assert_allclose(back, clipped, atol=2.5 / 255)

    def area(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((corners[:, 2:] - corners[:, :2]).prod(axis=1))

    rounding = 0.04 / np.sqrt(area(labels[:, 1:]))
    assert (area(clipped) >= (0.95 - rounding) * area(labels[:, 1:])).all()


def test_crops_vary_and_stay_in_their_range() -> None:
    labels = np.array([[0, 0.45, 0.45, 0.55, 0.55]], dtype=np.float32)
    areas = []
    for seed in range(200):
        _, after = augment(positions(200, 200), labels, 64, np.random.default_rng(seed), "crop")
        areas.append(0.01 / ((after[0, 3] - after[0, 1]) * (after[0, 4] - after[0, 2])))
    # An object may lose 5 %, which makes a crop look larger than it is.
    assert CROP_AREA[0] * 0.97 <= min(areas) < 0.5
    assert 0.95 < max(areas) <= 1.08


def test_an_object_that_fills_the_image_is_never_cropped_away() -> None:
    labels = np.array([[0, 0, 0, 1, 1]], dtype=np.float32)
    for seed in range(20):
        _, after = augment(positions(64, 64), labels, 64, np.random.default_rng(seed), "crop")
        np.testing.assert_array_equal(after, labels)


def test_without_augmentation_the_picture_is_resized_and_boxes_stay() -> None:
    labels = np.array([[0, 0.1, 0.2, 0.3, 0.4]], dtype=np.float32)
    image = positions(128, 256)
    same, after = augment(image[:, :128], labels, 128, np.random.default_rng(0), "none")
    np.testing.assert_array_equal(same, image[:, :128])
    np.testing.assert_array_equal(after, labels)
    half, _ = augment(image, labels, 64, np.random.default_rng(0), "none")
    np.testing.assert_array_equal(half, image.reshape(64, 2, 64, 4, 3).mean((1, 3)).round())


def test_half_of_the_images_are_mirrored_with_their_boxes() -> None:
    labels = np.array([[0, 0.0, 0.0, 0.5, 1.0], [1, 0.5, 0.0, 1.0, 1.0]], dtype=np.float32)
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32] = 200  # bright where object 0 is
    mirrored = 0
    for seed in range(60):
        changed, after = augment(image, labels, 64, np.random.default_rng(seed), "full")
        assert (after[:, 1] < after[:, 3]).all()
        middle = ((after[0, 1] + after[0, 3]) / 2 * 64).astype(int)
        other = ((after[1, 1] + after[1, 3]) / 2 * 64).astype(int)
        assert changed[32, middle].mean() > changed[32, other].mean() + 50
        mirrored += int(middle > other)
    assert 20 <= mirrored <= 40


def test_colours_change_as_brightness_contrast_and_saturation_do() -> None:
    # Two greys of mean 100: brightness and contrast alone move them, saturation does not.
    image = np.full((8, 8, 3), 60, np.uint8)
    image[:4] = 140
    image_labels = np.zeros((0, 5), np.float32)
    seen = []
    for seed in range(100):
        changed, _ = augment(image, image_labels, 8, np.random.default_rng(seed), "full")
        assert np.ptp(changed.astype(int), axis=2).max() <= 1, "a grey has got a colour"
        seen.append((int(changed.max()) + int(changed.min()), int(changed.max()) - changed.min()))
    means, spreads = np.array(seen, dtype=float).T / 200, np.array(seen, dtype=float).T[1] / 80
    assert 0.78 <= means[0].min() < 0.9 < 1.1 < means[0].max() <= 1.22
    assert 0.6 <= spreads.min() < 0.85 < 1.15 < spreads.max() <= 1.46

    coloured = np.full((8, 8, 3), (160, 100, 60), np.uint8)
    ranges = [
        np.ptp(augment(coloured, image_labels, 8, np.random.default_rng(seed), "full")[0][0, 0])
        for seed in range(100)
    ]
    assert min(ranges) < 75
    assert max(ranges) > 125


def test_what_is_drawn_is_what_is_done() -> None:
    image = positions(100, 200)
    labels = np.array([[0, 0.4, 0.4, 0.6, 0.6]], dtype=np.float32)
    change = draw_change((200, 100), labels, np.random.default_rng(3), "full")
    assert change.crop_px is not None
    assert change.colors is not None
    left, top, right, bottom = change.crop_px
    plain = ImageChange(change.crop_px)
    cropped, after = apply_change(image, labels, 64, plain)
    # Red says from where a column comes: the middle of the crop is the middle of the result.
    assert cropped[0, [31, 32], 0].mean() == pytest.approx((left + right) / 2 / 200 * 255, abs=2)
    assert cropped[[31, 32], 0, 1].mean() == pytest.approx((top + bottom) / 2 / 100 * 255, abs=2)
    assert after[0, 1] == pytest.approx((0.4 * 200 - left) / (right - left))
    changed, _ = apply_change(image, labels, 64, change)
    whole, _ = augment(image, labels, 64, np.random.default_rng(3), "full")
    np.testing.assert_array_equal(changed, whole)


def test_the_whole_image_is_kept_where_no_crop_keeps_all_objects() -> None:
    corners = np.array([[0, 0, 0, 0.02, 0.02], [0, 0.98, 0.98, 1, 1]], dtype=np.float32)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert draw_change((640, 480), corners, rng, "crop") == ImageChange()
    assert draw_change((640, 480), corners, np.random.default_rng(0), "none") == ImageChange()


def test_an_unknown_mode() -> None:
    with pytest.raises(ValueError, match="augment must be one of none, crop, full, got 'all'"):
        augment(positions(8, 8), np.zeros((0, 5), np.float32), 8, np.random.default_rng(), "all")
