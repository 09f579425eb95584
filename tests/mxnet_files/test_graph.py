"""`explorer.mxnet_files.graph`: the JSON of symbols, in all of its spellings."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.mxnet_files.graph import MOST_BYTES, MOST_NODES, Entry, read_graph
from explorer.net.runtime import mx


def small_symbol() -> Any:
    data = mx.sym.Variable("data")
    conv = mx.sym.Convolution(data, num_filter=4, kernel=(3, 3), pad=(1, 1), name="conv")
    norm = mx.sym.BatchNorm(conv, name="norm")
    return mx.sym.Group([mx.sym.Flatten(norm, name="flat"), mx.sym.softmax(conv, name="soft")])


def respelled(written: str, spelling: str) -> dict[str, Any]:
    """Return a graph as earlier versions of MXNet wrote it."""
    content = json.loads(written)
    for node in content["nodes"]:
        attributes = node.pop("attrs", None)
        if attributes is not None:
            node[spelling] = attributes
        node["inputs"] = [each[:2] for each in node["inputs"]]
        node["backward_source_id"] = -1
    content["heads"] = [each[:2] for each in content["heads"]]
    del content["node_row_ptr"], content["attrs"]
    return content


@pytest.mark.parametrize("spelling", ["attrs", "attr", "param"])
def test_every_spelling_is_the_same_graph(spelling: str) -> None:
    written = small_symbol().tojson()
    graph, usual = read_graph(json.dumps(respelled(written, spelling))), read_graph(written)
    assert graph.nodes == usual.nodes
    assert graph.heads == usual.heads
    assert [node.name for node in graph.nodes if node.is_variable][:3] == [
        "data",
        "conv_weight",
        "conv_bias",
    ]
    conv = next(node for node in graph.nodes if node.name == "conv")
    assert conv.numbers("kernel") == (3, 3)
    assert conv.value("num_filter", 0) == 4
    assert conv.value("no_bias", False) is False
    assert conv.inputs == (Entry(0), Entry(1), Entry(2))


@pytest.mark.parametrize("spelling", ["attrs", "attr", "param"])
def test_mxnet_takes_what_was_cut(spelling: str) -> None:
    symbol = small_symbol()
    graph = read_graph(json.dumps(respelled(symbol.tojson(), spelling)))
    soft = graph.heads[1]
    cut = mx.sym.load_json(graph.cut([soft], {0: "image"}))
    assert cut.list_arguments() == ["image", "conv_weight", "conv_bias"]
    assert cut.list_auxiliary_states() == []
    random = np.random.default_rng(1)
    arrays = {"conv_weight": random.normal(size=(4, 3, 3, 3)), "conv_bias": random.normal(size=4)}
    image = random.normal(size=(1, 3, 5, 5))
    given = {name: mx.nd.array(each) for name, each in arrays.items()}
    found = cut.bind(mx.cpu(), {**given, "image": mx.nd.array(image)}).forward()[0]
    wanted = symbol.get_internals()["soft_output"]
    expected = wanted.bind(mx.cpu(), {**given, "data": mx.nd.array(image)}).forward()[0]
    assert np.array_equal(found.asnumpy(), expected.asnumpy())


def test_a_graph_that_no_one_needs_is_left_out() -> None:
    graph = read_graph(small_symbol().tojson())
    assert [graph.nodes[place].name for place in graph.needed([graph.heads[1]])] == [
        "data",
        "conv_weight",
        "conv_bias",
        "conv",
        "soft",
    ]
    conv = next(place for place, node in enumerate(graph.nodes) if node.name == "conv")
    users = {graph.nodes[place].name for place in graph.users(Entry(conv))}
    assert users == {"norm", "soft"}


def test_a_long_chain_needs_no_recursion() -> None:
    nodes: list[dict[str, Any]] = [{"op": "null", "name": "data", "inputs": []}]
    for place in range(1, 15_000):
        nodes.append({"op": "relu", "name": f"r{place}", "inputs": [[place - 1, 0, 0]]})
    graph = read_graph(json.dumps({"nodes": nodes, "heads": [[14_999, 0, 0]]}))
    assert len(graph.needed(graph.heads)) == 15_000


def changed(**changes: Any) -> str:
    variable = {"op": "null", "name": "data", "inputs": []}
    relu = {"op": "relu", "name": "r", "inputs": [[0, 0, 0]]} | changes.pop("relu", {})
    return json.dumps({"nodes": [variable, relu], "heads": [[1, 0, 0]], **changes})


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "no nodes and heads"),
        (json.dumps({"nodes": [], "heads": []}), "no heads"),
        (changed(heads=[]), "no heads"),
        (changed(heads=[[2, 0, 0]]), "the graph's heads: it takes from node 2"),
        (changed(nodes=[7]), "node 0 of the graph has no name"),
        (changed(nodes=[{"op": "null", "name": 3, "inputs": []}]), "node 0 of the graph"),
        (changed(relu={"inputs": [[1, 0, 0]]}), "r: it takes from node 1"),
        (changed(relu={"inputs": [[5, 0, 0]]}), "r: it takes from node 5"),
        (changed(relu={"inputs": [[-1, 0]]}), "r: an input is"),
        (changed(relu={"inputs": [["0", 0]]}), "r: an input is"),
        (changed(relu={"inputs": [[True, 0]]}), "r: an input is"),
        (changed(relu={"inputs": [0]}), "r: an input is"),
        (changed(relu={"attrs": [1]}), "r of the graph has attributes that are none"),
        (changed(nodes=[{}] * (MOST_NODES + 1)), "20,001 nodes, the limit is 20,000"),
        (" " * (MOST_BYTES + 1), "more than 16 MB"),
    ],
)
def test_what_is_no_graph_is_one_sentence(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        read_graph(written)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3", (3,)),
        ("0.5", (0.5,)),
        ("(1, 2)", (1, 2)),
        ("(1L, 2L)", (1, 2)),
        ("[0.1,0.2]", (0.1, 0.2)),
        ("()", ()),
        ("True", (True,)),
        ("false", (False,)),
        ("None", (9,)),
    ],
)
def test_attributes_are_numbers(text: str, values: tuple[float, ...]) -> None:
    node = read_graph(changed(relu={"attrs": {"x": text}})).nodes[1]
    assert node.numbers("x", (9,)) == values
    assert node.numbers("y", (9,)) == (9,)
    assert node.value("y", None) is None
    if len(values) == 1:
        assert node.value("x", 9) == values[0]


@pytest.mark.parametrize(
    "text",
    [
        "NCHW",
        "__import__('os')",
        "(1, 'a')",
        "[[1]]",
        "(" * 9_000,
        "1e999",
        "9" * 5_000,
        "nan",
        "1j",
    ],
)
def test_an_attribute_that_is_no_number_is_said(text: str) -> None:
    node = read_graph(changed(relu={"attrs": {"x": text}})).nodes[1]
    with pytest.raises(ValueError, match=r"r \(relu\): x is .*not understood"):
        node.value("x", 9)


def test_one_number_is_not_several() -> None:
    node = read_graph(changed(relu={"attrs": {"x": "(1, 2)"}})).nodes[1]
    with pytest.raises(ValueError, match=r"x is '\(1, 2\)', which is not understood"):
        node.value("x", 9)
