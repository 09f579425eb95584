"""In which precision a graph computes: single, as everything here does."""

from __future__ import annotations

from explorer.i18n import _
from explorer.mxnet_files.graph import Graph, Node
from explorer.mxnet_files.ssd_graph.decoder import Decoder
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError, read_each

_CASTS = ("Cast", "amp_cast")
_SINGLE = "float32"


def check_precision(graph: Graph, decoder: Decoder) -> None:
    """Raise `NotUnderstoodError` by each node whose predictions are turned into another type."""
    predictions = [decoder.anchors, decoder.scores.entry, decoder.offsets]

    def check(node: Node) -> None:
        dtype = node.attributes.get("dtype", _SINGLE)
        if node.op in _CASTS and dtype != _SINGLE:
            text = _("it computes in {dtype}, and only graphs of float32 can be opened")
            raise NotUnderstoodError(node, text.format(dtype=dtype))

    read_each(check, (graph.nodes[place] for place in graph.needed(predictions)))
