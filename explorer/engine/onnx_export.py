"""A detector as an ONNX file, which programs without MXNet run."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorConfig
from explorer.files import write_contents
from explorer.i18n import _
from explorer.net.learning import forward
from explorer.net.runtime import Device
from explorer.net.toy_ssd import ToySSD
from explorer.ssd.probabilities import softmax

INSTALL = 'pip install "onnx>=1.17,<2"'

LARGEST_DIFFERENCE = 1e-3
"""Between two programs that sum in another order; a wrong layer makes more."""
_NUM_IMAGES = 2
"""Of random pixels, with which the file is tried; two show that it takes more than one."""

Outputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Exported:
    """How well the file that was written says what the network says."""

    reader: str
    """The program that ran it, with its version."""
    difference: float
    """The largest difference of a probability or offset from MXNet's, on random images."""


def export_onnx(
    path: Path, net: ToySSD, detector: DetectorConfig, device: Device, checksum: str
) -> Exported:
    """Write a network as ONNX, after running the file and comparing it with MXNet.

    What it takes and gives is told by `explorer.net.onnx_graph.toy_ssd_graph`. Its metadata has
    ``class_names`` and ``anchors`` as JSON, ``input_size``, ``variances`` as JSON, and
    ``weights_sha256``.

    Parameters
    ----------
    path : Path
        Replaced if it is there.
    detector : DetectorConfig
        Of that network.
    device : Device
        Where the network is.
    checksum : str
        The SHA-256 of its weights as hex.

    Raises
    ------
    ValueError
        If onnx is not installed, or the file does not say what MXNet says; nothing is written.
    OSError
        If the file cannot be written; `path` is then as it was.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ValueError(
            _("exporting needs the package onnx; install it with: {command}", command=INSTALL)
        )
    from explorer.net.onnx_graph import toy_ssd_graph

    size = detector.input_size
    images = np.random.default_rng(0).integers(0, 256, (_NUM_IMAGES, size, size, 3), np.uint8)
    said = forward(net, images, device)
    model = toy_ssd_graph(net, size, said.anchors, _metadata(detector, checksum))
    content: bytes = model.SerializeToString()
    wanted = {
        "class_prob": softmax(said.class_scores),
        "offsets": said.offsets,
        "anchors": np.stack([said.anchors] * _NUM_IMAGES),
    }
    reader, found = _run(content, images.transpose(0, 3, 1, 2).astype(np.float32), list(wanted))
    difference = max(float(np.abs(found[name] - wanted[name]).max()) for name in wanted)
    if not difference <= LARGEST_DIFFERENCE:
        raise ValueError(
            _(
                "{reader} computes something else than MXNet from the exported network (it differs "
                "by {difference:.1e}): nothing was written"
            ).format(reader=reader, difference=difference)
        )
    write_contents({path: content})
    return Exported(reader, difference)


def _metadata(detector: DetectorConfig, checksum: str) -> dict[str, str]:
    return {
        "class_names": json.dumps(detector.class_names),
        "input_size": str(detector.input_size),
        "variances": json.dumps(detector.variances),
        "anchors": detector.anchors.to_json(),
        "weights_sha256": checksum,
    }


def _run(content: bytes, blob: NDArray[np.float32], names: list[str]) -> tuple[str, Outputs]:
    """Run the model with ONNX's own runtime if that is installed, else with OpenCV."""
    outputs: Any
    if importlib.util.find_spec("onnxruntime") is not None:
        import onnxruntime  # type: ignore[import-untyped]

        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        outputs = session.run(names, {"image": blob})
        reader = f"onnxruntime {onnxruntime.__version__}"
    else:
        import cv2

        network = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        network.setInput(blob, "image")
        outputs = network.forward(names)
        reader = f"OpenCV {cv2.__version__}"
    return reader, dict(zip(names, outputs, strict=True))
