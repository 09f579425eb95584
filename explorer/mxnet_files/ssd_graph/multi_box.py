"""Decoding by MXNet's MultiBoxDetection, and what is there for training alone."""

from __future__ import annotations

from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph
from explorer.mxnet_files.ssd_graph.behind import most_detections
from explorer.mxnet_files.ssd_graph.decoder import (
    Decoder,
    Scores,
    inputs_of,
    scores_before,
    settings_of,
)
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

_MINUS = ("elemwise_sub", "broadcast_sub", "_minus", "_Minus")


def of_multi_box(graph: Graph, place: int) -> Decoder:
    """Read what goes into MultiBoxDetection."""
    node = graph.nodes[place]
    probabilities, offsets, anchors = inputs_of(node, 3)
    if node.value("background_id", 0) != 0:
        raise NotUnderstoodError(node, _("its background is not class 0"))
    threshold = node.value("nms_threshold", 0.5)
    suppresses = 0 < threshold <= 1  # otherwise MXNet neither suppresses nor counts candidates
    return Decoder(
        node,
        anchors,
        "corner",
        offsets,
        scores_before(graph, probabilities, 1, node),
        settings_of(
            node,
            score_threshold=node.value("threshold", 0.01),
            nms_iou_threshold=threshold if suppresses else 1.0,
            nms_topk=max(node.value("nms_topk", -1), -1) if suppresses else -1,
            force_suppress=bool(node.value("force_suppress", False)),
            clip=bool(node.value("clip", True)),
            variances=node.numbers("variances", (0.1, 0.1, 0.2, 0.2)),
        ),
        most_detections=most_detections(graph, place, best_first=False),
    )


def of_training(graph: Graph, place: int) -> Decoder:
    """Read what is there for training alone: MXNet would decode it by MultiBoxDetection."""
    node = graph.nodes[place]
    anchors, _labels, scores = inputs_of(node, 3)
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
        settings_of(node, variances=node.numbers("variances", (0.1, 0.1, 0.2, 0.2))),
    )
