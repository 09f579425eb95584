from __future__ import annotations

import pytest

from explorer.ssd.layer_limits import layer_limits
from tests.maps import toy_maps

MAPS = toy_maps((256, 256), 5)


def test_limits_of_toy_ssd_at_256_px() -> None:
    limits = [layer_limits(each, (256, 256)) for each in MAPS]
    px = [tuple(256 * side for side in limit.widths) for limit in limits]
    # Half of the stride, and the receptive field where that is less than the image.
    assert px == [(4, 52), (8, 108), (16, 220), (32, 256), (128, 256)]
    assert [limit.heights for limit in limits] == [limit.widths for limit in limits]
    # 4 / 256 = 0.015625 and 52 / 256 = 0.203125, rounded inwards.
    assert limits[0].sizes == (0.016, 0.203)
    assert limits[4].sizes == (0.5, 1.0)


def test_limits_of_an_image_twice_as_wide_as_high() -> None:
    maps = toy_maps((128, 256), 2)
    limit = layer_limits(maps[0], (128, 256))
    assert (limit.widths, limit.heights) == ((4 / 256, 52 / 256), (4 / 128, 52 / 128))
    assert limit.stretch == 0.5
    assert limit.sizes == (0.032, 0.406)
    # The last map is 1×1, where ratio 1 has the image's proportions.
    assert layer_limits(maps[1], (128, 256)).sizes == (0.5, 1.0)


def test_ratios_keep_both_sides_within_the_limits() -> None:
    limit = layer_limits(MAPS[0], (256, 256))
    # A square of 0.1 × 256 = 25.6 px: (52 / 25.6)² = 4.126, and its inverse.
    assert limit.ratios(0.1) == (0.25, 4.12)
    # At most ten to one, however small it is.
    assert limit.ratios(0.05)[1] == 10.0
    assert limit.allow(0.1, 4.12)
    assert not limit.allow(0.1, 4.13)
    assert not limit.allow(0.1, 0.24)
    assert not limit.allow(0.02, 2.0)  # 3.6 px high
    assert not limit.allow(0.05, 10.1)


@pytest.mark.parametrize("shape", [(64, 64), (300, 200), (64, 1024), (500, 120), (1024, 1024)])
def test_each_layer_has_a_size_and_the_square_at_it(shape: tuple[int, int]) -> None:
    for each in toy_maps(shape, 5):
        limit = layer_limits(each, shape)
        least, most = limit.sizes
        assert 0 < least < most <= 1
        for size in (least, most):
            assert limit.allow(size, 1.0)
            narrow, wide = limit.ratios(size)
            assert narrow <= 1.0 <= wide
            assert limit.allow(size, narrow)
            assert limit.allow(size, wide)
