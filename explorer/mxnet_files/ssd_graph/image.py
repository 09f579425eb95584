"""The image among a graph's variables, and what the graph does to its pixels."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.anchor_layers import Arrays
from explorer.mxnet_files.ssd_graph.layout import PASSED_ON
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

_USUAL_NAME = "data"
_SHIFTS = {
    *(f"{kind}_{what}" for kind in ("elemwise", "broadcast") for what in ("add", "sub")),
    *("_plus", "_Plus", "_minus", "_Minus", "_plus_scalar", "_minus_scalar", "_rminus_scalar"),
    *("_PlusScalar", "_MinusScalar", "_RMinusScalar"),
}
"""Operators that subtract a mean, however that is written."""


def find_image(graph: Graph, maps: Sequence[Entry], arrays: Arrays) -> int:
    """Return the place of the variable that is the image: no array is kept for it.

    Raises
    ------
    NotUnderstoodError
        If there is none, or several that may be it, or it is not square.
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
    _check_square(graph.nodes[found[0]])
    return found[0]


def work_on_pixels(graph: Graph, image: int, maps: Sequence[Entry]) -> list[Node]:
    """Return the nodes that change the image before a convolution sees it.

    Raises
    ------
    NotUnderstoodError
        If one of them puts its axes in another order.
    """
    touched, found = {image}, []
    for place in graph.needed(maps):
        node = graph.nodes[place]
        if node.op.startswith("Convolution") or touched.isdisjoint(e.node for e in node.inputs):
            continue
        if node.op in ("transpose", "SwapAxis"):
            text = _(
                "it takes an image as (height, width, channels): export the network with "
                "preprocess=None, layout='CHW'"
            )
            raise NotUnderstoodError(node, text)
        touched.add(place)
        if node.op not in (*PASSED_ON, "Dropout"):
            found.append(node)
    return found


def subtracts_mean(work: Sequence[Node]) -> bool:
    """Return whether one of the nodes shifts pixels by what does not depend on them."""
    return any(node.op in _SHIFTS for node in work)


def _check_square(image: Node) -> None:
    shape = [int(each) for each in image.numbers("__shape__")]
    if len(shape) == 4 and shape[1] == 3 and min(shape[2:]) > 0 and shape[2] != shape[3]:
        text = _(
            "its shape is {height}×{width} px (height × width), and only square inputs can be "
            "opened"
        )
        raise NotUnderstoodError(image, text.format(height=shape[2], width=shape[3]))
