"""Where a graph ends as a detector."""

from __future__ import annotations

from explorer.i18n import _
from explorer.mxnet_files.graph import Graph
from explorer.mxnet_files.ssd_graph.decoder import Decoder
from explorer.mxnet_files.ssd_graph.gluon_cv import BOX_NMS, of_gluon_cv
from explorer.mxnet_files.ssd_graph.multi_box import of_multi_box, of_training
from explorer.mxnet_files.ssd_graph.not_understood import NoSsdError

_ENDS = {
    "_contrib_MultiBoxDetection": of_multi_box,
    BOX_NMS: of_gluon_cv,
    "_contrib_MultiBoxTarget": of_training,
}
"""Who reads a decoding, by the operator that it is found by: the first that is there counts."""


def find_decoder(graph: Graph) -> Decoder:
    """Return the decoding of a graph, or what would be there after training.

    Raises
    ------
    NoSsdError
        If it has none.
    NotUnderstoodError
        If it is not one that is known, by its node.
    """
    place_of = {node.op: place for place, node in enumerate(graph.nodes)}
    for operator, read in _ENDS.items():
        if operator in place_of:
            return read(graph, place_of[operator])
    text = _("the graph is no SSD: it has none of {operators}, which decode or train one")
    raise NoSsdError(text.format(operators=", ".join(_ENDS)))
