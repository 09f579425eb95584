"""What a graph does beside predicting is read, or refused by its node: never overlooked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from explorer.mxnet_files.graph import read_graph
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError
from explorer.mxnet_files.ssd_graph.reading import SsdReading, read_ssd
from explorer.net.runtime import mx
from tests.mxnet_files.families import detector_of, example_ssd, random_arrays

Change = Callable[[Any], Any]
"""Of a symbol."""

MULTI_BOX = "vgg16"
GLUON_CV = "ssd_300_vgg16_atrous_voc"


def read(family: str, change: Change, **attributes: dict[str, Any]) -> SsdReading:
    """Read a family's graph after a change of its symbol, then of attributes by operator."""
    symbol, size, arrays = detector_of(family)
    content = json.loads(change(symbol).tojson(remove_amp_cast=False))
    for node in content["nodes"]:
        if changes := attributes.get(node["op"].removeprefix("_contrib_")):
            node.setdefault("attrs", {}).update({name: str(to) for name, to in changes.items()})
    return read_ssd(read_graph(json.dumps(content)), arrays, input_size=size)


def as_it_is(symbol: Any) -> Any:
    return symbol


def refusal(family: str, change: Change = as_it_is, **attributes: dict[str, Any]) -> str:
    with pytest.raises(NotUnderstoodError) as caught:
        read(family, change, **attributes)
    assert len(caught.value.sentences) == 1
    assert "\n" not in str(caught.value)
    return str(caught.value)


def nms_of(symbol: Any) -> Any:
    """Return what GluonCV's NMS gives, before it is cut and split."""
    return symbol.get_internals()["ssd1_box_nms0_output0"]


def before_nms(symbol: Any) -> Any:
    return symbol.get_internals()["ssd1_concat23_output"]


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"temperature": 3}, "temperature of 3"),
        ({"use_length": True}, "use_length of True"),
        ({"new_in_mxnet_3": 1}, "new_in_mxnet_3 of 1"),
    ],
)
def test_a_softmax_that_does_more_is_refused(attributes: dict[str, Any], name: str) -> None:
    text = f"ssd1_softmax0 (softmax): its {name} is not understood"
    assert refusal(GLUON_CV, softmax=attributes) == text


def test_a_softmax_that_says_what_is_usual_is_read() -> None:
    usual = {"temperature": 1.0, "use_length": False, "dtype": "None", "__lr_mult__": 0.1}
    assert read(GLUON_CV, as_it_is, softmax=usual).detector == read(GLUON_CV, as_it_is).detector


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("in_format", "center"),
        ("out_format", "center"),
        ("background_id", 3),
        ("coord_start", 1),
        ("score_index", 0),
        ("id_index", 6),
    ],
)
def test_nms_of_another_kind_is_refused(name: str, value: Any) -> None:
    text = f"ssd1_box_nms0 (_contrib_box_nms): its {name} of {value} is not understood"
    assert refusal(GLUON_CV, box_nms={name: value}) == text


def test_nms_that_says_what_is_usual_is_read() -> None:
    usual = {"in_format": "corner", "out_format": "corner", "background_id": -1}
    assert read(GLUON_CV, as_it_is, box_nms=usual).decoder == read(GLUON_CV, as_it_is).decoder


def test_work_between_scores_and_nms_is_refused() -> None:
    why = "it changes scores or boxes before NMS, in a way that is not known"

    def scaled(name: str) -> Change:
        def change(symbol: Any) -> Any:
            content = json.loads(symbol.tojson())
            place = next(p for p, node in enumerate(content["nodes"]) if node["name"] == name)
            users = [node for node in content["nodes"][place:] if [place, 0, 0] in node["inputs"]]
            new = {"op": "_mul_scalar", "name": "half", "attrs": {"scalar": "0.5"}}
            content["nodes"].append({**new, "inputs": [[place, 0, 0]]})
            for node in users:
                node["inputs"] = [
                    [len(content["nodes"]) - 1, 0, 0] if each == [place, 0, 0] else each
                    for each in node["inputs"]
                ]
            return mx.sym.load_json(in_order(content))

        return change

    for name in ("ssd1_concat23", "ssd1_normalizedboxcenterdecoder0_box_decode0"):
        assert refusal(GLUON_CV, scaled(name)) == f"half (_mul_scalar): {why}"
    for name in ("ssd1_multiperclassdecoder0_slice_axis0", "ssd1_multiperclassdecoder0_where1"):
        assert refusal(GLUON_CV, scaled(name)) == f"half (_mul_scalar): {why}"


