"""`ssd-explorer export`, and what a program without MXNet makes of the file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from typer.testing import CliRunner, Result

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

from explorer.cli import app
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.engine.checkpoint import save_checkpoint
from tests.mxnet_files.families import example_ssd, random_arrays
from tests.net.test_symbol_network import network
from tests.places import ROOT

SHIPPED = ROOT / "data" / "pretrained" / "creature.params"
EXAMPLE = ROOT / "docs" / "detect_without_mxnet.py"

Export = Callable[..., Result]


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["export", *map(str, arguments)])

    return call


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A checkpoint that is quickly exported."""
    path = tmp_path / "small.params"
    Engine(("cat", "dög"), input_size=64, device="cpu").save(path)
    return path


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    for word in ("error: ", *words):
        assert word in line


def test_the_shipped_detector(export: Export, tmp_path: Path) -> None:
    done = export("--onnx", "new/creature.onnx")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    said = re.fullmatch(
        r"Exported new/creature\.onnx: largest difference from MXNet (\S+), "
        r"as onnxruntime [\d.]+ runs it\n",
        done.stderr,
    )
    assert said
    assert 0 < float(said[1]) < 1e-4
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["creature.onnx"]
    model = onnx.load(tmp_path / "new" / "creature.onnx")
    about = {prop.key: prop.value for prop in model.metadata_props}
    assert about["weights_sha256"] == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert json.loads(about["class_names"]) == ["creature"]


def test_a_checkpoint_that_is_named(export: Export, small: Path, tmp_path: Path) -> None:
    assert export("--onnx", "'=ü 1.onnx", "--checkpoint", small).exit_code == 0
    reader = cv2.dnn.readNetFromONNX(np.fromfile(tmp_path / "'=ü 1.onnx", np.uint8))
    reader.setInput(np.zeros((1, 3, 64, 64), np.float32), "image")
    assert reader.forward("class_prob").shape == (
        1,
        344,
        3,
    )  # four anchors in each of 64 + 16 + 4 + 1 + 1 cells


def test_a_file_that_is_there_is_replaced_only_with_force(
    export: Export, small: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"mine")
    refused(export("--onnx", path, "--checkpoint", small), "a.onnx", "--force")
    assert path.read_bytes() == b"mine"
    assert export("--onnx", path, "--checkpoint", small, "--force").exit_code == 0
    assert path.stat().st_size > 1_000_000


def test_the_checkpoint_is_never_overwritten(export: Export, small: Path) -> None:
    before = small.read_bytes(), small.with_suffix(".json").read_bytes()
    for path in (small, small.with_suffix(".json")):
        refused(export("--onnx", path, "--checkpoint", small, "--force"), "read by this command")
    assert (small.read_bytes(), small.with_suffix(".json").read_bytes()) == before


