"""Decoding as GluonCV writes it: boxes and classes apart, then one NMS over all of them."""

from __future__ import annotations

from typing import NamedTuple

from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.behind import most_detections
from explorer.mxnet_files.ssd_graph.decoder import (
    NO_ACTIVATION,
    Decoder,
    activation_of,
    check_attributes,
    inputs_of,
    scores_before,
    settings_of,
)
from explorer.mxnet_files.ssd_graph.layout import PASSED_ON, sources
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

BOX_NMS = "_contrib_box_nms"

_BOX_DECODE = "_contrib_box_decode"
_SPLIT = "SliceChannel"
_CHOICES = ("slice_axis", "where", "pick", "max")
"""What scores go through on their way to NMS: some of them are taken, none is changed."""
_CORNERS = (
    *(f"{kind}_{what}" for kind in ("elemwise", "broadcast") for what in ("add", "sub")),
    *("_plus", "_Plus", "_minus", "_Minus"),
)
"""What makes each side of a box from its middle, where no operator does."""
_READ = ("overlap_thresh", "valid_thresh", "topk", "force_suppress")
_ONLY = {
    "coord_start": (2,),
    "score_index": (1,),
    "id_index": (0, -1),
    "background_id": (-1,),
    "in_format": ("corner",),
    "out_format": ("corner",),
}
"""Attributes of NMS that nothing else is understood of; they are the usual ones, too."""


class _Boxes(NamedTuple):
    """What becomes boxes, and by which node."""

    node: Node
    offsets: Entry
    anchors: Entry
    variances: tuple[float, ...]


def of_gluon_cv(graph: Graph, place: int) -> Decoder:
    """Read what goes into the NMS at that place."""
    nms = graph.nodes[place]
    check_attributes(nms, _READ, _ONLY)
    if nms.value("topk", -1) == 0:
        raise NotUnderstoodError(nms, _("with a topk of 0 it lets all boxes pass"))
    before = [graph.nodes[each] for each in graph.needed(nms.inputs)]
    decodes = [node for node in before if node.op == _BOX_DECODE]
    boxes = _of_operator(decodes[-1]) if decodes else _of_arithmetic(graph, nms)
    of_boxes = set(graph.needed([boxes.offsets, boxes.anchors]))
    of_classes = [each for each in graph.needed(nms.inputs) if each not in of_boxes]
    found = [each for each in of_classes if activation_of(graph.nodes[each]) is not None]
    if len(found) != 1:
        raise NotUnderstoodError(nms, _(NO_ACTIVATION))
    activation = graph.nodes[found[0]]
    _check_background(graph, found[0])
    _check_between(graph, nms, found[0], parts_of_box=1 if decodes else 4)
    ops = {node.op for node in map(graph.nodes.__getitem__, of_classes)}
    thresholds = [
        float(node.value("scalar", 0.0))
        for node in map(graph.nodes.__getitem__, of_classes)
        if node.op == "_greater_scalar"
    ]
    any_class = nms.value("force_suppress", False) or nms.value("id_index", -1) < 0
    return Decoder(
        boxes.node,
        boxes.anchors,
        "center_px",
        boxes.offsets,
        scores_before(graph, Entry(found[0]), 2, activation),
        settings_of(
            nms,
            score_threshold=max([nms.value("valid_thresh", 0.0), *thresholds]),
            nms_iou_threshold=min(nms.value("overlap_thresh", 0.5), 1.0),
            nms_topk=max(nms.value("topk", -1), -1),
            force_suppress=bool(any_class),
            clip=False,
            variances=boxes.variances,
            multi_label="argmax" not in ops,
        ),
        most_detections=most_detections(graph, place, best_first=True),
    )


def _of_operator(node: Node) -> _Boxes:
    offsets, anchors = inputs_of(node, 2)
    if node.attributes.get("format", "corner") != "center":
        raise NotUnderstoodError(node, _("its anchors are corners, in units that it does not say"))
    if node.value("clip", -1.0) > 0:
        raise NotUnderstoodError(node, _("it limits how far a box may grow"))
    return _Boxes(node, offsets, anchors, tuple(node.value(f"std{axis}", 1.0) for axis in range(4)))


def _of_arithmetic(graph: Graph, nms: Node) -> _Boxes:
    """Read what was written before there was an operator: offsets and anchors in four parts each.

    Every part of the offsets is first multiplied by its variance; the last two then go into exp.
    """
    splits = [
        place
        for place in graph.needed(nms.inputs)
        if graph.nodes[place].op == _SPLIT and graph.nodes[place].value("num_outputs", 0) == 4
    ]
    scaled = {
        place: [_only_user(graph, Entry(place, part)) for part in range(4)] for place in splits
    }
    of_offsets = [
        place
        for place, users in scaled.items()
        if all(user is not None and graph.nodes[user].op == "_mul_scalar" for user in users)
    ]
    if len(splits) != 2 or len(of_offsets) != 1:
        raise NotUnderstoodError(nms, _("how its boxes come from anchors is not known"))
    place = of_offsets[0]
    other = splits[0] if splits[1] == place else splits[1]
    users = [user for user in scaled[place] if user is not None]
    thens = [_only_user(graph, Entry(user)) for user in users]
    ops = ["" if each is None else graph.nodes[each].op for each in thens]
    if ops != ["broadcast_mul", "broadcast_mul", "exp", "exp"]:
        raise NotUnderstoodError(graph.nodes[place], _("how its offsets move a box is not known"))
    return _Boxes(
        graph.nodes[place],
        graph.nodes[place].first,
        graph.nodes[other].first,
        tuple(float(graph.nodes[user].value("scalar", 0.0)) for user in users),
    )


def _only_user(graph: Graph, entry: Entry) -> int | None:
    users = list(graph.users(entry))
    return users[0] if len(users) == 1 else None


def _check_between(graph: Graph, nms: Node, activation: int, parts_of_box: int) -> None:
    """Raise `NotUnderstoodError` by what changes scores or boxes on their way to the NMS.

    That takes (class, score, box) of one class after the other.
    """
    corners = () if parts_of_box == 1 else _CORNERS
    why = _("it changes scores or boxes before NMS, in a way that is not known")
    found = sources(graph, nms.first, (*_CHOICES, _BOX_DECODE, *corners), why)
    for entry in found[1 :: 2 + parts_of_box]:
        while (node := graph[entry]).op in (*_CHOICES, *PASSED_ON) and entry.node != activation:
            chosen = node.op == "where" and len(node.inputs) == 3
            entry = node.inputs[1] if chosen else node.first
        if entry.node != activation:
            raise NotUnderstoodError(node, why)


def _check_background(graph: Graph, activation: int) -> None:
    """Raise `NotUnderstoodError` unless class 0 is the background, and so is left out."""
    begins = {
        int(graph.nodes[user].value("begin", 0))
        for user in graph.users(Entry(activation))
        if graph.nodes[user].op == "slice_axis" and graph.nodes[user].value("end", None) is None
    }
    if begins != {1}:
        raise NotUnderstoodError(graph.nodes[activation], _("its background is not class 0"))
