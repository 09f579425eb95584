"""The PyTorch module that is written, run for real, against MXNet.

Where PyTorch is not installed (the extra `pytorch`), numpy stands in for it: `stand_in/torch.py`.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

import cv2
import numpy as np
import pytest
from safetensors import safe_open

from explorer.config import TOY_SSD, AnchorConfig, DetectorConfig
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.engine.export import torch_files
from explorer.engine.export.exported import Exported
from explorer.engine.export.torch_files import as_torch, module_source
from explorer.net.learning import forward
from explorer.net.runtime import mx
from explorer.net.toy_ssd import ToySSD, fuse_relu
from tests.engine.export.networks import CPU, IMAGES, THREE_LAYERS, TWO_LAYERS, network
from tests.places import ROOT

STAND_IN = Path(__file__).parent / "stand_in"
SHIPPED = ROOT / "data" / "pretrained" / "creature.params"
OWN_PIXELS = {"channel_order": "bgr", "pixel_mean": (1, 20, 50), "pixel_std": (60, 40, 50)}


@pytest.fixture(params=["PyTorch", "numpy"])
def torch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which of the two runs the module, here and in other processes."""
    if request.param == "PyTorch":
        return pytest.importorskip("torch", reason="the extra pytorch is not installed").__version__
    stand_in(monkeypatch)
    return "0"


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


def export(net: ToySSD, detector: DetectorConfig) -> Exported:
    return as_torch(net, detector, CPU, "f00d")


