"""A detector as files, and how they were tried."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorConfig
from explorer.i18n import _
from explorer.net.learning import forward
from explorer.net.networks import Network
from explorer.net.runtime import Device
from explorer.ssd.predictions import Predictions

LARGEST_DIFFERENCE = 1e-3
"""Between two programs that sum in another order; a wrong layer makes more."""
_NUM_IMAGES = 2
"""Of random pixels, with which a file is tried; two show that it takes more than one."""

Outputs = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Trial:
    """What a file is tried with."""

    images: NDArray[np.uint8]
    """(B, H, W, 3) RGB, random."""
    said: Predictions
    """What MXNet says about them."""


@dataclass(frozen=True)
class Exported:
    """What is to be written, and how well it says what the network says."""

    contents: Mapping[str, bytes]
    """By the ending of the file's name."""
    reader: str | None
    """The program that ran it, with its version; None if none is installed."""
    difference: float | None
    """The largest difference of an output from MXNet's, on random images; None if not tried."""


def trial(net: Network, detector: DetectorConfig, device: Device) -> Trial:
    """Ask a network about images as large as its input."""
    size = detector.input_size
    images = np.random.default_rng(0).integers(0, 256, (_NUM_IMAGES, size, size, 3), np.uint8)
    return Trial(images, forward(net, images, device))


def largest_difference(reader: str, found: Outputs, wanted: Outputs) -> float:
    """Return how far another program's outputs are from MXNet's.

    Raises
    ------
    ValueError
        If that is too far.
    """
    difference = max(float(np.abs(found[name] - wanted[name]).max()) for name in wanted)
    if not difference <= LARGEST_DIFFERENCE:
        raise ValueError(
            _(
                "{reader} computes something else than MXNet from the exported network (it differs "
                "by {difference:.1e}): nothing was written"
            ).format(reader=reader, difference=difference)
        )
    return difference


def about(detector: DetectorConfig, checksum: str) -> dict[str, str]:
    """Return what a user should know beside the numbers.

    ``class_names``, ``anchors``, ``variances`` and ``multi_label`` as JSON, ``input_size``, and
    ``weights_sha256``.
    """
    return {
        "class_names": json.dumps(detector.class_names),
        "input_size": str(detector.input_size),
        "variances": json.dumps(detector.variances),
        "multi_label": json.dumps(detector.multi_label),
        "anchors": detector.anchors.to_json(),
        "weights_sha256": checksum,
    }
