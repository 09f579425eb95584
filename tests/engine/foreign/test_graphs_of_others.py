"""Detectors whose graph lies beside their weights open by their path, and become ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer import Engine
from explorer.config import TOY_SSD, AnchorConfig, DetectorHints
from explorer.engine.adoption import adopt
from explorer.engine.checkpoint import load_checkpoint
from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint, find_foreign
from explorer.engine.foreign.proposals import proposal_sentences
from explorer.files import sha256
from explorer.mxnet_files.ssd_graph.known_names import VOC_NAMES
from explorer.net.learning import forward
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import choose_device, mx
from explorer.net.symbol_network import SymbolNetwork
from explorer.net.toy_ssd import ToySSD
from tests.mxnet_files.families import (
    FAMILIES,
    detector_of,
    example_ssd,
    of_old,
    random_arrays,
    save_pair,
    save_sage_maker,
)
from tests.mxnet_files.tutorial_network import HybridNetwork, randomised
from tests.net.test_symbol_network import executed, images_of
from tests.places import ROOT

CPU = choose_device("cpu")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a VGG of example/ssd for two classes."""
    symbol = example_ssd("vgg16", 2, width=0.125)
    folder = tmp_path_factory.mktemp("small")
    return save_pair(folder, "ssd_300", symbol, random_arrays(symbol, 300))


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_opens_by_its_path(tmp_path: Path, family: str) -> None:
    symbol, size, arrays = detector_of(family)
    path = save_pair(tmp_path, f"{family}_{size}", symbol, arrays)
    detector, content = describe_checkpoint(path)
    assert detector.architecture == "mxnet-symbol"
    assert detector.input_size == size
    assert detector.class_names == VOC_NAMES
    assert content["sha256"] == sha256(path)
    source = content["about"]["source"]
    assert source["graph"] == f"{family}_{size}-symbol.json"
    assert source["proposed"] == sorted(source["why"])
    net, loaded = load_checkpoint(path, CPU)
    assert isinstance(net, SymbolNetwork)
    assert loaded == detector
    scores = forward(net, images_of(size, 1), CPU).class_scores
    assert scores.shape[2] == 21
    assert np.isfinite(scores).all()


def test_sentences_say_what_was_proposed_and_why(tmp_path: Path, small: Path) -> None:
    assert proposal_sentences(*describe_checkpoint(small)) == [
        "Proposed class names (class 0, class 1): No file says what they are called.",
        "Proposed input size: 300 px. The distance of the finest map's anchors says so.",
        "Proposed for pixels: RGB, mean 123 117 104, standard deviation 1 1 1. MXNet's own SSDs, "
        "as those of Amazon SageMaker, take pixels so.",
        "Its own decoding: score 0.01, IoU 0.5 in NMS.",
    ]
    symbol, _size, arrays = detector_of("resnet50")
    path = save_pair(tmp_path, "ssd_resnet50_512", symbol, arrays)
    hints = DetectorHints(class_names=VOC_NAMES, pixel_mean=(1.0, 2.0, 3.0))
    assert proposal_sentences(*describe_checkpoint(path, hints)) == [
        "Proposed input size: 512 px. The name of the file has that number.",
        "Proposed for pixels: RGB, standard deviation 1 1 1. MXNet's own SSDs, as those of Amazon "
        "SageMaker, take pixels so.",
        "The graph itself changes pixels first: bn_data (BatchNorm).",
        "Its own decoding: score 0.01, IoU 0.5 in NMS.",
    ]
    symbol, _size, arrays = detector_of("resnet50", nms_threshold=0.0)
    path = save_pair(tmp_path, "without_nms", symbol, arrays)
    assert proposal_sentences(*describe_checkpoint(path))[2:] == [
        "Proposed for pixels: RGB, mean 123 117 104, standard deviation 1 1 1. MXNet's own SSDs, "
        "as those of Amazon SageMaker, take pixels so, but this graph also changes them itself: "
        "if that is all, tell a mean of 0 0 0.",
        "The graph itself changes pixels first: bn_data (BatchNorm).",
        "Its own decoding: score 0.01, no NMS.",
    ]


def test_reading_one_needs_no_mxnet(small: Path) -> None:
    command = (
        "import sys; from pathlib import Path\n"
        "from explorer.engine.checkpoint_files import describe_checkpoint\n"
        "print(describe_checkpoint(Path(sys.argv[1]))[0].input_size, 'mxnet' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", command, small], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["300", "False"]


