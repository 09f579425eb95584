"""The predictors of each map: which convolutions the scores and the offsets come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import N_, _
from explorer.mxnet_files.graph import Entry, Graph
from explorer.mxnet_files.ssd_graph.cells import Cells
from explorer.mxnet_files.ssd_graph.decoder import Decoder
from explorer.mxnet_files.ssd_graph.layout import arranged, sources
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

_MOST_CLASSES = 10_001
"""With the background: what `DetectorConfig.class_names` may be."""
_MOST_NUMBERS = 50_000_000
"""Of scores for one image: an SSD512 for the 80 classes of COCO has two million."""
_NO_ORDER = N_("its numbers do not stand cell by cell, anchor by anchor")


@dataclass(frozen=True)
class Heads:
    """The predictors of all maps, finest map first."""

    scores: tuple[Entry, ...]
    """The convolution of each map that scores classes."""
    offsets: tuple[Entry, ...]
    """The convolution of each map that predicts offsets."""

    def map_of(self, graph: Graph, layer: int) -> Entry:
        """Return the map that a layer predicts from."""
        return graph[self.scores[layer]].first


def find_heads(graph: Graph, decoder: Decoder) -> Heads:
    """Return the convolutions that predict.

    Raises
    ------
    NotUnderstoodError
        If scores or offsets come from something else, by its node.
    """
    why = _("scores and offsets must come from a convolution for each map")
    of_scores, of_offsets = (
        tuple(sources(graph, entry, ("Convolution", "Convolution_v1"), why))
        for entry in (decoder.scores.entry, decoder.offsets)
    )
    if len(of_scores) != len(of_offsets):
        text = _("its scores come from {scores} maps, its offsets from {offsets}")
        values = {"scores": len(of_scores), "offsets": len(of_offsets)}
        raise NotUnderstoodError(decoder.node, text.format(**values))
    return Heads(of_scores, of_offsets)


def num_classes(graph: Graph, heads: Heads, anchors_per_cell: Sequence[int]) -> int:
    """Return the number of classes without the background.

    Raises
    ------
    NotUnderstoodError
        If a convolution's channels do not fit the anchors, or the classes of the others.
    """
    classes = set()
    for number, scores, offsets in zip(anchors_per_cell, heads.scores, heads.offsets, strict=True):
        for_scores, for_offsets = (
            int(graph[each].value("num_filter", 0)) for each in (scores, offsets)
        )
        if for_offsets != 4 * number:
            text = _("its {channels} channels are not 4 offsets for each of {number} anchors")
            why = text.format(channels=for_offsets, number=number)
            raise NotUnderstoodError(graph[offsets], why)
        each, left = divmod(for_scores, number)
        classes.add(each)
        if left or not 2 <= each <= _MOST_CLASSES or len(classes) > 1:
            text = _(
                "its {channels} channels are not as many classes as on other maps, for each "
                "of {number} anchors"
            )
            why = text.format(channels=for_scores, number=number)
            raise NotUnderstoodError(graph[scores], why)
    return classes.pop() - 1


def check_order(
    graph: Graph, decoder: Decoder, heads: Heads, cells: dict[Entry, Cells], num_classes: int
) -> None:
    """Raise `NotUnderstoodError` if scores or offsets are not cell by cell, anchor by anchor.

    Each convolution's channels are numbered and moved about as the graph does it.
    """
    found, expected = _numbered(graph, decoder.scores.entry, heads.scores, cells)
    if decoder.scores.class_axis == 1 and found.ndim == 3:
        found = found.swapaxes(1, 2)
    if not np.array_equal(found, expected.reshape(1, -1, num_classes + 1)):
        raise NotUnderstoodError(graph[decoder.scores.entry], _(_NO_ORDER))
    found, expected = _numbered(graph, decoder.offsets, heads.offsets, cells)
    if not np.array_equal(found.ravel(), expected):
        raise NotUnderstoodError(graph[decoder.offsets], _(_NO_ORDER))


def _numbered(
    graph: Graph, entry: Entry, convolutions: Sequence[Entry], cells: dict[Entry, Cells]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers as the graph has them, and one after the other as they should be."""
    numbered, expected, begin = {}, [], 0
    for each in convolutions:
        shape = (1, int(graph[each].value("num_filter", 0)), *cells[each].shape)
        if begin + math.prod(shape) > _MOST_NUMBERS:
            text = _("more than {limit:,} numbers come from it and those before it")
            raise NotUnderstoodError(graph[each], text.format(limit=_MOST_NUMBERS))
        numbered[each] = np.arange(begin, begin + np.prod(shape)).reshape(shape)
        expected.append(numbered[each].transpose(0, 2, 3, 1).ravel())
        begin += numbered[each].size
    return arranged(graph, entry, numbered), np.concatenate(expected)
