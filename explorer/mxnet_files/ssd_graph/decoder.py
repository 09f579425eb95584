"""What goes into the decoding of a graph, and how that is set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from explorer.config import DetectConfig
from explorer.config.settings import one_sentence
from explorer.i18n import N_, _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.layout import PASSED_ON
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

_ACTIVATIONS = ("softmax", "SoftmaxActivation", "SoftmaxOutput", "Softmax", "sigmoid", "Activation")
_READ = {
    "softmax": ("axis", "dtype"),
    "SoftmaxActivation": ("mode",),
    "Activation": ("act_type",),
    "sigmoid": (),
}
"""Attributes that are read or change no value; those of the others matter to training alone."""
_ONLY = {"temperature": (1,), "use_length": (0,)}
"""Attributes that nothing else is understood of."""
_OF_TRAINING = ("lr_mult", "wd_mult", "ctx_group", "force_mirroring", "mirror_stage", "__")
"""What names of attributes end with that any node may have."""
NO_ACTIVATION = N_("no softmax and no sigmoid stands before it, so its scores are not known")


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


def inputs_of(node: Node, number: int) -> tuple[Entry, ...]:
    """Return what a node takes, if it is that many."""
    if len(node.inputs) != number:
        text = _("it takes {given} inputs, not {number}")
        raise NotUnderstoodError(node, text.format(given=len(node.inputs), number=number))
    return node.inputs


def scores_before(graph: Graph, probabilities: Entry, class_axis: int, asks: Node) -> Scores:
    """Return what becomes probabilities, whose classes `asks` finds on the axis."""
    entry = probabilities
    while (node := graph[entry]).op in (*PASSED_ON, "transpose", "SwapAxis"):
        if node.op not in PASSED_ON:
            class_axis = _axes(node)[class_axis]
        entry = node.first
    kind = activation_of(node)
    if kind is None:
        raise NotUnderstoodError(asks, _(NO_ACTIVATION))
    check_attributes(node, _READ.get(node.op, tuple(node.attributes)), _ONLY)
    if kind == "softmax" and _softmax_axis(node) != class_axis:
        raise NotUnderstoodError(node, _("it is not over the classes"))
    return Scores(node.first, class_axis, kind)


def check_attributes(
    node: Node, read: Collection[str], only: Mapping[str, Collection[float | str]]
) -> None:
    """Raise `NotUnderstoodError` if a node has an attribute that changes what it does unnoticed.

    Parameters
    ----------
    read : collection of str
        Names of what is taken into account elsewhere, or changes no value.
    only : dict of str to values
        What others may be; a text that is no number is compared as it stands.
    """
    for name, text in node.attributes.items():
        if name in read or name.endswith(_OF_TRAINING) or text == "None":
            continue
        allowed = only.get(name, ())
        if text in allowed:
            continue
        if not any(isinstance(each, str) for each in allowed) and node.value(name, 0) in allowed:
            continue
        why = _("its {name} of {value} is not understood", name=name, value=text[:60])
        raise NotUnderstoodError(node, why)


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


def activation_of(node: Node) -> Literal["softmax", "sigmoid"] | None:
    """Return what a node makes of scores; None if it makes no probabilities."""
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


def settings_of(node: Node, **settings: Any) -> DetectConfig:
    """Return the settings of decoding that a node has.

    Raises
    ------
    NotUnderstoodError
        By the node, if they are out of their limits.
    """
    try:
        with one_sentence():
            return DetectConfig(**{"multi_label": False, **settings})
    except ValueError as error:
        raise NotUnderstoodError(node, str(error)) from error
