"""MXNet's graph in ONNX's operators, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph, read_graph
from explorer.net.onnx.graph_writer import GraphWriter
from explorer.net.onnx.operators.arrangement import ARRANGEMENT
from explorer.net.onnx.operators.call import Call, Operator, Shape, Value
from explorer.net.onnx.operators.elementwise import ELEMENTWISE
from explorer.net.onnx.operators.layers import LAYERS

OPERATORS: Mapping[str, Operator] = {**ARRANGEMENT, **ELEMENTWISE, **LAYERS}
"""By their names in MXNet, as it writes them itself; it has several for some."""

Shapes = Mapping[Entry, Shape]


def write_symbol(
    writer: GraphWriter,
    symbol: Any,
    arrays: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, tuple[str, Shape]],
    wanted: Sequence[int],
) -> list[str]:
    """Add what some outputs of a symbol need, and return the names of their values.

    Parameters
    ----------
    symbol : mxnet.Symbol
    arrays : dict of str to array
        Its weights, by name.
    inputs : dict of str to (str, tuple of int)
        Of each input, the name of its value in ONNX's graph and the shape of one image's.
    wanted : sequence of int
        Which of the symbol's outputs.

    Raises
    ------
    ValueError
        If something cannot be written as ONNX: a sentence that names each such node.
    """
    graph = read_graph(symbol.tojson(remove_amp_cast=False))
    heads = [graph.heads[place] for place in wanted]
    needed = graph.needed(heads)
    _refuse_unknown(graph, needed, {*arrays, *inputs})
    one, two = (_shapes(symbol, graph, arrays, inputs, batch) for batch in (1, 2))
    values: dict[Entry, Value] = {}
    for place in needed:
        node = graph.nodes[place]
        entries = sorted(entry for entry in one if entry.node == place)
        outputs = [Value("", one[entry], two[entry]) for entry in entries]
        if not node.is_variable:
            given = [values[entry] for entry in node.inputs]
            made = OPERATORS[node.op](Call(writer, node, given, outputs))
            names = [made] if isinstance(made, str) else made
        elif node.name in inputs:
            names = [inputs[node.name][0]]
        else:
            names = [writer.constant(arrays[node.name], name=f"mxnet/{node.name}")]
        for entry, output, name in zip(entries, outputs, names, strict=False):
            values[entry] = output._replace(name=name)
    return [values[entry].name for entry in heads]


def _refuse_unknown(graph: Graph, needed: Sequence[int], known: set[str]) -> None:
    nodes = [graph.nodes[place] for place in needed]
    unknown = [each.said for each in nodes if not each.is_variable and each.op not in OPERATORS]
    if unknown:
        text = _("these nodes have no counterpart in ONNX that is known here: {nodes}")
        raise ValueError(text.format(nodes=", ".join(unknown)))
    missing = [each.name for each in nodes if each.is_variable and each.name not in known]
    if missing:
        raise ValueError(_("the graph takes what is not known: {names}", names=", ".join(missing)))


def _shapes(
    symbol: Any,
    graph: Graph,
    arrays: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, tuple[str, Shape]],
    batch: int,
) -> Shapes:
    """Return the shape of each output of each node, as MXNet works it out."""
    internals = symbol.get_internals()
    given = {name: (batch, *shape[1:]) for name, (_value, shape) in inputs.items()}
    given |= {name: np.shape(array) for name, array in arrays.items()}
    arguments = {*internals.list_arguments(), *internals.list_auxiliary_states()}
    known = {name: shape for name, shape in given.items() if name in arguments}
    _arguments, shapes, _states = internals.infer_shape(**known)
    places = {node.name: place for place, node in enumerate(graph.nodes)}
    found: dict[Entry, Shape] = {}
    named = ((internals[number].name, shape) for number, shape in enumerate(shapes))
    for name, outputs in groupby(named, key=lambda pair: pair[0]):
        for output, (_name, shape) in enumerate(outputs):
            found[Entry(places[name], output)] = shape
    return found
