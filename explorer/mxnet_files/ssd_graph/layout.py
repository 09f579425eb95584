"""Operators that only move numbers about, done with numpy: where does each number come from?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError, read_each

Array = NDArray[Any]

PASSED_ON = ("_copy", "identity", "BlockGrad", "MakeLoss", "Cast", "amp_cast")
"""Operators that give what they take; `MakeLoss` and `BlockGrad` matter to training alone."""


def _reshaped(node: Node, array: Array) -> Array:
    """Return the array in MXNet's notation of shapes: 0 keeps a side, -2 to -4 join or split."""
    wanted = [int(each) for each in node.numbers("shape")]
    if not wanted or node.value("reverse", False):
        raise NotUnderstoodError(node, _("its shape is written in an uncommon way"))
    given, codes = list(array.shape), list(wanted)
    shape: list[int] = []
    while codes:
        code = codes.pop(0)
        if code == -2:
            shape, given = shape + given, []
        elif code == -3:
            shape.append(given.pop(0) * given.pop(0))
        elif code == -4:
            side, first, second = given.pop(0), codes.pop(0), codes.pop(0)
            shape += [first if first > 0 else side // second, second if second > 0 else -1]
        else:
            side = given.pop(0) if given else 1
            shape.append(side if code == 0 else code)
    return array.reshape(shape)


def _transposed(node: Node, array: Array) -> Array:
    axes = [int(each) for each in node.numbers("axes")]
    return array.transpose(axes or None)


def _swapped(node: Node, array: Array) -> Array:
    return array.swapaxes(int(node.value("dim1", 0)), int(node.value("dim2", 0)))


_MOVES: Mapping[str, Callable[[Node, Array], Array]] = {
    "Flatten": lambda _node, array: array.reshape(len(array), -1),
    "Reshape": _reshaped,
    "SwapAxis": _swapped,
    "expand_dims": lambda node, array: np.expand_dims(array, int(node.value("axis", 0))),
    "transpose": _transposed,
    **dict.fromkeys(PASSED_ON, lambda _node, array: array),
}
_JOIN = "Concat"
_MOST_SOURCES = 20_000
"""A node that joins itself, again and again, has more than there are atoms."""


def sources(graph: Graph, entry: Entry, operators: tuple[str, ...], why: str) -> list[Entry]:
    """Return what an output's numbers come from, in the order in which they are joined.

    Raises
    ------
    NotUnderstoodError
        Says `why` of each that is none of the `operators`.
    """
    found: list[Entry] = []
    waiting = [entry]
    while waiting:
        entry = waiting.pop()
        node = graph[entry]
        if node.op == _JOIN:
            waiting += reversed(node.inputs)
        elif node.op in _MOVES:
            waiting.append(node.first)
        else:
            found.append(entry)
        if len(found) + len(waiting) > _MOST_SOURCES:
            raise NotUnderstoodError(graph[entry], _("too much is joined behind it"))

    def check(each: Entry) -> None:
        if graph[each].op not in operators:
            raise NotUnderstoodError(graph[each], why)

    read_each(check, dict.fromkeys(found))
    return found


def arranged(graph: Graph, entry: Entry, arrays: Mapping[Entry, Array]) -> Array:
    """Return an output, computed from what its `sources` are.

    Raises
    ------
    NotUnderstoodError
        If a node cannot be done with arrays of these shapes.
    """
    known = dict(arrays)
    for place in graph.needed([entry]):
        node, own = graph.nodes[place], Entry(place)
        if own in known or not all(each in known for each in node.inputs) or not node.inputs:
            continue
        given = [known[each] for each in node.inputs]
        try:
            if node.op == _JOIN:
                known[own] = np.concatenate(given, axis=int(node.value("dim", 1)))
            elif node.op in _MOVES:
                known[own] = _MOVES[node.op](node, given[0])
        except (ValueError, IndexError, ZeroDivisionError, OverflowError) as error:
            raise NotUnderstoodError(node, str(error)) from error
    if entry not in known:
        raise NotUnderstoodError(graph[entry], _("what it takes is not known"))
    return known[entry]
