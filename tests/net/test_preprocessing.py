"""What becomes of an image before a network sees it."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.config.pixels import Pixels
from explorer.net.preprocessing import preprocess


def test_preprocess_subtracts_the_mean_and_turns_to_planes() -> None:
    image = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    x = preprocess(image[None], Pixels())
    assert x.shape == (1, 3, 256, 256)
    assert x.dtype == np.float32
    for channel, mean in enumerate((123, 117, 104)):
        np.testing.assert_array_equal(x[0, channel], image[..., channel].astype(np.float32) - mean)


def test_channels_are_divided_and_turned_in_the_networks_own_order() -> None:
    image = np.full((1, 1, 1, 3), (10, 20, 30), np.uint8)
    pixels = Pixels("bgr", (6.0, 4.0, 2.0), (2.0, 4.0, 8.0))
    np.testing.assert_array_equal(preprocess(image, pixels).ravel(), [12.0, 4.0, 1.0])


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((256, 256, 3), np.uint8),
        np.zeros((1, 256, 256, 4), np.uint8),
        np.zeros((1, 3, 256, 256), np.uint8),
        np.zeros((1, 256, 256, 3), np.float32),
    ],
)
def test_preprocess_refuses_other_shapes_and_types(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"images must be \(B, H, W, 3\) uint8 RGB, got "):
        preprocess(images, Pixels())
