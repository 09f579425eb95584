"""A ``.params`` file without a description of ours: which detector it is, as far as it says that.

What it does not say is proposed, and what was proposed is kept beside what was found, so that
whoever opens such a file can tell its user (`explorer.engine.foreign.proposals`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
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
from explorer.engine.foreign.proposed_anchors import propose_anchors
from explorer.engine.tutorial_detector import SHA1
from explorer.i18n import _, ngettext
from explorer.mxnet_files.arrays import parse_arrays, read_arrays_file
from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.toy_ssd_weights import ToySSDWeights, read_toy_ssd

NO_HINTS = DetectorHints()

_TUTORIAL_INPUT_SIZE = 256


@dataclass(frozen=True)
class ForeignDetector:
    """A detector in a file that somebody else's program wrote."""

    detector: DetectorConfig
    weights: Mapping[str, NDArray[np.float32]]
    """By the names of the network that `detector` is."""
    sha256: str
    source: dict[str, Any]
    """JSON: "file", its name; "sha1"; "known", "tutorial" if it is that one, or None; "told" and
    "proposed", names of settings, and "order" if the arrays fit in two ways.
    """

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

    Raises
    ------
    MxnetFileError
        If it is damaged or of an unknown network, or `hints` do not fit it.
    OSError
        If it cannot be read.
    """
    content = read_arrays_file(path)
    arrays = parse_arrays(content, path)
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    told = hints.told
    try:
        weights = read_toy_ssd(arrays, *_what_is_told(hints))
        known = TUTORIAL_DETECTOR if sha1 == SHA1 else None
        proposed = _propose(weights, known, told)
        detector = DetectorConfig.model_validate({**proposed, **told})
        _check_told(weights, detector)
    except ValidationError as error:
        raise MxnetFileError(_("{path}: {error}", path=path, error=explain(error))) from error
    except MxnetFileError as error:
        text = _("{path} is of no detector that can be opened: {error}")
        raise MxnetFileError(text.format(path=path, error=error)) from error
    guessed = {*proposed.keys() - told.keys(), *([] if weights.is_only_reading else ["order"])}
    source = {
        "file": path.name,
        "sha1": sha1,
        "known": known,
        "told": sorted(told),
        "proposed": [] if known else sorted(guessed),
    }
    return ForeignDetector(detector, weights.arrays, hashlib.sha256(content).hexdigest(), source)


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


def _check_told(weights: ToySSDWeights, detector: DetectorConfig) -> None:
    """Refuse what was told where the arrays say otherwise."""
    if (told := len(detector.class_names)) != weights.num_classes:
        scored = ngettext("{n} class", "{n} classes", weights.num_classes)
        names = ngettext("{n} name was told", "{n} names were told", told)
        raise MxnetFileError(_("it scores {scored}, but {names}", scored=scored, names=names))
    given = tuple(layer.num_anchors for layer in detector.anchors.layers)
    if given != weights.num_anchors:
        text = _("a cell of its maps has {found} anchors, finest first, but {told} were told")
        found, names = (", ".join(map(str, each)) for each in (weights.num_anchors, given))
        raise MxnetFileError(text.format(found=found, told=names))