def test_hints_are_believed(small: Path) -> None:
    hints = DetectorHints(
        class_names=("cat", "dog"), input_size=332, channel_order="bgr", pixel_std=(2.0, 3.0, 4.0)
    )
    net, detector = load_checkpoint(small, CPU, hints=hints)
    assert detector.class_names == ("cat", "dog")
    assert detector.input_size == 332
    assert [each.shape[0] for each in detector.feature_maps] == [42, 21, 11, 6, 4, 2]
    assert detector.pixels.channel_order == "bgr"
    assert net.pixels == detector.pixels
    assert forward(net, images_of(332, 1), CPU).anchors.shape[0] == 10_724


@pytest.mark.parametrize(
    ("hints", "why"),
    [
        (DetectorHints(class_names=("cat",)), "it scores 2 classes, but 1 name was told"),
        (DetectorHints(anchors=TOY_SSD), "its anchors stand in its graph"),
        (DetectorHints(input_size=100), "no cell is left of its map: the input is too small"),
        (DetectorHints(pixel_std=(0.0, 1.0, 1.0)), "pixel_std"),
    ],
)
def test_hints_that_do_not_fit_are_refused(small: Path, hints: DetectorHints, why: str) -> None:
    with pytest.raises(CheckpointError, match=why):
        describe_checkpoint(small, hints)


def test_an_archive_of_sage_maker_opens(tmp_path: Path) -> None:
    symbol = example_ssd("vgg16", width=0.125, training=True)
    path = save_sage_maker(tmp_path, symbol, random_arrays(symbol, 300))
    detector, content = describe_checkpoint(path)
    assert detector.input_size == 300
    assert content["about"]["source"]["why"]["input_size"] == "hyperparameters"
    assert content["sha256"] == sha256(path)
    inside = load_checkpoint(tmp_path / "inside" / "model_algo_1-0000.params", CPU)[0]
    images = images_of(300, 1)
    from_archive = forward(load_checkpoint(path, CPU)[0], images, CPU)
    for ours, theirs in zip(from_archive, forward(inside, images, CPU), strict=True):
        assert np.array_equal(ours, theirs)


def test_one_that_is_adopted_says_the_same(tmp_path: Path) -> None:
    symbol, size, arrays = detector_of("ssd_512_mobilenet1.0_voc")
    path = save_pair(tmp_path / "theirs", "net", symbol, arrays)
    target = tmp_path / "ours" / "mobile.params"
    sentences = adopt(path, target, DetectorHints(class_names=tuple("abcdefghijklmnopqrst")))
    assert sentences[0].startswith("Proposed input size: 512 px.")
    assert sorted(each.name for each in target.parent.iterdir()) == [
        "mobile.json",
        "mobile.params",
    ]
    image = images_of(size, 1)[0]
    ours, theirs = Engine.load(target), Engine.load(path)
    found, expected = (each.detect(image, score_threshold=0.3) for each in (ours, theirs))
    assert len(found) == len(expected) > 3
    assert np.array_equal(found.boxes, expected.boxes)
    assert ours.class_names[0] == "a"
    assert theirs.class_names == VOC_NAMES


def test_engine_gives_what_the_graph_itself_detects(small: Path) -> None:
    engine = Engine.load(small)
    image = images_of(300, 1)[0]
    own = describe_checkpoint(small)[1]["about"]["source"]["detect"]
    found = engine.detect(image, score_threshold=own["score_threshold"], nms_iou_threshold=0.5)
    symbol = mx.sym.load(str(small).replace("-0000.params", "-symbol.json"))
    arrays = {k[4:]: v.asnumpy() for k, v in mx.nd.load(str(small)).items()}
    rows = executed(symbol, arrays, preprocess(image[None], engine.detector.pixels))[0][0]
    rows = rows[rows[:, 0] >= 0]
    assert len(found) == len(rows) > 20
    assert np.abs(found.boxes - rows[:, 2:]).max() < 1e-4