def in_order(content: dict[str, Any]) -> str:
    """Return a graph's JSON whose last node stands before those that take it."""
    nodes = content["nodes"]
    new, last = nodes.pop(), len(nodes)
    place = new["inputs"][0][0] + 1
    nodes.insert(place, new)
    moved = [*range(place), *range(place + 1, last + 1), place]
    for node in nodes:
        node["inputs"] = [[moved[each], *rest] for each, *rest in node["inputs"]]
    variables = [each for each, node in enumerate(nodes) if node["op"] == "null"]
    heads = [[moved[each], *rest] for each, *rest in content["heads"]]
    return json.dumps({"nodes": nodes, "arg_nodes": variables, "heads": heads})


def rows(begin: int, end: int | None) -> Change:
    return lambda found: mx.sym.slice_axis(found, axis=1, begin=begin, end=end, name="cut")


OTHERS = r"of what \S+ \(\w+\) finds it takes others than the best"
UNKNOWN = r"it changes what \S+ \(\w+\) finds, in a way that is not known"


@pytest.mark.parametrize(
    ("family", "change", "why"),
    [
        (MULTI_BOX, rows(0, 10), rf"cut \(slice_axis\): {OTHERS}"),
        (
            MULTI_BOX,
            lambda found: mx.sym.contrib.box_nms(found, overlap_thresh=0.1, name="cut"),
            rf"cut \(_contrib_box_nms\): {UNKNOWN}",
        ),
        (
            MULTI_BOX,
            lambda found: mx.sym.Group([found, mx.sym.identity(found) * 300]),
            rf"\w+ \(_mul_scalar\): {UNKNOWN}",
        ),
        (GLUON_CV, lambda symbol: rows(5, 100)(nms_of(symbol)), rf"cut \(slice_axis\): {OTHERS}"),
        (GLUON_CV, lambda symbol: rows(0, -5)(nms_of(symbol)), rf"cut \(slice_axis\): {OTHERS}"),
        (
            GLUON_CV,
            lambda symbol: mx.sym.clip(nms_of(symbol), 0, 300, name="cut"),
            rf"cut \(clip\): {UNKNOWN}",
        ),
    ],
)
def test_work_on_detections_is_refused(family: str, change: Change, why: str) -> None:
    assert re.fullmatch(why, refusal(family, change))


@pytest.mark.parametrize(
    ("family", "change", "most"),
    [
        (GLUON_CV, as_it_is, 100),
        (GLUON_CV, nms_of, -1),
        (GLUON_CV, lambda symbol: rows(0, None)(nms_of(symbol)), -1),
        (GLUON_CV, lambda symbol: mx.sym.BlockGrad(rows(0, 7)(nms_of(symbol))), 7),
        (MULTI_BOX, lambda found: mx.sym.identity(found), -1),
        (MULTI_BOX, lambda found: mx.sym.slice_axis(found, axis=2, begin=2, end=6), -1),
    ],
)
def test_what_leaves_detections_as_they_are_is_read(family: str, change: Change, most: int) -> None:
    found = read(family, change)
    assert found.decoder.most_detections == most
    assert found.detector == read(family, as_it_is).detector


def twice(symbol: Any) -> Any:
    inside = symbol.get_internals()
    nodes = json.loads(symbol.tojson())["nodes"]
    taken = [inside[f"{nodes[place]['name']}_output"] for place, *_rest in nodes[-1]["inputs"]]
    return mx.sym.Group([symbol, mx.sym.contrib.MultiBoxDetection(*taken, name="second")])


def test_two_decodings_are_refused() -> None:
    assert refusal(MULTI_BOX, twice).startswith("second (_contrib_MultiBoxDetection): ")
    both = refusal(
        GLUON_CV,
        lambda symbol: mx.sym.Group(
            [symbol, mx.sym.contrib.box_nms(before_nms(symbol), name="second")]
        ),
    )
    assert both == (
        "second (_contrib_box_nms): ssd1_box_nms0 (_contrib_box_nms) does the same, so which of "
        "them counts is not known"
    )


def with_image(change: Change) -> Change:
    """Change what the first layer sees of the image."""

    def changed(symbol: Any) -> Any:
        return symbol(data=change(mx.sym.Variable("data")))

    return changed


def minus_constant(image: Any) -> Any:
    return mx.sym.broadcast_sub(image, mx.sym.Variable("means", shape=(1, 3, 1, 1)))


def swapped_colours(image: Any) -> Any:
    parts = [mx.sym.slice_axis(image, axis=1, begin=each, end=each + 1) for each in (2, 1, 0)]
    return mx.sym.concat(*parts, dim=1)


