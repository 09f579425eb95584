"""`explorer.mxnet_files.ssd_graph`: what a graph says of an SSD, whatever its nodes are called."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from explorer.config import AnchorConfig
from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.graph import read_graph
from explorer.mxnet_files.ssd_graph.known_names import COCO_NAMES, VOC_NAMES
from explorer.mxnet_files.ssd_graph.not_understood import NoSsdError, NotUnderstoodError
from explorer.mxnet_files.ssd_graph.proposals import REASONS
from explorer.mxnet_files.ssd_graph.reading import SsdReading, read_ssd
from explorer.net.runtime import mx
from explorer.ssd.anchors import anchor_grid
from tests.mxnet_files.families import (
    FAMILIES,
    GLUON_CV,
    RATIOS,
    SIZES,
    detector_of,
    example_ssd,
    minimal_decoding,
    random_arrays,
)

Nodes = list[dict[str, Any]]


def read(family: str, **told: Any) -> SsdReading:
    symbol, _size, arrays = detector_of(family)
    return read_ssd(read_graph(symbol.tojson()), arrays, **told)


def without_names(written: str) -> tuple[str, dict[str, str]]:
    """Return a graph whose nodes are called n0, n1, …, and how they were called."""
    content = json.loads(written)
    names = {node["name"]: f"n{place}" for place, node in enumerate(content["nodes"])}
    for node in content["nodes"]:
        node["name"] = names[node["name"]]
    return json.dumps(content), names


@pytest.mark.parametrize("family", FAMILIES)
def test_names_do_not_matter(family: str) -> None:
    symbol, size, arrays = detector_of(family)
    written, names = without_names(symbol.tojson())
    renamed = {names[name]: array for name, array in arrays.items() if name in names}
    found = read_ssd(read_graph(written), renamed, input_size=size)
    assert found.detector == read(family, input_size=size).detector


@pytest.mark.parametrize(
    ("family", "cells", "strides", "fields"),
    [
        ("vgg16", (38, 19, 10, 5, 3, 1), (8, 16, 32, 64, 100, 300), (108, 452, 516, 644, 772, 900)),
        ("resnet50", (32, 16, 8, 4, 2, 1), (16, 32, 64, 128, 256, 512), (299, 491, 619, 875)),
        ("ssd_512_mobilenet1.0_voc", (32, 16, 8, 4, 2, 1), (16, 32, 64, 128, 256, 512), (251, 379)),
        (
            "ssd_300_vgg16_atrous_voc",
            (38, 19, 10, 5, 3, 1),
            (8, 16, 32, 64, 100, 300),
            (108, 452, 516, 644, 772, 900),
        ),
    ],
)
def test_maps(
    family: str, cells: tuple[int, ...], strides: tuple[int, ...], fields: tuple[int, ...]
) -> None:
    maps = read(family, name="512").detector.feature_maps
    assert [each.shape for each in maps] == [(side, side) for side in cells]
    for each, stride in zip(maps, strides, strict=True):
        assert each.stride_px == pytest.approx((stride, stride), rel=1e-6)
    assert [each.receptive_field_px for each in maps][: len(fields)] == list(fields)


@pytest.mark.parametrize("family", FAMILIES)
def test_anchors_are_those_of_the_graph(family: str) -> None:
    _symbol, size, arrays = detector_of(family)
    reading = read(family, input_size=size)
    cut = mx.sym.load_json(reading.graph.cut([reading.decoder.anchors]))
    shapes = {"data": (1, 3, size, size)}
    given = {"data": mx.nd.zeros(shapes["data"])}
    given |= {each: mx.nd.array(arrays[each]) for each in cut.list_arguments() if each != "data"}
    states = {each: mx.nd.array(arrays[each]) for each in cut.list_auxiliary_states()}
    theirs = cut.bind(mx.cpu(), given, aux_states=states).forward()[0].asnumpy()[0]
    if family in GLUON_CV:
        middle, half = theirs[:, :2] / size, theirs[:, 2:] / size / 2
        theirs = np.concatenate([middle - half, middle + half], axis=1)
    detector = reading.detector
    ours = anchor_grid(detector.anchors, detector.feature_maps, detector.input_shape_px)
    assert ours.boxes.shape == theirs.shape
    assert np.abs(ours.boxes - theirs).max() < 1e-5


def test_anchors_of_multi_box_prior_are_those_that_were_written() -> None:
    assert read("vgg16").detector.anchors.sizes == AnchorConfig.of(SIZES, RATIOS).sizes
    ratios = read("vgg16").detector.anchors.ratios
    assert [ratio for layer in ratios for ratio in layer] == pytest.approx(
        [ratio for layer in RATIOS for ratio in layer], rel=1e-6
    )


@pytest.mark.parametrize(
    ("family", "told", "size", "why"),
    [
        ("vgg16", {}, 300, "finest_anchors"),
        ("vgg16", {"hyperparameters": {"image_shape": "512"}}, 512, "hyperparameters"),
        ("vgg16", {"hyperparameters": {"image_shape": "3,320,320"}}, 320, "hyperparameters"),
        ("vgg16", {"hyperparameters": {"image_shape": "huge"}}, 300, "finest_anchors"),
        ("resnet50", {"name": "ssd_resnet50_512-0000"}, 512, "file_name"),
        ("resnet50", {}, 300, "usual_size"),
        ("ssd_512_mobilenet1.0_voc", {}, 512, "coarsest_cell"),
        ("ssd_300_vgg16_atrous_voc", {"name": "x_512"}, 300, "coarsest_cell"),
    ],
)
def test_input_size_is_proposed_with_its_reason(
    family: str, told: dict[str, Any], size: int, why: str
) -> None:
    reading = read(family, **told)
    proposal = next(each for each in reading.proposals if each.setting == "input_size")
    assert reading.detector.input_size == proposal.value == size
    assert proposal.why == why


def test_a_size_that_is_told_is_no_proposal() -> None:
    reading = read("resnet50", input_size=320)
    assert reading.detector.input_size == 320
    assert [each.shape for each in reading.detector.feature_maps] == [
        (side, side) for side in (20, 10, 5, 3, 2, 1)
    ]
    assert "input_size" not in [each.setting for each in reading.proposals]


def test_the_shape_of_the_input_counts() -> None:
    symbol, _size, arrays = detector_of("resnet50")
    content = json.loads(symbol.tojson())
    content["nodes"][0]["attrs"] = {"__shape__": "(1, 3, 320, 320)"}
    reading = read_ssd(read_graph(json.dumps(content)), arrays)
    assert reading.detector.input_size == 320


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_graph_does_not_say_is_proposed(family: str) -> None:
    reading = read(family)
    proposed = {each.setting: each.value for each in reading.proposals}
    assert proposed.keys() == {
        *("class_names", "input_size", "channel_order", "pixel_mean", "pixel_std")
    }
    assert proposed["class_names"] == VOC_NAMES == reading.detector.class_names
    assert proposed["channel_order"] == "rgb"
    assert {each.why for each in reading.proposals} <= REASONS.keys()
    as_gluon_cv = family in GLUON_CV
    mean = (123.675, 116.28, 103.53) if as_gluon_cv else (123.0, 117.0, 104.0)
    std = (58.395, 57.12, 57.375) if as_gluon_cv else (1.0, 1.0, 1.0)
    assert reading.detector.pixel_mean == proposed["pixel_mean"] == mean
    assert reading.detector.pixel_std == proposed["pixel_std"] == std


@pytest.mark.parametrize(
    ("family", "work"),
    [
        ("vgg16", []),
        ("resnet50", ["BatchNorm"]),
        ("ssd_512_mobilenet1.0_voc", []),
        ("ssd_300_vgg16_atrous_voc", ["broadcast_mul"]),
    ],
)
def test_work_on_pixels_inside_of_the_graph_is_told(family: str, work: list[str]) -> None:
    found = [re.sub(r".*\((.*)\)", r"\1", each) for each in read(family).work_on_pixels]
    assert found == work


@pytest.mark.parametrize("num_classes", [1, 3, 80])
def test_number_of_classes(num_classes: int) -> None:
    symbol = example_ssd("vgg16", num_classes, width=0.25)
    reading = read_ssd(read_graph(symbol.tojson()), random_arrays(symbol, 300))
    names = reading.detector.class_names
    assert len(names) == num_classes
    assert names == (
        COCO_NAMES if num_classes == 80 else tuple(f"class {each}" for each in range(num_classes))
    )


def test_settings_of_multi_box_detection() -> None:
    settings = {
        "nms_threshold": 0.4,
        "nms_topk": 200,
        "threshold": 0.1,
        "force_suppress": True,
        "clip": False,
        "variances": (0.2, 0.3, 0.4, 0.5),
    }
    symbol = example_ssd("vgg16", width=0.25, **settings)
    decoder = read_ssd(read_graph(symbol.tojson()), random_arrays(symbol, 300)).decoder
    assert decoder.detect.model_dump() == {
        "score_threshold": 0.1,
        "nms_iou_threshold": 0.4,
        "nms_topk": 200,
        "force_suppress": True,
        "clip": False,
        "variances": (0.2, 0.3, 0.4, 0.5),
        "multi_label": False,
    }
    assert decoder.scores.activation == "softmax"


@pytest.mark.parametrize("family", list(GLUON_CV))
def test_settings_of_gluon_cv(family: str) -> None:
    decoder = read(family).decoder
    assert decoder.detect.model_dump() == {
        "score_threshold": 0.01,
        "nms_iou_threshold": 0.45,
        "nms_topk": 400,
        "force_suppress": False,
        "clip": False,
        "variances": (0.1, 0.1, 0.2, 0.2),
        "multi_label": True,
    }
    assert read(family).detector.multi_label
    assert decoder.most_detections == 100


def test_a_training_graph_is_the_same_detector() -> None:
    arrays = random_arrays(example_ssd("vgg16", width=0.25), 300)
    trained = read_graph(example_ssd("vgg16", width=0.25, training=True).tojson())
    found = read_ssd(trained, arrays)
    assert found.detector == read("vgg16").detector
    assert found.decoder.detect == read("vgg16").decoder.detect
    needed = trained.needed([found.decoder.scores.entry, found.decoder.offsets])
    assert "label" not in {trained.nodes[place].name for place in needed}


def test_a_training_graph_without_detections() -> None:
    content = json.loads(example_ssd("vgg16", width=0.25, training=True).tojson())
    content["heads"] = content["heads"][:3]
    graph = read_graph(json.dumps(content))
    cut = read_graph(graph.cut(graph.heads))
    assert "_contrib_MultiBoxDetection" not in {node.op for node in cut.nodes}
    arrays = random_arrays(example_ssd("vgg16", width=0.25), 300)
    assert read_ssd(cut, arrays).detector == read("vgg16").detector


def test_what_is_no_ssd_is_one_sentence() -> None:
    symbol = mx.sym.softmax(mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=3))
    with pytest.raises(NoSsdError, match="the graph is no SSD: it has none of") as caught:
        read_ssd(read_graph(symbol.tojson()), {})
    assert "\n" not in str(caught.value)


def first(nodes: Nodes, op: str) -> dict[str, Any]:
    return next(node for node in nodes if node["op"] == op)


def prior_with(**attributes: str) -> Callable[[Nodes], None]:
    return lambda nodes: first(nodes, "_contrib_MultiBoxPrior")["attrs"].update(attributes)


def changed(op: str, **changes: Any) -> Callable[[Nodes], None]:
    def change(nodes: Nodes) -> None:
        node = first(nodes, op)
        node["op"] = changes.get("to", op)
        node.setdefault("attrs", {}).update(changes.get("attrs", {}))

    return change


def head_with(channels: int) -> Callable[[Nodes], None]:
    def change(nodes: Nodes) -> None:
        head = next(node for node in nodes if node["name"] == "map1_cls_pred_conv")
        head["attrs"]["num_filter"] = str(channels)

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (prior_with(clip="True"), r"multiboxprior\d+ \(_contrib_MultiBoxPrior\): it cuts"),
        (prior_with(offsets="(0, 0.5)"), r"MultiBoxPrior\): its anchors do not lie on the middles"),
        (prior_with(sizes="(3.0, 0.1)"), r"MultiBoxPrior\): sizes must be above 0 and at most 2"),
        (prior_with(sizes="(0.1, 0.2, 0.3)"), "16 channels are not 4 offsets for each of 5"),
        (changed("_contrib_MultiBoxDetection", attrs={"background_id": "3"}), "not class 0"),
        (changed("_contrib_MultiBoxDetection", attrs={"variances": "(0, 1, 1, 1)"}), "variances"),
        (changed("SoftmaxActivation", attrs={"mode": "instance"}), "it is not over the classes"),
        (changed("SoftmaxActivation", to="relu"), "no softmax and no sigmoid"),
        (changed("L2Normalization", attrs={"mode": "instance"}), "how this operator changes"),
        (changed("Pooling", to="SpatialPyramid"), "how this operator changes"),
        (changed("transpose", attrs={"axes": "(0, 3, 2, 1)"}), "do not stand cell by cell"),
        (changed("Flatten", to="Mystery"), r"flatten\d+ \(Mystery\): scores and offsets"),
        (head_with(125), "125 channels are not as many classes"),
        (head_with(6 * 20), "120 channels are not as many classes"),
    ],
)
def test_what_is_not_understood_is_said_by_its_node(
    change: Callable[[Nodes], None], why: str
) -> None:
    symbol, _size, arrays = detector_of("vgg16")
    content = json.loads(symbol.tojson())
    change(content["nodes"])
    with pytest.raises(NotUnderstoodError, match=why):
        read_ssd(read_graph(json.dumps(content)), arrays)


def test_all_nodes_that_are_not_understood_are_said() -> None:
    symbol, _size, arrays = detector_of("vgg16")
    content = json.loads(symbol.tojson())
    for node in content["nodes"]:
        if node["op"] == "_contrib_MultiBoxPrior":
            node["attrs"]["clip"] = "True"
    with pytest.raises(NotUnderstoodError) as caught:
        read_ssd(read_graph(json.dumps(content)), arrays)
    assert len(caught.value.sentences) == 6


def moved(anchors: np.ndarray) -> np.ndarray:
    return anchors + 1


def other_order(anchors: np.ndarray) -> np.ndarray:
    shapes = anchors.reshape(*anchors.shape[:4], -1, 4)
    return shapes[..., ::-1, :].reshape(anchors.shape)


def uneven(anchors: np.ndarray) -> np.ndarray:
    changed = anchors.copy()
    changed[0, 0, 1, 1, 2] *= 2
    return changed


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (moved, "not half a step from the border"),
        (other_order, "not all sizes at one ratio"),
        (uneven, "differ from cell to cell"),
        (lambda anchors: anchors[0], r"its shape \(1, 128, 128, 16\)"),
        (lambda anchors: anchors * np.nan, "its shape"),
        (None, "missing among the arrays"),
    ],
)
def test_constants_of_another_kind_are_refused(
    spoil: Callable[[np.ndarray], np.ndarray] | None, why: str
) -> None:
    symbol, size, arrays = detector_of("ssd_300_vgg16_atrous_voc")
    name = next(each for each in arrays if each.endswith("anchor_0"))
    anchors = arrays.pop(name)
    if spoil is not None:
        arrays[name] = spoil(anchors)
    with pytest.raises(NotUnderstoodError, match=f"{name}.*{why}"):
        read_ssd(read_graph(symbol.tojson()), arrays, input_size=size)


def test_a_sigmoid_is_read() -> None:
    symbol, _size, arrays = detector_of("ssd_300_vgg16_atrous_voc")
    content = json.loads(symbol.tojson())
    changed("softmax", to="sigmoid")(content["nodes"])
    del first(content["nodes"], "sigmoid")["attrs"]
    reading = read_ssd(read_graph(json.dumps(content)), arrays)
    assert reading.decoder.scores.activation == reading.detector.class_activation == "sigmoid"


def test_decoding_without_operators_of_its_own_is_the_same() -> None:
    symbol, _size, arrays = detector_of("ssd_300_vgg16_atrous_voc")
    content = json.loads(minimal_decoding(symbol).tojson())
    assert "_contrib_box_decode" not in {node["op"] for node in content["nodes"]}
    found, usual = (
        read_ssd(read_graph(json.dumps(content)), arrays),
        read("ssd_300_vgg16_atrous_voc"),
    )
    assert found.detector == usual.detector
    assert found.decoder.detect == usual.decoder.detect
    changed("exp", to="square")(content["nodes"])
    with pytest.raises(NotUnderstoodError, match="how its offsets move a box is not known"):
        read_ssd(read_graph(json.dumps(content)), arrays)
    changed("SliceChannel", to="Mystery")(content["nodes"])
    with pytest.raises(NotUnderstoodError, match="how its boxes come from anchors is not known"):
        read_ssd(read_graph(json.dumps(content)), arrays)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed("_contrib_box_decode", attrs={"format": "corner"}), "its anchors are corners"),
        (changed("_contrib_box_decode", attrs={"clip": "4.0"}), "limits how far a box may grow"),
        (changed("softmax", to="relu"), "no softmax and no sigmoid"),
        (changed("softmax", attrs={"axis": "1"}), "it is not over the classes"),
        (changed("slice_axis", attrs={"begin": "0"}), "its background is not class 0"),
        (changed("slice_like", attrs={"axes": "(1, 2)"}), "does not cut rows and columns"),
        (changed("slice_like", to="Mystery"), "only those of slice_like are known"),
    ],
)
def test_what_of_gluon_cv_is_not_understood_is_said_by_its_node(
    change: Callable[[Nodes], None], why: str
) -> None:
    symbol, _size, arrays = detector_of("ssd_300_vgg16_atrous_voc")
    content = json.loads(symbol.tojson())
    change(content["nodes"])
    with pytest.raises(NotUnderstoodError, match=why):
        read_ssd(read_graph(json.dumps(content)), arrays)


def test_only_the_best_class_of_an_anchor_counts_where_the_graph_takes_that() -> None:
    symbol, _size, arrays = detector_of("ssd_300_vgg16_atrous_voc")
    content = json.loads(symbol.tojson())
    changed("ones_like", to="argmax")(content["nodes"])
    assert read_ssd(read_graph(json.dumps(content)), arrays).detector.multi_label is False


@pytest.mark.parametrize("family", ["vgg16", "ssd_512_mobilenet1.0_voc"])
def test_a_graph_with_random_faults_is_one_sentence_or_read(family: str) -> None:
    symbol, size, arrays = detector_of(family)
    written = symbol.tojson()
    random = np.random.default_rng(7)
    texts = ["(1, 2)", "-1", "0", "None", "x", "1e30", "(", "2147483000", "()", "0.5", "True"]
    refused = 0
    for _each in range(100):
        content = json.loads(written)
        nodes = content["nodes"]
        for _fault in range(3):
            node = nodes[random.integers(len(nodes))]
            if node.get("attrs") and random.random() < 0.7:
                name = list(node["attrs"])[random.integers(len(node["attrs"]))]
                node["attrs"][name] = texts[random.integers(len(texts))]
            elif random.random() < 0.5:
                node["op"] = nodes[random.integers(len(nodes))]["op"]
            else:
                node["inputs"] = node["inputs"][:-1]
        with contextlib.suppress(MxnetFileError):
            read_ssd(read_graph(json.dumps(content)), arrays, input_size=size)
            refused -= 1
        refused += 1
    assert 20 < refused < 100


def test_a_graph_that_joins_itself_again_and_again_is_refused_at_once() -> None:
    nodes: Nodes = [{"op": "null", "name": "data", "inputs": []}]
    for place in range(100):
        nodes.append({"op": "Concat", "name": f"c{place}", "inputs": [[place, 0], [place, 0]]})
    nodes.append({"op": "softmax", "name": "s", "attrs": {"axis": "1"}, "inputs": [[100, 0]]})
    taken = [[101, 0], [100, 0], [100, 0]]
    nodes.append({"op": "_contrib_MultiBoxDetection", "name": "d", "inputs": taken})
    with pytest.raises(NotUnderstoodError, match="too much is joined"):
        read_ssd(read_graph(json.dumps({"nodes": nodes, "heads": [[102, 0]]})), {})


def test_maps_in_another_order_are_refused() -> None:
    symbol, _size, arrays = detector_of("vgg16")
    content = json.loads(symbol.tojson())
    for node in content["nodes"]:
        if node["op"] == "Concat":
            node["inputs"].reverse()
    with pytest.raises(NotUnderstoodError, match="finest first"):
        read_ssd(read_graph(json.dumps(content)), arrays, input_size=300)
