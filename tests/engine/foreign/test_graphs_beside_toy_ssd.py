"""A graph without decoding beside a ToySSD's weights must compute what opens."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import CREATURE, TOY_SSD, DetectorHints
from explorer.engine.adoption import adopt
from explorer.engine.checkpoint import load_checkpoint
from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint
from explorer.engine.foreign.proposals import proposal_sentences
from explorer.net.learning import forward
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import choose_device, mx
from tests.mxnet_files.tutorial_network import ORDERS, HybridNetwork, randomised

CPU = choose_device("cpu")
IMAGES = np.random.default_rng(1).integers(0, 256, (1, 256, 256, 3), np.uint8)


def exported(
    folder: Path,
    end: Callable[..., Any] | None = None,
    num_classes: int = 2,
    order: str = "tutorial",
) -> tuple[Path, Any]:
    """Write a ToySSD with its graph, with other outputs where `end` makes them of its three."""

    class Network(HybridNetwork):
        def hybrid_forward(self, F: Any, x: Any) -> Any:
            made = super().hybrid_forward(F, x)
            return made if end is None else end(F, *made)

    net = randomised(Network(num_classes, order=order))
    net.hybridize()
    net(mx.nd.zeros((1, 3, 256, 256)))
    net.export(str(folder / "ssd"))
    return folder / "ssd-0000.params", net


def change_graph(path: Path, operator: str, attributes: dict[str, str], op: str = "") -> str:
    """Change all nodes of one operator; return the name of the first."""
    graph = path.with_name("ssd-symbol.json")
    content = json.loads(graph.read_text())
    nodes = [node for node in content["nodes"] if node["op"] == operator]
    for node in nodes:
        node["op"] = op or operator
        node["attrs"] = {**({} if op else node["attrs"]), **attributes}
    graph.write_text(json.dumps(content))
    return str(nodes[0]["name"])


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, CPU)
    return str(caught.value)


@pytest.mark.parametrize(
    ("operator", "attributes", "op"),
    [
        ("Activation", {"act_type": "tanh"}, ""),
        ("Activation", {"act_type": "leaky", "slope": "0.1"}, "LeakyReLU"),
        ("Pooling", {"pool_type": "avg"}, ""),
        ("BatchNorm", {"eps": "0.01"}, ""),
        ("BatchNorm", {"fix_gamma": "True"}, ""),
    ],
)
def test_another_layer_is_refused(
    tmp_path: Path, operator: str, attributes: dict[str, str], op: str
) -> None:
    path, _net = exported(tmp_path)
    load_checkpoint(path, CPU)
    change_graph(path, operator, attributes, op)
    assert refusal(path) == (
        f"{path}: the graph beside it, ssd-symbol.json, is not ToySSD as it is known here: "
        "it computes other class scores and offsets"
    )
    with pytest.raises(CheckpointError):
        adopt(path, tmp_path / "pets.params")
    assert not (tmp_path / "pets.params").exists()


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"steps": "(0.1, 0.1)"}, "steps 0.1 0.1, where those of ToySSD have 0.03125 0.03125"),
        ({"offsets": "(0.2, 0.2)"}, "offsets 0.2 0.2, where those of ToySSD have 0.5 0.5"),
        ({"clip": "True"}, "it cuts anchors at the border"),
    ],
)
def test_other_places_of_anchors_are_refused_by_their_node(
    tmp_path: Path, attributes: dict[str, str], why: str
) -> None:
    path, _net = exported(tmp_path)
    node = change_graph(path, "_contrib_MultiBoxPrior", attributes)
    with pytest.raises(CheckpointError) as caught:
        describe_checkpoint(path)
    assert f"{node} (_contrib_MultiBoxPrior): " in str(caught.value)
    assert str(caught.value).endswith(why)


@pytest.mark.parametrize(
    ("end", "wrong"),
    [
        (lambda F, a, c, b: (a, F.sigmoid(c), b), "class scores"),
        (lambda F, a, c, b: (a, c, b * 2), "offsets"),
        (lambda F, a, c, b: (a * 0.9, c, b), "anchors"),
        (lambda F, a, c, b: (a * 0.9, F.sigmoid(c), b * 2), "class scores, offsets and anchors"),
    ],
)
def test_what_differs_is_named(tmp_path: Path, end: Callable[..., Any], wrong: str) -> None:
    path, _net = exported(tmp_path, end)
    assert refusal(path).endswith(f"it computes other {wrong}")


@pytest.mark.parametrize(
    "end",
    [
        lambda F, a, c, b: (a, F.softmax(c), b),
        lambda F, a, c, b: (b, F.transpose(c, axes=(0, 2, 1)), a),
        lambda F, a, c, b: (F.flatten(c), F.reshape(b, shape=(0, -1, 4)), a),
        lambda F, a, c, b: (c, b),
    ],
)
def test_other_forms_of_the_same_outputs_open(tmp_path: Path, end: Callable[..., Any]) -> None:
    path, _net = exported(tmp_path, end)
    net, detector = load_checkpoint(path, CPU)
    assert net.notice == ""
    assert len(detector.class_names) == 2


@pytest.mark.parametrize("order", [each for each in ORDERS if each != "body first"])
def test_the_graph_decides_between_two_readings(tmp_path: Path, order: str) -> None:
    path, theirs = exported(tmp_path, num_classes=3, order=order)
    assert proposal_sentences(*describe_checkpoint(path))[-1] == (
        "Its layers fit in two ways: the graph beside it, ssd-symbol.json, says which is meant."
    )
    net, detector = load_checkpoint(path, CPU)
    found = forward(net, IMAGES, CPU)
    _anchors, scores, offsets = theirs(mx.nd.array(preprocess(IMAGES, detector.pixels)))
    np.testing.assert_allclose(found.class_scores, scores.asnumpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        found.offsets.reshape(1, -1), offsets.asnumpy(), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(
    ("end", "num_classes"),
    [
        (lambda F, a, c, b: F.concat(F.flatten(c), b, dim=1), 2),
        (lambda F, a, c, b: (F.flatten(c), b), 3),
    ],
)
def test_outputs_that_nobody_can_tell_are_said(
    tmp_path: Path, end: Callable[..., Any], num_classes: int
) -> None:
    path, _net = exported(tmp_path, end, num_classes)
    sentence = (
        "The graph beside it, ssd-symbol.json, was not compared with what opened: the shapes of "
        "its outputs do not say what they are."
    )
    if num_classes == 3:
        sentence += " Its layers fit in two ways: using the tutorial's order."
    net, _detector = load_checkpoint(path, CPU)
    assert net.notice == sentence
    assert adopt(path, tmp_path / "pets.params")[-1] == sentence


def test_a_graph_that_mxnet_does_not_run_is_said(tmp_path: Path) -> None:
    path, _net = exported(tmp_path)
    change_graph(path, "Activation", {}, "NoSuchOperator")
    assert load_checkpoint(path, CPU)[0].notice == (
        "The graph beside it, ssd-symbol.json, was not compared with what opened: MXNet does not "
        "run it."
    )


def test_other_anchors_than_those_of_the_graph_cannot_be_told(tmp_path: Path) -> None:
    path, _net = exported(tmp_path)
    assert describe_checkpoint(path, DetectorHints(anchors=TOY_SSD))[0].anchors == TOY_SSD
    with pytest.raises(CheckpointError) as caught:
        describe_checkpoint(path, DetectorHints(anchors=CREATURE))
    assert str(caught.value) == (
        f"what was told does not fit {path}: its anchors stand in its graph: nothing else can be "
        "told of them"
    )
