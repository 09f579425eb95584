"""A ``.params`` file without a description of ours: which detector it is, as far as it says that.

What it does not say is proposed, and what was proposed is kept beside what was found, so that
whoever opens such a file can tell its user (`explorer.engine.foreign.proposals`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from explorer.config import (
    ARCHITECTURES,
    TOY_SSD_KEY,
    TUTORIAL_DETECTOR,
    DetectorConfig,
    DetectorHints,
    explain,
)
from explorer.engine.foreign.graph_beside import GraphBeside, anchors_beside, check_priors
from explorer.engine.foreign.graph_detector import plain_name, read_graph_detector, source_of
from explorer.engine.foreign.proposed_anchors import propose_anchors
from explorer.engine.foreign.told import MistoldError, check_anchors, check_classes
from explorer.engine.tutorial_detector import SHA1
from explorer.i18n import _
from explorer.mxnet_files.arrays import parse_arrays
from explorer.mxnet_files.bundle import Bundle, find_bundle, graph_name
from explorer.mxnet_files.errors import MxnetFileError, NotFiniteArrayError
from explorer.mxnet_files.graph import read_graph
from explorer.mxnet_files.ssd_graph.not_understood import NoSsdError
from explorer.mxnet_files.ssd_graph.reading import SsdReading
from explorer.mxnet_files.toy_ssd_weights import ToySSDWeights, read_toy_ssd

NO_HINTS = DetectorHints()

_TUTORIAL_INPUT_SIZE = 256
_OF_GLUON_CV = "anchor_generators."
"""In names of arrays that `save_parameters` of its SSDs writes."""


@dataclass(frozen=True)
class ForeignDetector:
    """A detector in a file that somebody else's program wrote."""

    detector: DetectorConfig
    weights: Mapping[str, NDArray[np.float32]]
    """By the names of the network that `detector` is."""
    sha256: str
    source: dict[str, Any]
    """JSON: "file", its name; "sha1"; "known", "tutorial" if it is that one, or None; "told" and
    "proposed", names of settings, and "order" if the arrays fit in two ways; "beside", the file of
    the graph that a ToySSD must compute the same as; of a detector that is a graph also what
    `explorer.engine.foreign.graph_detector.source_of` has.
    """
    reading: SsdReading | None = None
    """How its graph was read; None where the network is known without one."""
    beside: GraphBeside | None = None
    """Of a ToySSD, the graph that must compute the same; None where none lies there."""
    other_weights: tuple[Mapping[str, NDArray[np.float32]], ...] = ()
    """Of a ToySSD, `weights` by other readings, which that graph may decide for."""

    @property
    def description(self) -> dict[str, Any]:
        """What the JSON of a checkpoint would say, without a checksum."""
        return {
            "detector": self.detector.model_dump(mode="json"),
            "sha256": self.sha256,
            "about": {"source": self.source},
        }


def read_foreign(path: Path, hints: DetectorHints = NO_HINTS) -> ForeignDetector:
    """Open a file of MXNet's arrays as the detector that it is; MXNet is not needed.

    Where its graph lies beside it, that says what the detector is; without one, or if it only
    predicts and does not decode, the arrays must be ToySSD's.

    Parameters
    ----------
    path : path
        A ``.params``, or an archive of `explorer.mxnet_files.bundle`.

    Raises
    ------
    MxnetFileError
        If it is damaged or of an unknown network, or `hints` do not fit it.
    OSError
        If it cannot be read.
    """
    bundle = find_bundle(path)
    arrays = parse_arrays(bundle.params, path)
    try:
        found = _read(bundle, arrays, hints)
    except ValidationError as error:
        raise MxnetFileError(_("{path}: {error}", path=path, error=explain(error))) from error
    except MistoldError as error:
        text = _("what was told does not fit {path}: {error}")
        raise MxnetFileError(text.format(path=path, error=error)) from error
    except MxnetFileError as error:
        text = _("{path} is of no detector that can be opened: {error}")
        raise MxnetFileError(text.format(path=path, error=error)) from error
    return replace(found, source={"file": path.name, **found.source})


