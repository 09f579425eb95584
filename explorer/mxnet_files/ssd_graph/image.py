"""The image among a graph's variables, and what the graph does to its pixels."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph
from explorer.mxnet_files.ssd_graph.anchor_layers import Arrays
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

_USUAL_NAME = "data"


def find_image(graph: Graph, maps: Sequence[Entry], arrays: Arrays) -> int:
    """Return the place of the variable that is the image: no array is kept for it.

    Raises
    ------
    NotUnderstoodError
        If there is none, or several that may be it.
    """
    open_ = [
        place
        for place in graph.needed(maps)
        if graph.nodes[place].is_variable and graph.nodes[place].name not in arrays
    ]
    named = [place for place in open_ if graph.nodes[place].name == _USUAL_NAME]
    found = named or open_
    if len(found) != 1:
        names = ", ".join(graph.nodes[place].name for place in found[:5]) or "–"
        text = _("which of the graph's inputs is the image is not known: {names} have no arrays")
        raise NotUnderstoodError(graph[maps[0]], text.format(names=names))
    return found[0]


def work_on_pixels(graph: Graph, image: int) -> tuple[str, ...]:
    """Return the nodes that change the image before a convolution sees it, by name."""
    found: list[str] = []
    place = image
    while True:
        users = list(graph.users(Entry(place)))
        if len(users) != 1 or graph.nodes[users[0]].op.startswith("Convolution"):
            return tuple(found)
        place = users[0]
        found.append(graph.nodes[place].said)
