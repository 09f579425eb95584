"""A detector whose graph lies beside its weights: what that says, instead of what is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorHints
from explorer.engine.foreign.told import MistoldError
from explorer.i18n import _, ngettext
from explorer.mxnet_files.bundle import Bundle
from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.graph import Graph, read_graph
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError
from explorer.mxnet_files.ssd_graph.reading import SsdReading, read_ssd
from explorer.plain_files import POINTER, is_pointer

Arrays = Mapping[str, NDArray[Any]]

_KINDS = ("arg:", "aux:")
"""What MXNet writes before the names of a graph's arrays."""


def read_graph_detector(
    bundle: Bundle, arrays: Arrays, hints: DetectorHints
) -> tuple[SsdReading, dict[str, NDArray[np.float32]]]:
    """Return what a graph says, and the arrays that its predictions need, by their names there.

    Raises
    ------
    NoSsdError
        If the graph decodes nothing and trains nothing.
    MxnetFileError
        If it is not understood, the arrays do not belong to it, or `hints` say something else.
    """
    graph = _graph_of(bundle)
    named = {plain_name(name): array for name, array in arrays.items()}
    try:
        reading = read_ssd(
            graph,
            named,
            input_size=hints.input_size,
            hyperparameters=bundle.hyperparameters,
            name=f"{bundle.graph_name} {bundle.name}",
        )
    except NotUnderstoodError as error:
        text = ngettext(
            "{n} node of its graph is not understood: {nodes}",
            "{n} nodes of its graph are not understood: {nodes}",
            len(error.sentences),
            nodes="; ".join(error.sentences),
        )
        raise MxnetFileError(text) from error
    if hints.anchors not in (None, reading.detector.anchors):
        raise MistoldError(_("its anchors stand in its graph: nothing else can be told of them"))
    return reading, _needed(graph, reading, named)


def source_of(bundle: Bundle, reading: SsdReading, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of how a graph was read, as JSON.

    Its keys are "graph", the name of its file; "why", a key of
    `explorer.mxnet_files.ssd_graph.proposals.REASONS` for each setting that was proposed; "detect"
    and "most_detections", how the graph itself decodes; "work_on_pixels", the nodes that change
    the image first.
    """
    proposed = {each.setting: each.why for each in reading.proposals}
    return {
        "graph": bundle.graph_name,
        "why": {name: why for name, why in proposed.items() if name not in told},
        "detect": reading.decoder.detect.model_dump(mode="json"),
        "most_detections": reading.decoder.most_detections,
        "work_on_pixels": list(reading.work_on_pixels),
    }


def _graph_of(bundle: Bundle) -> Graph:
    if is_pointer(bundle.graph or b""):
        raise MxnetFileError(_(POINTER, name=bundle.graph_name))
    try:
        return read_graph(bundle.graph or b"")
    except MxnetFileError as error:
        text = _("{path}: {error}", path=bundle.graph_name, error=error)
        raise MxnetFileError(text) from error


def _needed(graph: Graph, reading: SsdReading, named: Arrays) -> dict[str, NDArray[np.float32]]:
    decoder = reading.decoder
    places = graph.needed([decoder.anchors, decoder.scores.entry, decoder.offsets])
    image = graph.nodes[reading.image].name
    needed = [name for name in graph.variables(places) if name != image]
    if missing := [name for name in needed if name not in named]:
        text = ngettext(
            "{n} array of its graph is missing: {names}",
            "{n} arrays of its graph are missing: {names}",
            len(missing),
            names=_shown(missing),
        )
        raise MxnetFileError(text)
    known = set(graph.variables(range(len(graph.nodes))))
    if others := [name for name in named if name not in known]:
        text = ngettext(
            "{n} array is not of its graph: {names}",
            "{n} arrays are not of its graph: {names}",
            len(others),
            names=_shown(others),
        )
        raise MxnetFileError(text)
    return {name: np.asarray(named[name], np.float32) for name in needed}


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def plain_name(name: str) -> str:
    """Return what a graph calls an array of a file."""
    return name[4:] if name.startswith(_KINDS) else name