def _read(
    bundle: Bundle, arrays: Mapping[str, NDArray[Any]], hints: DetectorHints
) -> ForeignDetector:
    if bundle.graph is None:
        return _read_arrays(bundle, arrays, hints)
    try:
        reading, weights = read_graph_detector(bundle, arrays, hints)
    except NoSsdError as no_ssd:
        return _read_arrays(bundle, arrays, hints, no_ssd)
    check_classes(len(reading.detector.class_names), hints.class_names)
    detector = DetectorConfig.model_validate({**dict(reading.detector), **hints.told})
    found = source_of(bundle, reading, hints.told)
    source = _source(bundle, hints, {"known": None, "proposed": sorted(found["why"]), **found})
    return ForeignDetector(detector, weights, _sha256(bundle), source, reading)


def _read_arrays(
    bundle: Bundle,
    arrays: Mapping[str, NDArray[Any]],
    hints: DetectorHints,
    no_ssd: NoSsdError | None = None,
) -> ForeignDetector:
    """Return the ToySSD that the arrays are; `no_ssd` is why their graph says no more of it."""
    told = hints.told
    try:
        weights = read_toy_ssd(arrays, *_what_is_told(hints))
    except NotFiniteArrayError:
        raise
    except MxnetFileError as error:
        raise no_ssd or _without_graph(bundle, arrays, error) from error
    known = TUTORIAL_DETECTOR if _sha1(bundle) == SHA1 else None
    proposed = _propose(weights, known, told)
    graph = None if bundle.graph is None else read_graph(bundle.graph)
    made = None if graph is None else anchors_beside(graph, weights.num_anchors)
    said = {} if made is None else {"anchors": made}
    if made is not None and hints.anchors not in (None, made):
        raise MistoldError(_("its anchors stand in its graph: nothing else can be told of them"))
    detector = DetectorConfig.model_validate({**proposed, **said, **told})
    check_classes(weights.num_classes, detector.class_names)
    check_anchors(weights.num_anchors, tuple(each.num_anchors for each in detector.anchors.layers))
    if graph is not None:
        check_priors(graph, detector)
    open_ = proposed.keys() - said.keys() - told.keys()
    guessed = {*open_, *([] if weights.is_only_reading else ["order"])}
    source = _source(bundle, hints, {"known": known, "proposed": [] if known else sorted(guessed)})
    beside = None
    if bundle.graph is not None:
        source["beside"] = bundle.graph_name
        named = {plain_name(name): array for name, array in arrays.items()}
        beside = GraphBeside(bundle.graph_name, bundle.graph, named)
    return ForeignDetector(
        detector,
        weights.arrays,
        _sha256(bundle),
        source,
        beside=beside,
        other_weights=weights.others,
    )


def _without_graph(
    bundle: Bundle, arrays: Mapping[str, NDArray[Any]], error: MxnetFileError
) -> MxnetFileError:
    """Return why arrays alone do not open, with what is missing."""
    name = graph_name(bundle.name)
    text = _("{error}; no {name} lies beside it")
    if any(_OF_GLUON_CV in array for array in arrays):
        text = _("{error}; no {name} lies beside it: net.export({stem!r}) of GluonCV writes it")
    stem = name.removesuffix("-symbol.json")
    return MxnetFileError(text.format(error=error, name=name, stem=stem))


def _source(bundle: Bundle, hints: DetectorHints, found: dict[str, Any]) -> dict[str, Any]:
    return {"sha1": _sha1(bundle), "told": sorted(hints.told), **found}


def _sha256(bundle: Bundle) -> str:
    return hashlib.sha256(bundle.content).hexdigest()


def _sha1(bundle: Bundle) -> str:
    return hashlib.sha1(bundle.content, usedforsecurity=False).hexdigest()


def _what_is_told(hints: DetectorHints) -> tuple[int | None, tuple[int, ...] | None]:
    num_classes = None if hints.class_names is None else len(hints.class_names)
    if hints.anchors is None:
        return num_classes, None
    return num_classes, tuple(layer.num_anchors for layer in hints.anchors.layers)


def _propose(weights: ToySSDWeights, known: str | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that a ToySSD's arrays do not say, by name."""
    class_names = [f"class {number}" for number in range(weights.num_classes)]
    anchors = told.get("anchors") or propose_anchors(weights.num_anchors)
    least = ARCHITECTURES[TOY_SSD_KEY].least_side_px(len(weights.num_anchors))
    usual = DetectorConfig.model_fields
    return {
        "class_names": ["pikachu"] if known == TUTORIAL_DETECTOR else class_names,
        "anchors": anchors,
        "input_size": max(_TUTORIAL_INPUT_SIZE, least),
        **{name: usual[name].default for name in ("channel_order", "pixel_mean", "pixel_std")},
    }