@pytest.mark.parametrize(
    ("family", "change", "mean", "why"),
    [
        (MULTI_BOX, lambda image: image, 123.0, "as_example_ssd"),
        (MULTI_BOX, mx.sym.identity, 123.0, "as_example_ssd"),
        (MULTI_BOX, mx.sym.Dropout, 123.0, "as_example_ssd"),
        (MULTI_BOX, lambda image: image - 100.0, 0.0, "mean_inside"),
        (MULTI_BOX, minus_constant, 0.0, "mean_inside"),
        (MULTI_BOX, lambda image: (image + -127.5) / 128, 0.0, "mean_inside"),
        (MULTI_BOX, lambda image: image / 255, 123.0, "as_example_ssd_or_inside"),
        (MULTI_BOX, swapped_colours, 123.0, "as_example_ssd_or_inside"),
        (GLUON_CV, lambda image: image, 123.675, "as_gluon_cv"),
        (GLUON_CV, minus_constant, 0.0, "mean_inside"),
    ],
)
def test_a_mean_is_not_subtracted_twice(family: str, change: Change, mean: float, why: str) -> None:
    symbol, size, arrays = detector_of(family)
    arrays["means"] = np.zeros((1, 3, 1, 1), np.float32)
    graph = read_graph(with_image(change)(symbol).tojson())
    reading = read_ssd(graph, arrays, input_size=size)
    proposal = next(each for each in reading.proposals if each.setting == "pixel_mean")
    assert (proposal.value[0], proposal.why) == (mean, why)
    assert reading.detector.pixel_mean == proposal.value
    if why == "mean_inside":
        assert reading.detector.pixel_std == (1.0, 1.0, 1.0)


def test_an_image_whose_channels_come_last_is_refused() -> None:
    change = with_image(lambda image: mx.sym.transpose(image, axes=(0, 3, 1, 2), name="turned"))
    assert refusal(GLUON_CV, change) == (
        "turned (transpose): it takes an image as (height, width, channels): export the network "
        "with preprocess=None, layout='CHW'"
    )


def test_an_input_that_is_not_square_is_refused() -> None:
    symbol, _size, arrays = detector_of(MULTI_BOX)
    content = json.loads(symbol.tojson())
    image = next(node for node in content["nodes"] if node["name"] == "data")
    image["attrs"] = {"__shape__": "(1, 3, 300, 480)"}
    for told in (None, 300):
        with pytest.raises(NotUnderstoodError, match=r"300×480 px .*only square inputs"):
            read_ssd(read_graph(json.dumps(content)), arrays, input_size=told)


@pytest.mark.parametrize("operator", [mx.sym.Cast, mx.sym.amp_cast])
def test_another_precision_is_refused(operator: Change) -> None:
    half = with_image(lambda image: operator(image, dtype="float16", name="half"))
    text = r"half \((Cast|amp_cast)\): it computes in float16, and only graphs of float32 .*"
    assert re.fullmatch(text, refusal(MULTI_BOX, half))
    single = with_image(lambda image: operator(image, dtype="float32"))
    assert read(MULTI_BOX, single).detector.anchors == read(MULTI_BOX, as_it_is).detector.anchors


def test_one_map_alone_is_refused_by_a_node() -> None:
    symbol = example_ssd(MULTI_BOX, width=0.25)
    content = json.loads(symbol.tojson())
    for node in content["nodes"]:
        if node["op"] == "Concat":
            node["inputs"] = node["inputs"][:1]
            node["attrs"]["num_args"] = "1"
    arrays = random_arrays(symbol, 300)
    with pytest.raises(
        NotUnderstoodError, match=r"MultiBoxDetection\): anchors need 2 to 8 layers"
    ):
        read_ssd(read_graph(json.dumps(content)), arrays, input_size=300)


@pytest.mark.parametrize("threshold", [0, -1, 1.5])
def test_multi_box_detection_without_nms_is_read(threshold: float) -> None:
    off = {"nms_threshold": threshold, "nms_topk": 100}
    detect = read(MULTI_BOX, as_it_is, MultiBoxDetection=off).decoder.detect
    assert (detect.nms_iou_threshold, detect.nms_topk) == (1.0, -1)


def test_box_nms_without_limits_is_read_and_what_lets_all_pass_refused() -> None:
    off = read(GLUON_CV, as_it_is, box_nms={"overlap_thresh": 1.5}).decoder.detect
    assert (off.nms_iou_threshold, off.nms_topk) == (1.0, 400)
    assert "with a topk of 0" in refusal(GLUON_CV, box_nms={"topk": 0})
    assert "nms_iou_threshold must be above 0" in refusal(GLUON_CV, box_nms={"overlap_thresh": 0})
