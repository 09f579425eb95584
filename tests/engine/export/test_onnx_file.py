"""The exported file, run by onnxruntime and by OpenCV, against MXNet."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from explorer.config import TOY_SSD, AnchorConfig, DetectorConfig
from explorer.engine.export.exported import Exported
from explorer.engine.export.onnx_file import INSTALL, as_onnx
from explorer.net.learning import forward
from explorer.net.onnx.graph_writer import GraphWriter
from explorer.net.runtime import mx
from explorer.net.toy_ssd import ToySSD, fuse_relu
from explorer.ssd.probabilities import softmax
from tests.engine.export.networks import CPU, IMAGES, THREE_LAYERS, network
from tests.maps import toy_grid
from tests.test_project import PROJECT

OUTPUTS = ["class_prob", "offsets", "anchors"]


def export(path: Path, net: ToySSD, detector: DetectorConfig) -> Exported:
    exported = as_onnx(net, detector, CPU, "f00d")
    path.write_bytes(exported.contents[".onnx"])
    return exported


def said(net: ToySSD, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    predictions = forward(net, images, CPU)
    anchors = np.stack([predictions.anchors] * len(images))
    return [softmax(predictions.class_scores), predictions.offsets, anchors]


def blob(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.transpose(0, 3, 1, 2).astype(np.float32)


def by_onnxruntime(path: Path, images: NDArray[np.uint8]) -> list[Any]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return list(session.run(OUTPUTS, {"image": blob(images)}))


def by_opencv(path: Path, images: NDArray[np.uint8]) -> list[Any]:
    reader = cv2.dnn.readNetFromONNX(str(path))
    reader.setInput(blob(images), "image")
    return list(reader.forward(OUTPUTS))


@pytest.mark.parametrize("run", [by_onnxruntime, by_opencv])
@pytest.mark.parametrize("anchors", [TOY_SSD, THREE_LAYERS], ids=["toy-ssd", "three layers"])
def test_other_programs_compute_what_mxnet_computes(
    tmp_path: Path, run: Any, anchors: AnchorConfig
) -> None:
    net, detector = network(2, anchors)
    path = tmp_path / "net.onnx"
    exported = export(path, net, detector)
    assert 0 < exported.difference < 1e-4
    assert exported.reader == f"onnxruntime {onnxruntime.__version__}"
    for images in (IMAGES[:1], IMAGES):
        for found, wanted in zip(run(path, images), said(net, images), strict=True):
            assert found.shape == wanted.shape
            np.testing.assert_allclose(found, wanted, atol=2e-4)


@pytest.mark.parametrize("run", [by_onnxruntime, by_opencv])
def test_a_networks_own_normalisation_is_inside(tmp_path: Path, run: Any) -> None:
    net, detector = network(channel_order="bgr", pixel_mean=(1, 20, 50), pixel_std=(60, 40, 50))
    path = tmp_path / "net.onnx"
    export(path, net, detector)
    for found, wanted in zip(run(path, IMAGES), said(net, IMAGES), strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-4)
    plain = forward(network()[0], IMAGES, CPU)
    assert np.abs(said(net, IMAGES)[1] - plain.offsets).max() > 0.01


def test_it_says_which_anchors_and_classes_it_has(tmp_path: Path) -> None:
    net, detector = network(3, THREE_LAYERS)
    path = tmp_path / "net.onnx"
    export(path, net, detector)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [opset.version for opset in model.opset_import] == [13]
    about = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(about["class_names"]) == ["class 0", "class 1", "class 2"]
    assert about["input_size"] == "64"
    assert json.loads(about["variances"]) == [0.5, 0.5, 1.0, 1.0]
    assert AnchorConfig.model_validate_json(about["anchors"]) == THREE_LAYERS
    assert about["weights_sha256"] == "f00d"
    grid = toy_grid(THREE_LAYERS, (64, 64))
    np.testing.assert_allclose(by_onnxruntime(path, IMAGES[:1])[2][0], grid.boxes, atol=2e-7)


def test_a_network_that_learns_with_joined_layers(tmp_path: Path) -> None:
    net, detector = network()
    wanted = said(net, IMAGES)
    fuse_relu(net)
    net.hybridize(static_alloc=True, static_shape=True)
    export(tmp_path / "net.onnx", net, detector)
    for found, expected in zip(by_onnxruntime(tmp_path / "net.onnx", IMAGES), wanted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_opencv_judges_where_onnxruntime_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    exported = export(tmp_path / "net.onnx", *network())
    assert exported.reader == f"OpenCV {cv2.__version__}"
    assert 0 < exported.difference < 1e-4


@pytest.mark.parametrize("with_onnxruntime", [True, False])
def test_a_file_that_computes_something_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, with_onnxruntime: bool
) -> None:
    if not with_onnxruntime:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    right = GraphWriter.network_input
    monkeypatch.setattr(
        GraphWriter,
        "network_input",
        lambda writer, pixels: right(writer, pixels._replace(mean=(123.0, 117.0, 124.0))),
    )
    with pytest.raises(ValueError, match=r"something else than MXNet .*nothing was written"):
        as_onnx(*network(), CPU, "")


@pytest.mark.parametrize("run", [by_onnxruntime, by_opencv])
def test_a_class_activation_of_its_own(tmp_path: Path, run: Any) -> None:
    net, detector = network(class_activation="sigmoid")
    export(tmp_path / "net.onnx", net, detector)
    found, _offsets, _anchors = run(tmp_path / "net.onnx", IMAGES)
    scores = forward(net, IMAGES, CPU).class_scores
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-scores)), atol=2e-4)


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    net, detector = network()
    net.class_preds[0].bias.set_data(mx.nd.full(net.class_preds[0].bias.shape, np.nan))
    with pytest.raises(ValueError, match="finite"):
        export(tmp_path / "net.onnx", net, detector)
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ValueError, match="pip install") as raised:
        export(tmp_path / "net.onnx", *network())
    assert INSTALL in str(raised.value)
    (required,) = PROJECT["optional-dependencies"]["onnx"]
    assert f'pip install "{required.partition(";")[0]}"' == INSTALL


def test_a_layer_that_onnx_would_not_say_is_refused(tmp_path: Path) -> None:
    net, detector = network()
    net.body.add(mx.gluon.nn.Dropout(0.5))
    with pytest.raises(ValueError, match="Dropout"):
        export(tmp_path / "net.onnx", net, detector)
