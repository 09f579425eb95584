"""Where a graph ends as a detector: what goes into its decoding, and how that is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from explorer.config import DetectConfig
from explorer.config.settings import one_sentence
from explorer.i18n import N_, _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.layout import PASSED_ON
from explorer.mxnet_files.ssd_graph.not_understood import NoSsdError, NotUnderstoodError

DETECTION, TARGETS, PRIOR = (
    f"_contrib_MultiBox{each}" for each in ("Detection", "Target", "Prior")
)
BOX_DECODE, BOX_NMS = "_contrib_box_decode", "_contrib_box_nms"

_ACTIVATIONS = ("softmax", "SoftmaxActivation", "SoftmaxOutput", "Softmax", "sigmoid", "Activation")
_MINUS = ("elemwise_sub", "broadcast_sub", "_minus", "_Minus")
_NO_ACTIVATION = N_("no softmax and no sigmoid stands before it, so its scores are not known")


@dataclass(frozen=True)
class Scores:
    """The scores of the classes, before they become probabilities."""

    entry: Entry
    class_axis: int
    """1: (B, C+1, A), 2: (B, A, C+1)."""
    activation: Literal["softmax", "sigmoid"]


@dataclass(frozen=True)
class Decoder:
    """What a graph's decoding takes, and how it is set."""

    node: Node
    """The one that makes the boxes."""
    anchors: Entry
    anchors_are: Literal["corner", "center_px"]
    """(xmin, ymin, xmax, ymax) normalised, or (x, y, width, height) in px of the input."""
    offsets: Entry
    scores: Scores
    detect: DetectConfig
    """With the variances, and whether an anchor may name several classes."""
    most_detections: int = -1
    """At most this many are given; -1 means all."""


def find_decoder(graph: Graph) -> Decoder:
    """Return the decoding of a graph, or what would be there after training.

    Raises
    ------
    NoSsdError
        If it has none.
    NotUnderstoodError
        If it is not one that is known, by its node.
    """
    by_op: dict[str, list[int]] = {}
    for place, node in enumerate(graph.nodes):
        by_op.setdefault(node.op, []).append(place)
    if DETECTION in by_op:
        return _of_multi_box(graph, by_op[DETECTION][-1])
    if BOX_DECODE in by_op:
        return _of_box_decode(graph, by_op[BOX_DECODE][-1], by_op.get(BOX_NMS, []))
    if TARGETS in by_op:
        return _of_training(graph, by_op[TARGETS][-1])
    raise NoSsdError(
        _(
            "the graph is no SSD: it has none of {operators}, which decode or train one",
            operators=", ".join((DETECTION, BOX_DECODE, TARGETS)),
        )
    )


def _of_multi_box(graph: Graph, place: int) -> Decoder:
    node = graph.nodes[place]
    probabilities, offsets, anchors = _inputs(node, 3)
    if node.value("background_id", 0) != 0:
        raise NotUnderstoodError(node, _("its background is not class 0"))
    return Decoder(
        node,
        anchors,
        "corner",
        offsets,
        _scores(graph, probabilities, 1, node),
        _settings(
            node,
            score_threshold=node.value("threshold", 0.01),
            nms_iou_threshold=node.value("nms_threshold", 0.5),
            nms_topk=max(node.value("nms_topk", -1), -1),
            force_suppress=bool(node.value("force_suppress", False)),
            clip=bool(node.value("clip", True)),
            variances=node.numbers("variances", (0.1, 0.1, 0.2, 0.2)),
        ),
    )


def _of_box_decode(graph: Graph, place: int, suppressions: list[int]) -> Decoder:
    """Read what GluonCV writes: boxes and classes apart, then one NMS over all of them."""
    node = graph.nodes[place]
    offsets, anchors = _inputs(node, 2)
    if node.attributes.get("format", "corner") != "center":
        raise NotUnderstoodError(node, _("its anchors are corners, in units that it does not say"))
    if node.value("clip", -1.0) > 0:
        raise NotUnderstoodError(node, _("it limits how far a box may grow"))
    if not suppressions:
        raise NotUnderstoodError(node, _("no {operator} follows it", operator=BOX_NMS))
    nms = graph.nodes[suppressions[-1]]
    before_decoding = set(graph.needed(node.inputs))
    found = [
        each
        for each in graph.needed(nms.inputs)
        if each not in before_decoding and _activation(graph.nodes[each]) is not None
    ]
    if len(found) != 1:
        raise NotUnderstoodError(nms, _(_NO_ACTIVATION))
    activation = graph.nodes[found[0]]
    thresholds = [
        float(each.value("scalar", 0.0))
        for each in map(graph.nodes.__getitem__, graph.users(Entry(found[0])))
        if each.op == "_greater_scalar"
    ]
    return Decoder(
        node,
        anchors,
        "center_px",
        offsets,
        _scores(graph, Entry(found[0]), 2, activation),
        _settings(
            nms,
            score_threshold=max([nms.value("valid_thresh", 0.0), *thresholds]),
            nms_iou_threshold=nms.value("overlap_thresh", 0.5),
            nms_topk=max(nms.value("topk", -1), -1),
            force_suppress=bool(nms.value("force_suppress", False))
            or nms.value("id_index", -1) < 0,
            clip=False,
            variances=[node.value(f"std{axis}", 1.0) for axis in range(4)],
            multi_label=True,
        ),
        most_detections=_most_detections(graph, suppressions[-1]),
    )


