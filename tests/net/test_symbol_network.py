"""`explorer.net.symbol_network`: detectors that are graphs, held against MXNet's own executor."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from explorer.config import TrainConfig
from explorer.engine.decoding import decode_predictions
from explorer.mxnet_files.graph import read_graph
from explorer.mxnet_files.ssd_graph.reading import SsdReading, read_ssd
from explorer.net.learning import Learner, forward
from explorer.net.networks import build_network
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import choose_device, mx
from explorer.net.symbol_network import SymbolNetwork, predictions_symbol
from explorer.ssd.anchors import anchor_grid
from tests.mxnet_files.families import (
    BODIES,
    FAMILIES,
    GLUON_CV,
    detector_of,
    example_ssd,
    random_arrays,
)

CPU = choose_device("cpu")
Arrays = dict[str, np.ndarray]


def network(symbol: Any, arrays: Arrays, size: int) -> tuple[SymbolNetwork, SsdReading]:
    reading = read_ssd(read_graph(symbol.tojson()), arrays, input_size=size)
    net = build_network(reading.detector, predictions_symbol(reading))
    assert isinstance(net, SymbolNetwork)
    net.set_arrays(arrays)
    net.hybridize(static_alloc=True, static_shape=True)
    return net, reading


def executed(symbol: Any, arrays: Arrays, data: np.ndarray) -> list[np.ndarray]:
    """Return what MXNet's own executor gives for images."""
    given = {name: mx.nd.array(each) for name, each in arrays.items()} | {"data": mx.nd.array(data)}
    arguments = {name: given[name] for name in symbol.list_arguments()}
    states = {name: given[name] for name in symbol.list_auxiliary_states()}
    executor = symbol.bind(mx.cpu(), arguments, grad_req="null", aux_states=states)
    return [each.asnumpy() for each in executor.forward(is_train=False)]


def raw_symbol(symbol: Any, reading: SsdReading) -> Any:
    """Return MXNet's symbol of what goes into the decoding: anchors, scores, offsets."""
    inside, decoder = symbol.get_internals(), reading.decoder
    entries = (decoder.anchors, decoder.scores.entry, decoder.offsets)
    return mx.sym.Group([inside[f"{reading.graph[each].name}_output"] for each in entries])


def images_of(size: int, number: int, seed: int = 3) -> np.ndarray:
    """Return images of rectangles and noise."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 90, (number, size, size, 3), dtype=np.uint8)
    for image in images:
        for _each in range(6):
            top, left = random.integers(0, size - 40, 2)
            height, width = random.integers(20, size // 2, 2)
            image[top : top + height, left : left + width] += random.integers(
                0, 160, 3, dtype=np.uint8
            )
    return images


@pytest.mark.parametrize("family", FAMILIES)
def test_raw_outputs_are_those_of_mxnets_executor(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_raw_outputs(*detector_of(family), monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("body", list(BODIES))
def test_raw_outputs_of_the_true_width(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_raw_outputs(*detector_of(body, width=1.0), monkeypatch)


def check_raw_outputs(
    symbol: Any, size: int, arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare 20 images' anchors, scores and offsets with those of MXNet's executor.

    They are the same bit by bit where it runs the graph as it stands. By itself it makes one
    operator of a convolution and its batch norm, whose sums have another order.
    """
    net, reading = network(symbol, arrays, size)
    raw = raw_symbol(symbol, reading)

    def compare(images: np.ndarray, largest_difference: float) -> None:
        found = forward(net, images, CPU)
        anchors, scores, offsets = executed(raw, arrays, preprocess(images, net.pixels))
        if reading.decoder.scores.class_axis == 1:
            scores = scores.transpose(0, 2, 1)
        assert scores.std() > 0.1
        if reading.decoder.anchors_are == "corner":
            assert np.array_equal(found.anchors, anchors[0])
        shifts = found.offsets.reshape(offsets.shape)
        for ours, theirs in ((found.class_scores, scores), (shifts, offsets)):
            assert ours.shape == theirs.shape
            assert np.abs(ours - theirs).max() <= largest_difference * np.abs(theirs).max()

    batches = np.split(images_of(size, 20), 4)
    for batch in batches:
        compare(batch, 1e-5)
    monkeypatch.setenv("MXNET_SUBGRAPH_BACKEND", "NONE")
    for batch in batches:
        compare(batch, 0)


@pytest.mark.parametrize("family", FAMILIES)
def test_anchors_are_those_of_numpy(family: str) -> None:
    symbol, size, arrays = detector_of(family)
    net, reading = network(symbol, arrays, size)
    detector = reading.detector
    anchors = forward(net, images_of(size, 1), CPU).anchors
    grid = anchor_grid(detector.anchors, detector.feature_maps, detector.input_shape_px)
    assert np.abs(anchors - grid.boxes).max() < 1e-5


@pytest.mark.parametrize(
    ("body", "nms"),
    [
        ("vgg16", {}),
        ("resnet50", {}),
        ("vgg16", {"threshold": 0.3, "nms_threshold": 0.2, "clip": False, "nms_topk": 100}),
        ("vgg16", {"force_suppress": True, "variances": (0.2, 0.1, 0.3, 0.1)}),
        ("vgg16", {"nms_threshold": 0.0, "nms_topk": 100}),
        ("vgg16", {"nms_threshold": 1.5}),
    ],
)
def test_detections_are_those_of_the_networks_own_operator(body: str, nms: dict[str, Any]) -> None:
    symbol, size, arrays = detector_of(body, **nms)
    net, reading = network(symbol, arrays, size)
    images = images_of(size, 3)
    rows = executed(symbol, arrays, preprocess(images, net.pixels))[0]
    predictions = forward(net, images, CPU)
    found = decode_predictions(reading.detector, predictions, reading.decoder.detect)
    for ours, theirs in zip(found, rows, strict=True):
        theirs = theirs[theirs[:, 0] >= 0]
        theirs = theirs[np.argsort(-theirs[:, 1], kind="stable")]  # unsorted without NMS
        assert len(ours) == len(theirs) > 20
        assert np.array_equal(ours.class_id, theirs[:, 0])
        assert np.abs(ours.score - theirs[:, 1]).max() < 1e-5
        assert np.abs(ours.boxes - theirs[:, 2:]).max() < 1e-4