def run(folder: Path, exported: Exported, code: str, *arguments: str) -> str:
    """Run code beside the files, as a user's script, and return what it prints."""
    for ending, content in exported.contents.items():
        (folder / f"mine{ending}").write_bytes(content)
    (folder / "script.py").write_text(f"import sys, numpy, torch, mine\n{code}")
    done = subprocess.run(
        [sys.executable, "script.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("num_classes", "anchors", "settings"),
    [
        (1, TOY_SSD, {}),
        (3, THREE_LAYERS, OWN_PIXELS),
        (2, TWO_LAYERS, {"input_size": 75}),
    ],
    ids=["toy-ssd", "three layers", "two layers"],
)
def test_it_computes_what_mxnet_computes(
    tmp_path: Path, torch: str, num_classes: int, anchors: AnchorConfig, settings: dict[str, Any]
) -> None:
    net, detector = network(num_classes, anchors, **settings)
    exported = export(net, detector)
    assert exported.reader == f"PyTorch {torch}"
    assert exported.difference is not None
    assert 0 < exported.difference < 1e-4
    size = detector.input_size
    images = np.random.default_rng(1).integers(0, 256, (3, size, size, 3), np.uint8)
    np.save(tmp_path / "images.npy", images.transpose(0, 3, 1, 2).astype(np.float32))
    code = """
with torch.no_grad():
    said = mine.load()(torch.from_numpy(numpy.load("images.npy")))
numpy.savez("said.npz", *(each.numpy() for each in said))
"""
    run(tmp_path, exported, code)
    with np.load(tmp_path / "said.npz") as found:
        for given, wanted in zip(found.values(), forward(net, images, CPU), strict=True):
            assert given.shape == wanted.shape
            np.testing.assert_allclose(given, wanted, atol=1e-4)


def test_its_normalisation_matters() -> None:
    plain, own = network()[0], network(**OWN_PIXELS)[0]
    apart = forward(plain, IMAGES, CPU).offsets - forward(own, IMAGES, CPU).offsets
    assert np.abs(apart).max() > 0.01


def test_a_network_that_learns_with_joined_layers(torch: str) -> None:
    del torch
    net, detector = network()
    fuse_relu(net)
    difference = export(net, detector).difference
    assert difference is not None
    assert difference < 1e-4


def test_it_detects_alone_what_the_engine_detects(tmp_path: Path, torch: str) -> None:
    del torch
    engine = Engine.load(SHIPPED, "cpu")
    pictures = [sample.image for sample in map(open_dataset("sample", "val").__getitem__, range(3))]
    for size in ((512, 512), (411, 300), (90, 110), (200, 300), (1000, 701)):
        pictures.append(cv2.resize(pictures[0], size))
    np.savez(tmp_path / "pictures.npz", *pictures)
    code = """
detector = mine.load()
for picture in numpy.load("pictures.npz").values():
    found = detector.detect(picture, 0.4, 0.5)
    print([(each.class_name, each.score, each.box) for each in found])
"""
    printed = run(tmp_path, engine.as_torch("f00d"), code).splitlines()
    num_found = 0
    for line, picture in zip(printed, pictures, strict=True):
        found, wanted = (
            ast.literal_eval(line),
            engine.detect(picture, score_threshold=0.4, nms_iou_threshold=0.5),
        )
        height, width = picture.shape[:2]
        num_found += len(wanted)
        assert [name for name, *_ in found] == [engine.class_names[c] for c in wanted.class_id]
        # OpenCV enlarges with numbers of 11 bits.
        near = 1e-4 if min(picture.shape[:2]) >= 256 else 1e-3
        np.testing.assert_allclose([score for _, score, _ in found], wanted.score, atol=near)
        boxes = wanted.boxes * [width, height, width, height]
        np.testing.assert_allclose([box for *_, box in found], boxes, atol=0.05)
    assert num_found >= 8


def test_non_maximum_suppression_is_that_of_the_engine(tmp_path: Path, torch: str) -> None:
    """On many boxes of several classes, with low thresholds."""
    del torch
    _, detector = network(3, THREE_LAYERS)
    engine = Engine(detector.class_names, THREE_LAYERS, 64, device="cpu", seed=4)
    np.save(tmp_path / "picture.npy", IMAGES[0])
    code = (
        "print([tuple(each) for each in mine.load().detect(numpy.load('picture.npy'), 0.3, 0.3)])"
    )
    found = ast.literal_eval(run(tmp_path, engine.as_torch(""), code))
    wanted = engine.detect(IMAGES[0], score_threshold=0.3, nms_iou_threshold=0.3)
    assert len(set(wanted.class_id)) > 1
    assert len(wanted) < len(wanted.candidates)
    assert [name for name, *_ in found] == [engine.class_names[c] for c in wanted.class_id]
    np.testing.assert_allclose([box for *_, box in found], wanted.boxes * 64, atol=0.01)


def test_the_weights_say_what_they_are(tmp_path: Path) -> None:
    net, detector = network(3, THREE_LAYERS)
    path = tmp_path / "a.safetensors"
    path.write_bytes(export(net, detector).contents[".safetensors"])
    with safe_open(path, "numpy") as weights:
        about = weights.metadata()
        np.testing.assert_array_equal(
            weights.get_tensor("downsamples.0.1.weight"),
            net.downsamples[0][1].gamma.data().asnumpy(),
        )
        assert weights.get_tensor("class_preds.2.bias").shape == (3 * 4,)
    assert json.loads(about["class_names"]) == ["class 0", "class 1", "class 2"]
    assert about["input_size"] == "64"
    assert json.loads(about["variances"]) == [0.5, 0.5, 1.0, 1.0]
    assert AnchorConfig.model_validate_json(about["anchors"]) == THREE_LAYERS
    assert about["weights_sha256"] == "f00d"


def values_of(source: str) -> dict[str, Any]:
    return {
        line.targets[0].id: ast.literal_eval(line.value)
        for line in ast.parse(source).body
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
    }


@pytest.mark.parametrize(
    "class_names",
    [("a", "quo\"te's", "new\nline", "\\1 \\g<0>", "猫", "\ud800"), ("x" * 200, "y"), tuple("abc")],
)
def test_any_names_are_written_as_they_are(class_names: tuple[str, ...]) -> None:
    detector = DetectorConfig(class_names=class_names, variances=(0.1, 0.2, 0.3, 0.4), **OWN_PIXELS)
    source = module_source(detector)
    values = values_of(source)
    assert source.encode()
    assert values["CLASS_NAMES"] == class_names
    assert values["SIZES"] == tuple(layer.sizes for layer in TOY_SSD.layers)
    assert values["RATIOS"] == ((1.0, 2.0, 0.5),) * 5
    assert (values["INPUT_SIZE"], values["CHANNEL_ORDER"]) == (256, "bgr")
    assert (values["PIXEL_MEAN"], values["PIXEL_STD"]) == ((1, 20, 50), (60, 40, 50))
    assert values["VARIANCES"] == (0.1, 0.2, 0.3, 0.4)
    given = detector.with_(class_names=("a",))
    assert max(map(len, module_source(given).splitlines())) <= 100


def test_where_torch_is_missing_it_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    exported = export(*network())
    assert (exported.reader, exported.difference) == (None, None)
    assert set(exported.contents) == {".py", ".safetensors"}


def test_a_module_that_computes_something_else_is_refused(
    torch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, detector = network()
    right = torch_files.module_source
    wrong = detector.with_(pixel_mean=(123.0, 117.0, 124.0))
    monkeypatch.setattr(torch_files, "module_source", lambda _detector: right(wrong))
    with pytest.raises(
        ValueError,
        match=rf"PyTorch {re.escape(torch)} .* something else than MXNet .*nothing was written",
    ):
        export(net, detector)


def test_a_module_that_cannot_be_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch)
    monkeypatch.setattr(torch_files, "module_source", lambda _detector: "import nowhere_at_all")
    with pytest.raises(ValueError, match=r"nothing was written: .*nowhere_at_all"):
        export(*network())


def test_weights_that_are_not_finite_are_refused() -> None:
    net, detector = network()
    net.class_preds[0].bias.set_data(mx.nd.full(net.class_preds[0].bias.shape, np.nan))
    with pytest.raises(ValueError, match="finite"):
        export(net, detector)


def test_another_network_is_refused() -> None:
    net, detector = network()
    with pytest.raises(ValueError, match=r"only softmax .* as ONNX"):
        export(net, detector.with_(class_activation="sigmoid"))
    other = detector.with_(architecture="mxnet-symbol", feature_maps=detector.feature_maps)
    with pytest.raises(ValueError, match=r"only ToySSD .* is mxnet-symbol: export it as ONNX"):
        export(net, other)