def written(folder: Path, small: Path, **changes: Any) -> Path:
    """Return a copy of a detector whose graph or arrays were changed."""
    folder.mkdir(exist_ok=True)
    path = folder / small.name
    arrays = mx.nd.load(str(small))
    for name in changes.get("drop", ()):
        del arrays[name]
    arrays.update(changes.get("add", {}))
    mx.nd.save(str(path), arrays)
    graph = Path(str(small).replace("-0000.params", "-symbol.json")).read_text()
    for old, new in changes.get("replace", {}).items():
        assert old in graph
        graph = graph.replace(old, new)
    (folder / "ssd_300-symbol.json").write_text(graph)
    return path


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"drop": ["arg:conv2_1_bias"]}, "1 array of its graph is missing: conv2_1_bias"),
        (
            {"add": {"arg:fc8_weight": mx.nd.zeros((2,)), "arg:x": mx.nd.zeros((2,))}},
            "2 arrays are not of its graph: fc8_weight, x",
        ),
        (
            {"add": {"arg:conv2_1_bias": mx.nd.zeros((3,))}},
            r"the array conv2_1_bias is \(3,\), and \(16,\) is needed",
        ),
        ({"replace": {'"nodes"': '"node"'}}, r"ssd_300-symbol\.json: it has no nodes and heads"),
        (
            {"replace": {'"op": "L2Normalization"': '"op": "Mystery"'}},
            r"1 node of its graph is not understood: first_norm \(Mystery\)",
        ),
        (
            {"replace": {"_contrib_MultiBoxDetection": "Mystery"}},
            "the graph is no SSD: it has none of _contrib_MultiBoxDetection",
        ),
    ],
)
def test_files_that_do_not_fit_are_one_sentence(
    tmp_path: Path, small: Path, changes: dict[str, Any], why: str
) -> None:
    path = written(tmp_path / "changed", small, **changes)
    with pytest.raises(CheckpointError, match=why) as caught:
        load_checkpoint(path, CPU)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match=r"is no whole \.tar\.gz"):
        describe_checkpoint(path)
    with pytest.raises(CheckpointError, match="does not exist"):
        describe_checkpoint(tmp_path / "other.tar.gz")


@pytest.mark.parametrize("spelling", ["param", "attr"])
@pytest.mark.parametrize("family", ["vgg16", "resnet50"])
def test_what_earlier_versions_wrote_opens(tmp_path: Path, family: str, spelling: str) -> None:
    symbol, size, arrays = detector_of(family)
    path = save_pair(tmp_path, f"old_{size}", symbol, arrays)
    images = images_of(size, 1)
    expected = forward(load_checkpoint(path, CPU)[0], images, CPU)
    graph = path.with_name(f"old_{size}-symbol.json")
    graph.write_text(of_old(graph.read_text(), spelling))
    for ours, theirs in zip(
        forward(load_checkpoint(path, CPU)[0], images, CPU), expected, strict=True
    ):
        assert np.array_equal(ours, theirs)


def test_an_exported_toy_ssd_stays_one_and_its_graph_tells_its_anchors(tmp_path: Path) -> None:
    net = randomised(HybridNetwork())
    net.hybridize()
    net(mx.nd.zeros((1, 3, 256, 256)))
    net.export(str(tmp_path / "ssd"), epoch=7)
    path = tmp_path / "ssd-0007.params"
    graph = json.loads((tmp_path / "ssd-symbol.json").read_text())
    sizes = iter(((0.1, 0.2), (0.3, 0.35), (0.4, 0.45), (0.6, 0.65), (0.8, 0.9)))
    expected = []
    for node in graph["nodes"]:
        if node["op"] == "_contrib_MultiBoxPrior":
            expected.append(next(sizes))
            node["attrs"]["sizes"] = str(expected[-1])
    (tmp_path / "ssd-symbol.json").write_text(json.dumps(graph))
    opened, detector = load_checkpoint(path, CPU)
    assert isinstance(opened, ToySSD)
    assert detector.anchors == AnchorConfig.of(expected, [1, 2, 0.5])
    foreign = find_foreign(path)
    assert foreign is not None
    assert "anchors" not in foreign.source["proposed"]
    assert "class_names" in foreign.source["proposed"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{", r"a-symbol\.json: it is not JSON"),
        ("version https://git-lfs.github.com/spec/v1\n", r"a-symbol\.json is a pointer of Git LFS"),
    ],
)
def test_a_graphs_file_is_said_by_name(tmp_path: Path, written: str, said: str) -> None:
    path = tmp_path / "a-0000.params"
    mx.nd.save(str(path), {"arg:x_weight": mx.nd.ones((1,))})
    (tmp_path / "a-symbol.json").write_text(written)
    with pytest.raises(CheckpointError, match=said):
        describe_checkpoint(path)