@pytest.mark.parametrize("family", list(GLUON_CV))
def test_detections_are_those_of_gluon_cv(family: str) -> None:
    symbol, size, arrays = detector_of(family)
    net, reading = network(symbol, arrays, size)
    images = images_of(size, 2)
    ids, scores, boxes = executed(symbol, arrays, preprocess(images, net.pixels))
    predictions = forward(net, images, CPU)
    found = decode_predictions(reading.detector, predictions, reading.decoder.detect)
    for number, ours in enumerate(found):
        kept = ids[number, :, 0] >= 0
        limit = reading.decoder.most_detections
        assert kept.sum() == min(len(ours), limit) > 20
        assert np.array_equal(ours.class_id[:limit], ids[number, kept, 0])
        assert np.abs(ours.score[:limit] - scores[number, kept, 0]).max() < 1e-5
        assert np.abs(ours.boxes[:limit] - boxes[number, kept] / size).max() < 1e-4


def test_a_training_graph_predicts_without_labels() -> None:
    symbol = example_ssd("vgg16", width=0.25, training=True)
    usual, size, arrays = detector_of("vgg16")
    net, _reading = network(symbol, arrays, size)
    images = images_of(size, 1)
    expected = forward(network(usual, arrays, size)[0], images, CPU)
    for ours, theirs in zip(forward(net, images, CPU), expected, strict=True):
        assert np.array_equal(ours, theirs)


def small() -> tuple[Any, Arrays]:
    symbol = example_ssd("vgg16", 2, width=0.125)
    return symbol, random_arrays(symbol, 300)


def without(arrays: Arrays) -> Arrays:
    return {name: each for name, each in arrays.items() if not name.startswith("conv1_")}


def with_more(arrays: Arrays) -> Arrays:
    return arrays | {"fc8_weight": np.zeros(3, np.float32)}


def with_other_shape(arrays: Arrays) -> Arrays:
    return arrays | {"conv1_1_weight": np.zeros((8, 3, 5, 5), np.float32)}


def with_other_scale(arrays: Arrays) -> Arrays:
    return arrays | {"first_scale": np.zeros((1, 7, 1, 1), np.float32)}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (without, "4 arrays are missing: conv1_1_weight, conv1_1_bias, conv1_2_weight …"),
        (with_more, "1 array is not of this network: fc8_weight"),
        (with_other_shape, r"conv1_1_weight is \(8, 3, 5, 5\), and \(8, 3, 3, 3\) is needed"),
        (with_other_scale, r"first_scale is \(1, 7, 1, 1\), and \(1, 64, 1, 1\) is needed"),
    ],
)
def test_arrays_that_do_not_fit_are_said_and_none_is_taken(
    spoil: Callable[[Arrays], Arrays], why: str
) -> None:
    symbol, arrays = small()
    net, _reading = network(symbol, arrays, 300)
    with pytest.raises(ValueError, match=why):
        net.set_arrays({name: each + 1 for name, each in spoil(arrays).items()})
    for name, parameter in net.params.items():
        assert np.array_equal(parameter.data().asnumpy(), arrays[name])


def test_a_graph_of_another_detector_is_refused() -> None:
    symbol, arrays = small()
    net, reading = network(symbol, arrays, 300)
    detector = reading.detector.with_(class_names=("a", "b", "c"))
    with pytest.raises(ValueError, match=r"the network gives .* instead of"):
        SymbolNetwork(net.symbol_json, detector).set_arrays(arrays)


@pytest.mark.parametrize("symbol_json", ["", "{}", '{"nodes": [], "heads": [[0, 0, 0]]}'])
def test_what_is_no_graph_is_refused(symbol_json: str) -> None:
    symbol, arrays = small()
    _net, reading = network(symbol, arrays, 300)
    with pytest.raises(ValueError, match="graph"):
        build_network(reading.detector, symbol_json)


def test_a_graph_that_mxnet_does_not_know_is_refused() -> None:
    symbol, arrays = small()
    net, reading = network(symbol, arrays, 300)
    content = json.loads(net.symbol_json)
    content["nodes"][-1]["op"] = "Mystery"
    with pytest.raises(ValueError, match=r"MXNet does not take the network's graph: .*Mystery"):
        build_network(reading.detector, json.dumps(content))
    content["nodes"][-1]["op"] = "Flatten"
    content["heads"] = content["heads"][:2]
    with pytest.raises(ValueError, match="does not predict as an SSD does"):
        build_network(reading.detector, json.dumps(content))


def test_without_its_graph_it_cannot_be_built() -> None:
    symbol, arrays = small()
    detector = network(symbol, arrays, 300)[1].detector
    with pytest.raises(ValueError, match="'mxnet-symbol' cannot be built"):
        build_network(detector)


def test_it_cannot_be_trained() -> None:
    symbol, arrays = small()
    net, reading = network(symbol, arrays, 300)
    with pytest.raises(ValueError, match="predicts, but cannot be trained"):
        Learner(net, reading.detector, TrainConfig(), CPU)
