"""ToySSD: every shape and number that the tutorial prints, and networks unlike the tutorial's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from explorer.config import CREATURE, TOY_SSD, AnchorConfig
from explorer.engine.operators import multibox_prior
from explorer.net.runtime import mx
from explorer.net.toy_ssd import (
    ToySSD,
    body,
    box_predictor,
    class_predictor,
    down_sample,
    flatten_prediction,
    fuse_relu,
)
from tests.maps import spread_grid, toy_grid, toy_shapes

UNEVEN = AnchorConfig.of(
    sizes=[[0.1], [0.2, 0.3, 0.4], [0.6, 0.7]], ratios=[[1, 2, 0.5, 3], [1], [1, 0.5]]
)
"""Three layers with 4, 3 and 3 anchors per cell."""


def zeros(*shape: int) -> Any:
    return mx.nd.zeros(shape)


def applied(block: Any, x: Any) -> Any:
    block.initialize()
    return block(x)


def network(num_classes: int = 1, anchors: AnchorConfig = TOY_SSD, seed: int = 0) -> ToySSD:
    mx.random.seed(seed)
    net = ToySSD(num_classes, anchors)
    net.initialize(mx.init.Xavier(magnitude=2))
    return net


def random_input(*shape: int, seed: int = 0) -> Any:
    pixels = np.random.default_rng(seed).uniform(-120, 120, shape)
    return mx.nd.array(pixels.astype(np.float32))


# What the tutorial prints, in its order.


def test_first_anchor_at_row_21_column_21() -> None:
    boxes = multibox_prior((40, 40), sizes=[0.5, 0.25, 0.1], ratios=[1, 2, 0.5])
    first = boxes.reshape(40, 40, -1, 4)[20, 20, 0]
    np.testing.assert_allclose(first, [0.2625, 0.2625, 0.7625, 0.7625], atol=1e-7)


def test_class_predictor() -> None:
    assert applied(class_predictor(5, 10), zeros(2, 3, 20, 20)).shape == (2, 55, 20, 20)


def test_box_predictor() -> None:
    assert applied(box_predictor(10), zeros(2, 3, 20, 20)).shape == (2, 40, 20, 20)


def test_down_sample_halves_the_map() -> None:
    assert applied(down_sample(10), zeros(2, 3, 20, 20)).shape == (2, 10, 10, 10)


def test_predictions_of_two_maps_are_flattened_and_joined() -> None:
    feature_1 = zeros(2, 8, 20, 20)
    feature_2 = applied(down_sample(16), feature_1)
    classes_1 = applied(class_predictor(5, 10), feature_1)
    classes_2 = applied(class_predictor(3, 10), feature_2)
    flat_1, flat_2 = flatten_prediction(classes_1), flatten_prediction(classes_2)
    joined = mx.nd.concat(flat_1, flat_2, dim=1)

    assert classes_1.shape == (2, 55, 20, 20)
    assert feature_2.shape == (2, 16, 10, 10)
    assert classes_2.shape == (2, 33, 10, 10)
    assert (flat_1.shape, flat_2.shape) == ((2, 22000), (2, 3300))
    assert joined.shape == (2, 25300)
    np.testing.assert_array_equal(joined.asnumpy()[:, :22000], flat_1.asnumpy())


def test_body() -> None:
    images = zeros(2, 3, 256, 256)
    assert [each.shape for each in applied(body(), images)] == [(64, 32, 32), (64, 32, 32)]


def test_layers_are_the_printed_ones() -> None:
    # The tutorial prints its parts for 5 anchors per cell and 2 classes.
    five = AnchorConfig.of(sizes=[[0.1, 0.2, 0.3]] * 5, ratios=[1, 2, 0.5])
    net = network(2, five)
    net(zeros(1, 3, 64, 64))
    convolutions = {
        name.removesuffix(".weight"): parameter.shape
        for name, parameter in net._collect_params_with_prefix().items()
        if parameter.shape and len(parameter.shape) == 4
    }
    expected, channels = {}, 3
    for index, filters in enumerate((16, 32, 64)):
        for place in (0, 3):
            expected[f"body.{index}.{place}"] = (filters, channels, 3, 3)
            channels = filters
    for index in range(3):
        for place in (0, 3):
            expected[f"downsamples.{index}.{place}"] = (128, channels, 3, 3)
            channels = 128
    for index, depth in enumerate((64, 128, 128, 128, 128)):
        expected[f"class_preds.{index}"] = (15, depth, 3, 3)
        expected[f"box_preds.{index}"] = (20, depth, 3, 3)
    assert convolutions == expected

    described = repr(net.downsamples[0])
    assert "kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)" in described
    assert described.count("BatchNorm(axis=1, eps=1e-05, momentum=0.9, fix_gamma=False") == 2
    assert described.count("Activation(relu)") == 2
    assert "MaxPool2D(size=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False" in described


def test_outputs_with_two_classes_at_256_px() -> None:
    anchors, class_scores, offsets = network(2)(zeros(1, 3, 256, 256))
    assert anchors.shape == (1, 5444, 4)
    assert class_scores.shape == (1, 5444, 3)
    assert offsets.shape == (1, 21776)


def test_outputs_with_one_class_and_the_printed_anchors() -> None:
    predictions = network(1)(zeros(1, 3, 256, 256))
    assert predictions.class_scores.shape == (1, 5444, 2)
    assert predictions.offsets.shape == (1, 21776)
    rows = predictions.anchors[0].asnumpy()[[0, 1, 2, -3, -2, -1]]
    printed = [
        [-0.084375, -0.084375, 0.115625, 0.115625],
        [-0.12037501, -0.12037501, 0.15162501, 0.15162501],
        [-0.12579636, -0.05508568, 0.15704636, 0.08633568],
        [0.01949999, 0.01949999, 0.98049998, 0.98049998],
        [-0.12225395, 0.18887302, 1.12225389, 0.81112695],
        [0.18887302, -0.12225395, 0.81112695, 1.12225389],
    ]
    np.testing.assert_allclose(rows, printed, atol=2e-7)


# What the tutorial does not show.


@pytest.mark.parametrize(
    ("num_classes", "anchors", "shape"),
    [
        (1, TOY_SSD, (64, 64)),
        (3, TOY_SSD, (100, 100)),
        (20, CREATURE, (127, 65)),
        (2, UNEVEN, (96, 160)),
        (1, UNEVEN, (71, 33)),
    ],
)
def test_anchors_and_shapes_of_any_network(
    num_classes: int, anchors: AnchorConfig, shape: tuple[int, int]
) -> None:
    net = network(num_classes, anchors)
    predictions = net(zeros(2, 3, *shape))
    map_shapes = toy_shapes(shape, len(anchors.layers))
    grid = spread_grid(anchors, map_shapes)

    assert tuple(each.shape[2:] for each in net.feature_maps(zeros(1, 3, *shape))) == map_shapes
    np.testing.assert_allclose(predictions.anchors[0].asnumpy(), grid.boxes, rtol=0, atol=1e-6)
    assert predictions.class_scores.shape == (2, len(grid), num_classes + 1)
    assert predictions.offsets.shape == (2, len(grid) * 4)


@pytest.mark.parametrize("num_layers", [2, 3, 6])
def test_other_numbers_of_layers(num_layers: int) -> None:
    anchors = AnchorConfig.of(sizes=[[0.3, 0.4]] * num_layers, ratios=[1, 2])
    grid = toy_grid(anchors, (128, 128))
    predictions = network(1, anchors)(zeros(1, 3, 128, 128))
    np.testing.assert_allclose(predictions.anchors[0].asnumpy(), grid.boxes, rtol=0, atol=1e-6)


def test_anchors_at_the_largest_input_are_those_of_the_grid() -> None:
    anchors = AnchorConfig.of(sizes=[[1 / 3], [0.9]], ratios=[1, 0.67])
    maps = toy_shapes((1024, 1024), 2)
    net = network(1, anchors)
    np.testing.assert_allclose(
        net(zeros(1, 3, 1024, 1024)).anchors[0].asnumpy(),
        spread_grid(anchors, maps).boxes,
        rtol=0,
        atol=1e-6,
    )


def test_each_prediction_belongs_to_its_anchor() -> None:
    # The flattening must keep cell, then anchor, then class: the order of the anchors.
    net = network(2, UNEVEN)
    x = random_input(1, 3, 64, 64)
    predictions = net(x)
    grid = toy_grid(UNEVEN, (64, 64))
    for layer, feature in enumerate(net.feature_maps(x)):
        classes = net.class_preds[layer](feature)[0].asnumpy()
        boxes = net.box_preds[layer](feature)[0].asnumpy()
        row, column = (feature.shape[2] - 1, feature.shape[3] // 2)
        cell = grid.cell(layer, row, column)
        scores = predictions.class_scores[0].asnumpy()[cell]
        offsets = predictions.offsets[0].asnumpy().reshape(-1, 4)[cell]
        np.testing.assert_allclose(scores.ravel(), classes[:, row, column], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(offsets.ravel(), boxes[:, row, column], rtol=1e-5, atol=1e-5)


def test_the_last_map_is_the_maximum_of_the_one_before() -> None:
    maps = network().feature_maps(random_input(1, 3, 64, 64))
    np.testing.assert_array_equal(
        maps[-1].asnumpy()[..., 0, 0], maps[-2].asnumpy().max(axis=(2, 3))
    )


@pytest.mark.parametrize("anchors", [TOY_SSD, UNEVEN], ids=["toy", "uneven"])
def test_hybridized_equals_imperative_at_every_batch_size(anchors: AnchorConfig) -> None:
    batches = [random_input(n, 3, 64, 64, seed=n) for n in (2, 1, 3, 2)]
    net = network(2, anchors)
    imperative = [[out.asnumpy() for out in net(x)] for x in batches]
    net.hybridize(static_alloc=True, static_shape=True)
    for x, expected in zip(batches, imperative, strict=True):
        for out, value in zip(net(x), expected, strict=True):
            np.testing.assert_allclose(out.asnumpy(), value, rtol=1e-5, atol=1e-4)


def test_the_outputs_of_a_hybridized_network_survive_its_next_call() -> None:
    net = network()
    net.hybridize(static_alloc=True, static_shape=True)
    first = net(random_input(1, 3, 64, 64, seed=1)).class_scores
    kept = first.asnumpy().copy()
    net(random_input(1, 3, 64, 64, seed=2)).class_scores.wait_to_read()
    np.testing.assert_array_equal(first.asnumpy(), kept)


def test_equal_seeds_give_equal_weights_and_others_do_not() -> None:
    x = random_input(1, 3, 64, 64)
    one, same, other = (network(seed=s)(x).class_scores.asnumpy() for s in (7, 7, 8))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("num_classes", [0, -1])
def test_a_network_needs_a_class(num_classes: int) -> None:
    with pytest.raises(ValueError, match=f"num_classes must be at least 1, got {num_classes}"):
        ToySSD(num_classes)


@pytest.mark.parametrize("hybridize", [False, True])
def test_fused_relus_change_no_bit_of_a_training_step(hybridize: bool) -> None:
    x = random_input(2, 3, 64, 64)
    seen = []
    for fused in (False, True):
        net = network()
        if fused:
            fuse_relu(net)
            assert "Activation" not in repr(net)
        if hybridize:
            net.hybridize()
        with mx.autograd.record():
            _, scores, offsets = net(x)
            loss = (scores**2).sum() + (offsets**2).sum()
        loss.backward()
        # The gradients, and the running mean and variance that training moves.
        parameters = net._collect_params_with_prefix()
        seen.append(
            [scores.asnumpy(), offsets.asnumpy()]
            + [
                (each.data() if each.grad_req == "null" else each.grad()).asnumpy()
                for _, each in sorted(parameters.items())
            ]
        )
    assert len(seen[0]) > 60
    for plain, fused_one in zip(*seen, strict=True):
        np.testing.assert_array_equal(plain, fused_one)
