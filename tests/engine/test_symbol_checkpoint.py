"""Checkpoints of detectors that are graphs: the graph lies in the JSON, and a pair stays a pair."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer import Engine
from explorer.engine.checkpoint import load_checkpoint, save_checkpoint
from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint, description_bytes
from explorer.engine.warm_start import warm_start
from explorer.net.learning import forward
from explorer.net.runtime import choose_device
from explorer.net.symbol_network import SymbolNetwork
from tests.mxnet_files.families import detector_of, example_ssd, random_arrays
from tests.net.test_symbol_network import images_of, network

CPU = choose_device("cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    symbol = example_ssd("vgg16", 2, width=0.125)
    net, reading = network(symbol, random_arrays(symbol, 300), 300)
    path = tmp_path_factory.mktemp("graph") / "one.params"
    save_checkpoint(path, net, reading.detector, {"from": "a test"})
    return path


def test_it_predicts_the_same_bit_by_bit(tmp_path: Path) -> None:
    symbol, size, arrays = detector_of("ssd_512_mobilenet1.0_voc")
    net, reading = network(symbol, arrays, size)
    save_checkpoint(tmp_path / "a.params", net, reading.detector)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.params"]
    loaded, detector = load_checkpoint(tmp_path / "a.params", CPU, expected=reading.detector)
    assert isinstance(loaded, SymbolNetwork)
    assert detector == reading.detector
    images = images_of(size, 2)
    for ours, theirs in zip(forward(loaded, images, CPU), forward(net, images, CPU), strict=True):
        assert np.array_equal(ours, theirs)
    save_checkpoint(tmp_path / "b.params", loaded, detector)
    for suffix in (".json", ".params"):
        first, second = ((tmp_path / name).with_suffix(suffix).read_bytes() for name in "ab")
        assert first == second


def test_the_engine_opens_it(saved: Path) -> None:
    engine = Engine.load(saved)
    assert engine.detector == describe_checkpoint(saved)[0]
    image = images_of(300, 1)[0]
    found = engine.detect(image, score_threshold=0.3)
    assert len(found) > 0
    assert len(engine.anchors()) == 8732
    with pytest.raises(ValueError, match="predicts, but cannot be trained"):
        engine.train_step(image[None], np.array([[[0, 0.1, 0.1, 0.5, 0.5]]], np.float32))


def rewritten(saved: Path, folder: Path, symbol: object) -> Path:
    """Return a copy whose JSON has another graph, and is what was written all the same."""
    path = folder / saved.name
    path.write_bytes(saved.read_bytes())
    detector, content = describe_checkpoint(saved)
    new = json.loads(description_bytes(detector, content["sha256"], content["about"]))
    del new["json_sha256"]
    if symbol is not None:
        new["symbol"] = symbol
    path.with_suffix(".json").write_text(json.dumps(new))
    return path


@pytest.mark.parametrize(
    ("symbol", "why"),
    [
        (None, "'mxnet-symbol' cannot be built"),
        (7, "it was not written beside a checkpoint"),
        ("{", "it is not JSON, so it is no graph"),
        ('{"nodes": [], "heads": [[3, 0, 0]]}', "it takes from node 3"),
    ],
)
def test_a_graph_that_is_none_is_refused(
    saved: Path, tmp_path: Path, symbol: object, why: str
) -> None:
    with pytest.raises(CheckpointError, match=why):
        load_checkpoint(rewritten(saved, tmp_path, symbol), CPU)


def test_a_graph_that_is_too_large_is_not_saved(saved: Path) -> None:
    detector, content = describe_checkpoint(saved)
    with pytest.raises(CheckpointError, match="larger than 4 MB: nothing was saved"):
        description_bytes(detector, content["sha256"], {}, " " * (4 * 2**20))


def test_its_weights_are_no_beginning_of_a_training(saved: Path) -> None:
    engine = Engine(("a", "b"), "toy-ssd", input_size=256, device="cpu")
    with pytest.raises(CheckpointError, match="weights of mxnet-symbol do not fit toy-ssd"):
        warm_start(engine.net, engine.detector, saved)
