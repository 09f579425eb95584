"""The graph beside the weights of a ToySSD, without decoding: its anchors, and what it computes.

That the weights fit is not enough: with another activation, pooling or head the graph is another
network. So MXNet runs it, and what it gives is held against what ours gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, DetectorConfig
from explorer.i18n import N_, _
from explorer.mxnet_files.graph import Graph, Node
from explorer.mxnet_files.ssd_graph.anchor_layers import PRIOR, anchors_of_priors
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError
from explorer.ssd.predictions import Predictions
from explorer.ssd.probabilities import softmax

ANCHORS, SCORES, OFFSETS = N_("anchors"), N_("class scores"), N_("offsets")

_SAME = 1e-3
"""Relative to the largest."""


@dataclass(frozen=True)
class GraphBeside:
    """A graph, and the arrays of the file that it lies beside."""

    name: str
    """Of its file."""
    written: bytes
    arrays: Mapping[str, NDArray[Any]]
    """By the names of the graph."""


def anchors_beside(graph: Graph, num_anchors: tuple[int, ...]) -> AnchorConfig | None:
    """Return the anchors that a graph makes, so many in a cell of each map; None if it does not."""
    found = anchors_of_priors(graph)
    if found is None or tuple(each.num_anchors for each in found.layers) != num_anchors:
        return None
    return found


def check_priors(graph: Graph, detector: DetectorConfig) -> None:
    """Refuse anchors that lie where ToySSD's do not.

    Raises
    ------
    NotUnderstoodError
        If a node cuts or moves them; the first is named.
    """
    nodes = [node for node in graph.nodes if node.op == PRIOR]
    for node, each in zip(nodes, detector.feature_maps, strict=False):
        if node.value("clip", False):
            raise NotUnderstoodError(node, _("it cuts anchors at the border"))
        _check_numbers(node, "offsets", (0.5, 0.5))
        if min(node.numbers("steps", (-1.0,))) > 0:
            _check_numbers(node, "steps", (1 / each.height, 1 / each.width))


def _check_numbers(node: Node, name: str, usual: tuple[float, float]) -> None:
    found = node.numbers(name, usual)
    if len(found) != len(usual) or not np.allclose(found, usual, rtol=_SAME):
        text = _("its anchors have {name} {found}, where those of ToySSD have {usual}")
        shown = (" ".join(f"{value:g}" for value in each) for each in (found, usual))
        numbers, those = shown
        raise NotUnderstoodError(node, text.format(name=name, found=numbers, usual=those))


def differing(ours: Predictions, outputs: Sequence[NDArray[Any]]) -> list[str] | None:
    """Return what a graph computes otherwise than our network for the same image.

    Parameters
    ----------
    ours : Predictions
        Of one image, as numpy.
    outputs : sequence of array
        Of the graph, in any order: anchors (1, A, 4); class scores (1, A, C+1), (1, C+1, A), or
        flat, also as probabilities; offsets, flat or (1, A, 4).

    Returns
    -------
    list of str or None
        Of `SCORES`, `OFFSETS` and `ANCHORS`, in that order; None if scores or offsets have none of
        these shapes, or nothing says which is which.
    """
    num_anchors, num_scores = ours.class_scores.shape[1:]
    by_anchor, turned = (1, num_anchors, num_scores), (1, num_scores, num_anchors)
    of_boxes = (1, num_anchors, 4)
    anchors = [each for each in outputs if each.shape == of_boxes and _is_same(each, ours.anchors)]
    left = [each for each in outputs if not any(each is one for one in anchors)]
    scores = _of_first_shape(left, by_anchor, turned, (1, num_anchors * num_scores))
    offsets = _of_first_shape(left, (1, num_anchors * 4), of_boxes)
    if not scores or not offsets or any(each is one for each in scores for one in offsets):
        return None  # of three classes both may have one shape
    rows = [each[0].T if each.shape == turned else each for each in scores]
    wanted = ours.class_scores[0]
    wrong = []
    if not any(_is_same(each, one) for each in rows for one in (wanted, softmax(wanted))):
        wrong.append(SCORES)
    if not any(_is_same(each, ours.offsets[0]) for each in offsets):
        wrong.append(OFFSETS)
    others = [each for each in left if each.shape == of_boxes]
    used = (num_scores == 4 and scores[0].shape == of_boxes) + (offsets[0].shape == of_boxes)
    if not anchors and len(others) > used:  # without any they are proposed
        wrong.append(ANCHORS)
    return wrong


def _of_first_shape(arrays: Sequence[NDArray[Any]], *shapes: tuple[int, ...]) -> list[NDArray[Any]]:
    """Return the arrays of the first shape that one of them has."""
    found = ([each for each in arrays if each.shape == shape] for shape in shapes)
    return next((each for each in found if each), [])


def _is_same(given: NDArray[Any], wanted: NDArray[Any]) -> bool:
    apart = np.abs(given.reshape(wanted.shape) - wanted).max()
    return bool(apart <= _SAME * np.abs(wanted).max())  # NaN is not