def _of_training(graph: Graph, place: int) -> Decoder:
    """Read what is there for training alone: MXNet would decode it by MultiBoxDetection."""
    node = graph.nodes[place]
    anchors, _labels, scores = _inputs(node, 3)
    differences = [
        each
        for user in graph.users(Entry(place, 0))
        if (each := graph.nodes[user]).op in _MINUS and len(each.inputs) == 2
    ]
    if len(differences) != 1:
        raise NotUnderstoodError(node, _("its first output is not subtracted from offsets"))
    offsets = next(each for each in differences[0].inputs if each != Entry(place, 0))
    return Decoder(
        node,
        anchors,
        "corner",
        offsets,
        Scores(scores, 1, "softmax"),
        _settings(node, variances=node.numbers("variances", (0.1, 0.1, 0.2, 0.2))),
    )


def _inputs(node: Node, number: int) -> tuple[Entry, ...]:
    if len(node.inputs) != number:
        text = _("it takes {given} inputs, not {number}")
        raise NotUnderstoodError(node, text.format(given=len(node.inputs), number=number))
    return node.inputs


def _scores(graph: Graph, probabilities: Entry, class_axis: int, asks: Node) -> Scores:
    """Return what becomes probabilities, whose classes `asks` finds on the axis."""
    entry = probabilities
    while (node := graph[entry]).op in (*PASSED_ON, "transpose", "SwapAxis"):
        if node.op not in PASSED_ON:
            class_axis = _axes(node)[class_axis]
        entry = node.inputs[0]
    kind = _activation(node)
    if kind is None:
        raise NotUnderstoodError(asks, _(_NO_ACTIVATION))
    if kind == "softmax" and _softmax_axis(node) != class_axis:
        raise NotUnderstoodError(node, _("it is not over the classes"))
    return Scores(node.inputs[0], class_axis, kind)


def _axes(node: Node) -> list[int]:
    if node.op == "transpose":
        axes = [int(each) for each in node.numbers("axes")] or [2, 1, 0]
    else:
        axes, one, other = [0, 1, 2], int(node.value("dim1", 0)), int(node.value("dim2", 0))
        if max(one, other) < 3 and min(one, other) >= 0:
            axes[one], axes[other] = axes[other], axes[one]
    if sorted(axes) != [0, 1, 2]:
        raise NotUnderstoodError(node, _("its axes are not those of (images, anchors, classes)"))
    return axes


def _activation(node: Node) -> Literal["softmax", "sigmoid"] | None:
    if node.op not in _ACTIVATIONS:
        return None
    if node.op == "sigmoid" or node.attributes.get("act_type") == "sigmoid":
        return "sigmoid"
    return None if node.op == "Activation" else "softmax"


def _softmax_axis(node: Node) -> int:
    """Return the axis of three that sums to 1."""
    if node.op == "softmax":
        return int(node.value("axis", -1)) % 3
    if node.op == "SoftmaxActivation":
        return 1 if node.attributes.get("mode") == "channel" else -1
    if node.value("multi_output", False):
        return 1
    return 2 if node.value("preserve_shape", False) else -1


def _most_detections(graph: Graph, nms: int) -> int:
    for user in map(graph.nodes.__getitem__, graph.users(Entry(nms))):
        if user.op == "slice_axis" and user.value("axis", 0) == 1:
            return int(user.value("end", -1) or -1)
    return -1


def _settings(node: Node, **settings: Any) -> DetectConfig:
    try:
        with one_sentence():
            return DetectConfig(**{"multi_label": False, **settings})
    except ValueError as error:
        raise NotUnderstoodError(node, str(error)) from error