@pytest.mark.parametrize(
    ("given", "files"),
    [
        ("new", ["new/small_1.py", "new/small_1.safetensors"]),
        ("new/my.py", ["new/my.py", "new/my.safetensors"]),
        ("my.safetensors", ["my.py", "my.safetensors"]),
    ],
)
def test_for_pytorch_it_is_a_module_with_weights(
    export: Export,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    files: list[str],
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for ending in (".params", ".json"):
        small.with_suffix(ending).rename(tmp_path / f"small-1{ending}")
    done = export("--torch", given, "--checkpoint", "small-1.params")
    assert done.exit_code == 0, done.stderr
    assert " ".join(done.stderr.split()) == (
        f"Exported {', '.join(files)}; PyTorch is not installed here, so it was not run and "
        "compared with MXNet"
    )
    assert (tmp_path / files[0]).read_text().count("CLASS_NAMES = ('cat', 'dög')\n") == 1
    assert (tmp_path / files[1]).stat().st_size > 1_000_000


def test_a_graph_of_mxnet_leaves_as_onnx_alone(export: Export, tmp_path: Path) -> None:
    symbol = example_ssd("vgg16", 2, width=0.125)
    net, reading = network(symbol, random_arrays(symbol, 300), 300)
    save_checkpoint(tmp_path / "vgg.params", net, reading.detector)
    done = export("--onnx", "vgg.onnx", "--checkpoint", "vgg.params")
    assert done.exit_code == 0, done.stderr
    assert cv2.dnn.readNetFromONNX(str(tmp_path / "vgg.onnx")).getLayerNames()
    refused(export("--torch", "vgg.py", "--checkpoint", "vgg.params"), "only ToySSD", "ONNX")
    refused(export("--torch", "new/folder", "--checkpoint", "vgg.params"), "only ToySSD")
    assert not Path("new").exists()
    assert not list(tmp_path.glob("vgg.py"))


def test_two_exports_are_written_together_or_not_at_all(
    export: Export, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = ("--onnx", "a.onnx", "--torch", "a.py", "--checkpoint", small)
    weights = tmp_path / "a.safetensors"
    weights.write_bytes(b"mine")
    refused(export(*both), "a.safetensors", "--force")
    monkeypatch.setitem(sys.modules, "onnx", None)
    refused(export(*both, "--force"), "onnx")
    assert weights.read_bytes() == b"mine"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not (tmp_path / "a.py").exists()
    assert not (tmp_path / "a.onnx").exists()
    done = export(*both, "--force")
    assert done.exit_code == 0, done.stderr
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["a.onnx:", "a.py,"]
    assert weights.stat().st_size > 1_000_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ("--onnx FILE", "--torch PATH")),
        (["--onnx", "."], ("folder",)),
        (["--onnx", "small.params/a.onnx", "--checkpoint", "x.params"], ("small.params", "file")),
        (["--torch", "small.params/a.py", "--checkpoint", "x.params"], ("small.params", "file")),
        (["--onnx", "a.onnx", "--checkpoint", "none.params"], ("none.params", "not exist")),
        (["--onnx", "a.onnx", "--checkpoint", "damaged.params"], ("damaged.params", "damaged")),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    export: Export, small: Path, tmp_path: Path, arguments: list[str], words: tuple[str, ...]
) -> None:
    damaged = bytearray(small.read_bytes())
    damaged[1000] ^= 1
    (tmp_path / "damaged.params").write_bytes(damaged)
    (tmp_path / "damaged.json").write_bytes(small.with_suffix(".json").read_bytes())
    refused(export(*arguments), *words)
    assert not (tmp_path / "a.onnx").exists()


def test_without_onnx_it_says_what_to_install(
    export: Export, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    refused(export("--onnx", "a.onnx", "--checkpoint", small), "onnx", 'pip install "onnx')
    assert not (tmp_path / "a.onnx").exists()


def test_the_example_finds_without_mxnet_what_detect_finds(export: Export, tmp_path: Path) -> None:
    """It runs where importing MXNet, the explorer or OpenCV fails."""
    dataset = open_dataset("sample", "val")
    pictures = [tmp_path / f"{number}.png" for number in range(3)]
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(picture), dataset[number].image[:, :, ::-1])
    assert export("--onnx", "creature.onnx").exit_code == 0
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(
        "import sys\nsys.modules.update(dict.fromkeys(['mxnet', 'explorer', 'cv2', 'onnx']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "blocked")}
    blocked = subprocess.run(
        [sys.executable, "-c", "import mxnet"], env=environment, capture_output=True, check=False
    )
    assert b"import of mxnet halted" in blocked.stderr

    found = []
    for picture in pictures:
        done = subprocess.run(
            [sys.executable, EXAMPLE, "creature.onnx", picture.name],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        found += [(picture.name, *line.split()) for line in done.stdout.splitlines()]
    lines = CliRunner().invoke(
        app, ["detect", *(picture.name for picture in pictures), "--json", "--device", "cpu"]
    )
    wanted = [json.loads(line) for line in lines.stdout.splitlines()]
    assert len(wanted) >= 3
    assert [row[:2] for row in found] == [(row["image"], row["class"]) for row in wanted]
    for (*_, score, xmin, ymin, xmax, ymax), row in zip(found, wanted, strict=True):
        assert float(score) == pytest.approx(row["score"], abs=2e-4)
        np.testing.assert_allclose(
            [float(side) for side in (xmin, ymin, xmax, ymax)], row["box_px"], atol=0.11
        )


def test_the_example_is_short() -> None:
    code = EXAMPLE.read_text(encoding="utf-8").split('"""')[2].splitlines()
    assert len([line for line in code if line.strip() and not line.startswith("#")]) <= 30
