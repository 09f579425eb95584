"""The receptive field by calculation against the pixels that move the real network's output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.config import AnchorConfig
from explorer.net.runtime import mx
from explorer.net.toy_ssd import ToySSD
from tests.maps import toy_maps

ONE_SHAPE = AnchorConfig.of(sizes=[[0.5]] * 5, ratios=[1])


@pytest.fixture(scope="module")
def positive_network() -> ToySSD:
    """A network in which a brighter pixel raises all that sees it: every weight is positive."""
    net = ToySSD(1, ONE_SHAPE)
    net.initialize(mx.init.Uniform())
    net(mx.nd.zeros((1, 3, 64, 64)))
    for name, parameter in net.collect_params().items():
        if name.endswith("weight"):
            inputs = int(np.prod(parameter.shape[1:]))
            parameter.set_data(mx.nd.ones(parameter.shape) / inputs)
    return net


def predictions(net: ToySSD, images: NDArray[np.float32], layer: int, cell: int) -> Any:
    """Return what both predictors say about the cell on the diagonal, (B, 2 + 4)."""
    feature_map = net.feature_maps(mx.nd.array(images))[layer]
    outputs = [net.class_preds[layer](feature_map), net.box_preds[layer](feature_map)]
    return mx.nd.concat(*outputs, dim=1)[:, :, cell, cell].asnumpy()


@pytest.mark.parametrize(
    ("layer", "side_px", "cell"), [(0, 80, 4), (1, 144, 4), (2, 288, 4), (3, 512, 3)]
)
def test_exactly_these_pixels_move_a_prediction(
    positive_network: ToySSD, layer: int, side_px: int, cell: int
) -> None:
    field = toy_maps((512, 512), 5)[layer].receptive_field_px
    assert field is not None
    step = 8 << layer
    first = cell * step + step // 2 - field // 2
    last = first + field - 1
    assert 0 < first < last < side_px - 1
    # A bright line just inside and just outside of each of the four edges of the field.
    lines = [first, last, first - 1, last + 1]
    images = np.zeros((1 + 2 * len(lines), 3, side_px, side_px), np.float32)
    for number, line in enumerate(lines):
        images[1 + number, :, line, :] = 1e6
        images[1 + len(lines) + number, :, :, line] = 1e6
    values = predictions(positive_network, images, layer, cell)
    moved = (values != values[0]).any(axis=1)
    assert moved[1:].reshape(2, 4).tolist() == [[True, True, False, False]] * 2


def test_the_last_layer_sees_the_whole_image(positive_network: ToySSD) -> None:
    assert toy_maps((128, 128), 5)[4].receptive_field_px is None
    images = np.zeros((5, 3, 128, 128), np.float32)
    for number, (row, column) in enumerate([(0, 0), (0, 127), (127, 0), (127, 127)], start=1):
        images[number, :, row, column] = 1e6
    values = predictions(positive_network, images, 4, 0)
    assert (values[1:] > values[0]).all()
