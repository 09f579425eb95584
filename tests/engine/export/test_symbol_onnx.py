"""Detectors that are graphs of MXNet, as ONNX: three families, with random weights."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

import cv2
import numpy as np
import onnxruntime
import pytest

from explorer.engine.decoding import class_probabilities
from explorer.engine.export.onnx_file import as_onnx
from explorer.net.learning import forward
from explorer.net.runtime import choose_device
from tests.mxnet_files.families import FAMILIES, detector_of
from tests.net.test_symbol_network import network

CPU = choose_device("cpu")
OUTPUTS = ["class_prob", "offsets", "anchors"]


def by_opencv(content: bytes, blob: Any) -> list[Any]:
    reader = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
    reader.setInput(blob, "image")
    return list(reader.forward(OUTPUTS))


def by_onnxruntime(content: bytes, blob: Any) -> list[Any]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return list(session.run(OUTPUTS, {"image": blob}))


@pytest.mark.parametrize("family", FAMILIES)
def test_other_programs_compute_what_mxnet_computes(family: str) -> None:
    symbol, size, arrays = detector_of(family)
    net, reading = network(symbol, arrays, size)
    detector = reading.detector
    exported = as_onnx(net, detector, CPU, "")
    assert exported.difference is not None
    assert exported.difference < 1e-4
    images = np.random.default_rng(5).integers(0, 256, (2, size, size, 3), np.uint8)
    said = forward(net, images, CPU)
    wanted = [class_probabilities(detector, said), said.offsets, np.stack([said.anchors] * 2)]
    blob = images.transpose(0, 3, 1, 2).astype(np.float32)
    for run in (by_onnxruntime, by_opencv):
        for found, each in zip(run(exported.contents[".onnx"], blob), wanted, strict=True):
            assert found.shape == each.shape
            np.testing.assert_allclose(found, each, atol=1e-4)
    assert np.ptp(wanted[0]) > 0.01
