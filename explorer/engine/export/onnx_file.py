"""A detector as an ONNX file, which programs without MXNet run."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectorConfig
from explorer.engine.decoding import class_probabilities
from explorer.engine.export.exported import Exported, Outputs, about, largest_difference, trial
from explorer.i18n import _
from explorer.net.networks import Network
from explorer.net.runtime import Device

INSTALL = 'pip install "onnx>=1.17,<2"'


def as_onnx(net: Network, detector: DetectorConfig, device: Device, checksum: str) -> Exported:
    """Return a network as ONNX, after running the file and comparing it with MXNet.

    What it takes and gives is told by `explorer.net.onnx.detector.detector_model`. Its metadata is
    `about` of `explorer.engine.export.exported`.

    Parameters
    ----------
    detector : DetectorConfig
        Of that network.
    device : Device
        Where the network is.
    checksum : str
        The SHA-256 of its weights as hex.

    Raises
    ------
    ValueError
        If onnx is not installed, or the file does not say what MXNet says.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ValueError(
            _("exporting needs the package onnx; install it with: {command}", command=INSTALL)
        )
    from explorer.net.onnx.detector import detector_model

    tried = trial(net, detector, device)
    said = tried.said
    wanted = {
        "class_prob": class_probabilities(detector, said),
        "offsets": said.offsets,
        "anchors": np.stack([said.anchors] * len(tried.images)),
    }
    model = detector_model(net, detector, said.anchors, about(detector, checksum))
    content: bytes = model.SerializeToString()
    reader, found = _run(content, tried.images.transpose(0, 3, 1, 2).astype(np.float32), wanted)
    return Exported({".onnx": content}, reader, largest_difference(reader, found, wanted))


def _run(content: bytes, blob: NDArray[np.float32], wanted: Outputs) -> tuple[str, Outputs]:
    """Run the model with ONNX's own runtime if that is installed, else with OpenCV."""
    outputs: Any
    names = list(wanted)
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
