"""What a graph does with detections behind its decoding: only what leaves them as they are."""

from __future__ import annotations

from explorer.i18n import _
from explorer.mxnet_files.graph import Graph, Node
from explorer.mxnet_files.ssd_graph.layout import PASSED_ON
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError, read_each

_ROWS = (1, -2)
_COLUMNS = (2, -1)
"""Axes of detections (images, detections, 6)."""


def most_detections(graph: Graph, decoding: int, *, best_first: bool) -> int:
    """Return how many detections of an image are given at most; -1 means all.

    Parameters
    ----------
    decoding : int
        The place of the node that gives detections.
    best_first : bool
        Whether those that are left stand at the front of what it gives.

    Raises
    ------
    NotUnderstoodError
        By each node that changes detections, or leaves out others than the last ones.
    """
    behind, found = {decoding}, []
    for place in range(decoding + 1, len(graph.nodes)):
        if any(each.node in behind for each in graph.nodes[place].inputs):
            behind.add(place)
            found.append(graph.nodes[place])

    def first_rows(node: Node) -> int | None:
        if node.op in PASSED_ON or (node.op == "slice_axis" and node.value("axis", 0) in _COLUMNS):
            return None
        end = node.value("end", None)
        if node.op != "slice_axis" or node.value("axis", 0) not in _ROWS:
            text = _("it changes what {decoding} finds, in a way that is not known")
        elif best_first and node.value("begin", 0) == 0 and (end is None or end > 0):
            return None if end is None else int(end)
        else:
            text = _("of what {decoding} finds it takes others than the best")
        raise NotUnderstoodError(node, text.format(decoding=graph.nodes[decoding].said))

    limits = [limit for limit in read_each(first_rows, found) if limit is not None]
    return min(limits, default=-1)
