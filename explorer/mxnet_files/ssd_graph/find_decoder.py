"""Where a graph ends as a detector."""

from __future__ import annotations

from explorer.i18n import _
from explorer.mxnet_files.graph import Graph
from explorer.mxnet_files.ssd_graph.decoder import Decoder
from explorer.mxnet_files.ssd_graph.gluon_cv import BOX_NMS, of_gluon_cv
from explorer.mxnet_files.ssd_graph.multi_box import of_multi_box, of_training
from explorer.mxnet_files.ssd_graph.not_understood import NoSsdError, NotUnderstoodError

_DECODING = {"_contrib_MultiBoxDetection": of_multi_box, BOX_NMS: of_gluon_cv}
_TRAINING = {"_contrib_MultiBoxTarget": of_training}
"""Who reads an end, by the operator that it is found by: the first that is there counts."""


def find_decoder(graph: Graph) -> Decoder:
    """Return the decoding of a graph, or what would be there after training.

    Raises
    ------
    NoSsdError
        If it has none.
    NotUnderstoodError
        If it is not one that is known, or not the only one, by its node.
    """
    for ends in (_DECODING, _TRAINING):
        places = [place for place, node in enumerate(graph.nodes) if node.op in ends]
        for operator, read in ends.items():
            of_operator = [place for place in places if graph.nodes[place].op == operator]
            if of_operator:
                decoder = read(graph, of_operator[0])
                _check_alone(graph, places)
                return decoder
    text = _("the graph is no SSD: it has none of {operators}, which decode or train one")
    raise NoSsdError(text.format(operators=", ".join({**_DECODING, **_TRAINING})))


def _check_alone(graph: Graph, places: list[int]) -> None:
    if len(places) > 1:
        first, second = (graph.nodes[place] for place in places[:2])
        text = _("{first} does the same, so which of them counts is not known")
        raise NotUnderstoodError(second, text.format(first=first.said))
