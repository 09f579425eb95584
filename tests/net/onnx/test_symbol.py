"""Each operator of MXNet's graphs in ONNX, run by onnxruntime, against MXNet's executor."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from explorer.net.onnx.graph_writer import FILE_VERSION, IMAGE, OPERATOR_SET, GraphWriter
from explorer.net.onnx.symbol import write_symbol
from explorer.net.runtime import mx

Shape = tuple[int, ...]


def weights_of(symbol: Any, shape: Shape, random: np.random.Generator) -> dict[str, Any]:
    """Return random weights that suit a symbol whose input has that shape; variances above 0."""
    arguments, _outputs, states = symbol.infer_shape(data=shape)
    names = [*symbol.list_arguments(), *symbol.list_auxiliary_states()]
    arrays = {}
    for name, each in zip(names, [*arguments, *states], strict=True):
        if name != "data":
            low = 0.5 if name.endswith("var") else -1.0
            arrays[name] = random.uniform(low, 1.5, each).astype(np.float32)
    return arrays


def by_mxnet(symbol: Any, data: Any, arrays: dict[str, Any]) -> list[Any]:
    given = {name: mx.nd.array(each) for name, each in {"data": data, **arrays}.items()}
    states = {name: given.pop(name) for name in symbol.list_auxiliary_states()}
    outputs = symbol.bind(mx.cpu(), given, aux_states=states).forward(is_train=False)
    return [each.asnumpy() for each in outputs]


def model_of(symbol: Any, shape: Shape, arrays: dict[str, Any]) -> onnx.ModelProto:
    writer = GraphWriter()
    wanted = range(len(symbol.list_outputs()))
    names = write_symbol(writer, symbol, arrays, {"data": (IMAGE, shape)}, wanted)
    # A value may be the image, or the same as another one.
    outputs = [writer.add("Identity", name) for name in names]
    floats = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        writer.nodes,
        "test",
        [helper.make_tensor_value_info(IMAGE, floats, ["batch", *shape[1:]])],
        [
            helper.make_tensor_value_info(name, floats, [None] * len(each))
            for name, each in zip(outputs, symbol.infer_shape(data=shape)[1], strict=True)
        ],
        writer.used_constants,
    )
    sets = [helper.make_opsetid("", OPERATOR_SET)]
    return helper.make_model(graph, opset_imports=sets, ir_version=FILE_VERSION)


def compare(symbol: Any, *sides: int, seed: int = 0, low: float = -2.0) -> None:
    """Compare both on one image and on three."""
    random = np.random.default_rng(seed)
    shape = (1, *sides)
    arrays = weights_of(symbol, shape, random)
    model = model_of(symbol, shape, arrays)
    onnx.checker.check_model(model, full_check=True)
    used = {name for node in model.graph.node for name in node.input}
    assert {each.name for each in model.graph.initializer} <= used
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for batch in (1, 3):
        data = random.uniform(low, 2.0, (batch, *sides)).astype(np.float32)
        found = session.run(None, {IMAGE: data})
        for each, wanted in zip(found, by_mxnet(symbol, data, arrays), strict=True):
            assert each.shape == wanted.shape
            np.testing.assert_allclose(each, wanted, rtol=1e-4, atol=1e-4)


data = mx.sym.Variable("data")
sym = mx.sym

seeds = st.integers(0, 2**32 - 1)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(max_examples=40)
@given(
    pairs,
    pairs,
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    pairs,
    st.sampled_from([1, 2, 4]),
    st.booleans(),
    seeds,
)
def test_convolution(
    kernel: Shape, stride: Shape, pad: Shape, dilate: Shape, groups: int, no_bias: bool, seed: int
) -> None:
    settings_ = {"kernel": kernel, "stride": stride, "pad": pad, "dilate": dilate}
    layer = sym.Convolution(data, num_filter=8, num_group=groups, no_bias=no_bias, **settings_)
    compare(layer, 4, 9, 11, seed=seed)


def test_convolution_with_nothing_said() -> None:
    compare(sym.Convolution(data, num_filter=2, kernel=(3, 2)), 3, 7, 7)
    compare(sym.Convolution(data, num_filter=2, kernel=(3,)), 3, 7)


@pytest.mark.parametrize("fix_gamma", [True, False])
@pytest.mark.parametrize("sides", [(3, 4, 5), (3,)])
def test_batch_norm(fix_gamma: bool, sides: Shape) -> None:
    compare(sym.BatchNorm(data, fix_gamma=fix_gamma, eps=0.02), *sides)
    compare(sym.BatchNorm(data, use_global_stats=True), *sides)


@settings(max_examples=80)
@given(
    st.sampled_from(["max", "avg", "sum"]),
    st.sampled_from(["valid", "full"]),
    st.booleans(),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    pairs,
    st.tuples(st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.integers(5, 9), st.integers(5, 9)),
    seeds,
)
def test_pooling(
    kind: str, convention: str, counts: bool, kernel: Shape, stride: Shape, pad: Shape,
    sides: Shape, seed: int,
) -> None:  # fmt: skip
    pad = tuple(min(p, k - 1) for p, k in zip(pad, kernel, strict=True))
    pool = sym.Pooling(
        data, pool_type=kind, pooling_convention=convention, count_include_pad=counts,
        kernel=kernel, stride=stride, pad=pad,
    )  # fmt: skip
    num = pool.infer_shape(data=(1, 2, *sides))[1][0][2:]
    last = [(n - 1) * step - p for n, step, p in zip(num, stride, pad, strict=True)]
    if any(first >= side for first, side in zip(last, sides, strict=True)):
        with pytest.raises(ValueError, match="last window has nothing in it"):
            compare(pool, 2, *sides, seed=seed)
    else:
        compare(pool, 2, *sides, seed=seed)


@pytest.mark.parametrize("kind", ["max", "avg", "sum"])
def test_global_pooling(kind: str) -> None:
    compare(sym.Pooling(data, global_pool=True, pool_type=kind, kernel=(2, 2)), 3, 5, 4)


def test_pooling_with_nothing_said() -> None:
    compare(sym.Pooling(data, kernel=(2, 2)), 3, 5, 4)


@pytest.mark.parametrize("mode", ["instance", "channel", "spatial"])
def test_l2_normalization(mode: str) -> None:
    compare(sym.L2Normalization(data, mode=mode, eps=0.1), 3, 5, 4)
    compare(sym.L2Normalization(data), 3, 5, 4)


@pytest.mark.parametrize("kind", ["relu", "sigmoid", "softrelu", "softsign", "tanh"])
def test_activation(kind: str) -> None:
    compare(sym.Activation(data, act_type=kind), 3, 5, 4)


@pytest.mark.parametrize("kind", ["leaky", "prelu", "elu", "selu", "gelu"])
@pytest.mark.parametrize("sides", [(3, 5, 4), (6,)])
def test_leaky_relu(kind: str, sides: Shape) -> None:
    compare(sym.LeakyReLU(data, act_type=kind), *sides)
    compare(sym.LeakyReLU(data, act_type=kind, slope=0.1), *sides)


def test_prelu_with_one_slope() -> None:
    slope = sym.Variable("gamma", shape=(1,))
    compare(sym.LeakyReLU(data, gamma=slope, act_type="prelu"), 3, 5, 4)


@pytest.mark.parametrize("flatten", [True, False])
@pytest.mark.parametrize("no_bias", [True, False])
def test_fully_connected(flatten: bool, no_bias: bool) -> None:
    compare(sym.FullyConnected(data, num_hidden=5, flatten=flatten, no_bias=no_bias), 3, 4, 2)


TWO = ["elemwise_add", "elemwise_sub", "elemwise_mul", "broadcast_add", "broadcast_sub",
       "broadcast_mul", "broadcast_maximum", "broadcast_minimum", "broadcast_div",
       "elemwise_div", "maximum", "minimum", "broadcast_power", "pow"]  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_two_arrays(name: str) -> None:
    other = sym.exp(data * 0.5)  # above 0
    compare(getattr(sym, name)(data + 3, other), 3, 5, 4)
    if "broadcast" in name:
        weight = sym.Variable("weight_var", shape=(1, 3, 1, 1))
        compare(getattr(sym, name)(data + 3, weight), 3, 5, 4)


@pytest.mark.parametrize(
    "value",
    [
        data + 3, data - 3, 3 - data, data * 3, data / 3, 3 / data, data**3, 3**data,
        sym.maximum(data, 0.7), sym.minimum(data, 0.7), sym.clip(data, 0.6, 1.2),
        sym.hard_sigmoid(data), sym.hard_sigmoid(data, alpha=0.3, beta=0.1), sym.square(data),
        sym.add_n(data, data * 2, data / 3), sym.add_n(data),
        sym.abs(data - 1), sym.exp(data), sym.log(data), -data, sym.negative(data),
        sym.relu(data - 1), sym.sigmoid(data), sym.softsign(data), sym.sqrt(data), sym.tanh(data),
    ],
    ids=lambda value: value.tojson().split('"op": ')[-1].split('"')[1] + value.name,
)  # fmt: skip
def test_numbers(value: Any) -> None:
    compare(value, 3, 5, 4, low=0.5)


@pytest.mark.parametrize(
    ("sides", "shape"),
    [
        ((6, 4, 5), (0, -1)),
        ((6, 4, 5), (0, 0, -1)),
        ((6, 4, 5), (0, 6, -1)),
        ((6, 4, 5), (0, -1, 3)),
        ((6, 4, 5), (-1, 4, 5)),
        ((6, 4, 5), (-2,)),
        ((6, 4, 5), (0, -3, 0)),
        ((6, 4, 5), (-3, 0, 0)),
        ((6, 4, 5), (0, -4, 2, -1, 0, 0)),
        ((6, 4, 5), (0, -4, -1, 2, -2)),
        ((6, 4, 5), (0, 0, -3)),
        ((6, 4, 5), (0, 0, -2)),
    ],
)
def test_reshape(sides: Shape, shape: Shape) -> None:
    compare(sym.Reshape(data, shape=shape), *sides)


def test_reshape_from_the_end() -> None:
    compare(sym.Reshape(data, shape=(-1, 0), reverse=True), 6, 4)


@pytest.mark.parametrize(
    "value",
    [
        sym.Flatten(data),
        sym.transpose(data, axes=(0, 2, 3, 1)),
        sym.transpose(sym.transpose(data)),
        sym.SwapAxis(data, dim1=1, dim2=3),
        sym.expand_dims(data, axis=1),
        sym.expand_dims(data, axis=-1),
        sym.squeeze(sym.slice_axis(data, axis=2, begin=1, end=2), axis=2),
        sym.reshape_like(sym.Flatten(data), data),
        sym.Concat(data, data * 2, dim=1),
        sym.Concat(data, data * 2, data, dim=-1),
        sym.slice_axis(data, axis=1, begin=1, end=None),
        sym.slice_axis(data, axis=-1, begin=-3, end=-1),
        sym.slice_axis(data, axis=2, begin=0, end=3),
        sym.slice_like(data, sym.slice_axis(data, axis=2, begin=0, end=3), axes=(2,)),
        sym.slice_like(data, sym.Pooling(data, kernel=(2, 2), stride=(2, 2)), axes=(-2, -1)),
        sym.slice_like(data, sym.Pooling(data, kernel=(2, 2), stride=(2, 2))),
        sym.slice_like(data, data * 2),
        sym.Dropout(data, p=0.5),
        sym.BlockGrad(data),
        sym.MakeLoss(data),
        sym.identity(data),
        sym.Cast(data, dtype="float32"),
        sym.SliceChannel(data, num_outputs=2, axis=1),
        sym.SliceChannel(data, num_outputs=4, axis=1, squeeze_axis=True),
        sym.softmax(data),
        sym.softmax(data, axis=1),
        sym.softmax(data, axis=1, temperature=3.0),
        sym.SoftmaxActivation(data, mode="channel"),
        sym.SoftmaxActivation(data),
    ],
    ids=lambda value: value.name,
)
def test_arrangement_and_softmax(value: Any) -> None:
    compare(value, 4, 5, 6)


def test_weights_may_be_worked_on() -> None:
    weight = sym.Variable("weight", shape=(1, 4, 6, 6))
    cut = sym.slice_like(weight, data, axes=(2, 3))
    compare(sym.broadcast_mul(cut * 2, sym.BlockGrad(data)), 4, 5, 3)
    compare(sym.slice_like(sym.reshape(weight, shape=(0, -1)), sym.Flatten(data), axes=(1,)), 9)


STEPS: list[Callable[[Any, int], Any]] = [
    lambda x, _place: sym.Convolution(x, num_filter=4, kernel=(3, 3), pad=(1, 1)),
    lambda x, _place: sym.BatchNorm(x, fix_gamma=False),
    lambda x, _place: sym.Activation(x, act_type="relu"),
    lambda x, _place: sym.Pooling(x, kernel=(2, 2), pool_type="max"),
    lambda x, _place: sym.Pooling(x, kernel=(3, 3), pad=(1, 1), pool_type="avg"),
    lambda x, _place: sym.L2Normalization(x + 0.1, mode="channel"),
    lambda x, _place: sym.transpose(x, axes=(0, 1, 3, 2)),
    lambda x, _place: sym.Concat(x, sym.sigmoid(x), dim=1),
    lambda x, _place: sym.LeakyReLU(x, act_type="prelu") + x,
    lambda x, _place: sym.Reshape(sym.Flatten(x), shape=(0, 2, -1, 2)),
    lambda x, place: sym.slice_axis(x * place, axis=1, begin=0, end=2),
    lambda x, _place: sym.slice_like(x, sym.slice_axis(x, axis=3, begin=0, end=2), axes=(3,)),
]


@settings(max_examples=60)
@given(st.lists(st.integers(0, len(STEPS) - 1), min_size=2, max_size=6), seeds)
def test_random_graphs(places: list[int], seed: int) -> None:
    value = data
    for place, step in enumerate(places, 1):
        try:
            longer = STEPS[step](value, place)
            longer.infer_shape(data=(1, 4, 6, 8))
        except mx.base.MXNetError:  # a map may have become too small, or odd
            continue
        value = longer
    if value is not data:
        compare(value, 4, 6, 8, seed=seed)


def test_only_what_is_wanted_is_written() -> None:
    unknown = sym.contrib.MultiBoxPrior(data, sizes=(0.5,))
    both = sym.Group([unknown, data * 2])
    writer = GraphWriter()
    write_symbol(writer, both, {}, {"data": (IMAGE, (1, 3, 4, 4))}, [1])
    assert [node.op_type for node in writer.nodes] == ["Mul"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            sym.contrib.MultiBoxPrior(sym.LRN(data, nsize=3, name="b"), name="a"),
            ["b (LRN), a (_contrib_MultiBoxPrior)"],
        ),
        (
            sym.Pooling(data, kernel=(2, 2), pool_type="lp", p_value=2, name="p"),
            ["p (Pooling)", "lp"],
        ),
        (sym.BatchNorm(data, axis=2, name="n"), ["n (BatchNorm)", "second"]),
        (sym.Cast(data, dtype="float16", name="c"), ["c (Cast)", "float16"]),
        (sym.slice_like(data, sym.slice_axis(data, axis=0, begin=0, end=1), name="s"), ["images"]),
    ],
)  # fmt: skip
def test_what_onnx_cannot_say_is_refused_by_node(value: Any, words: list[str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (compared below)
        model_of(value, (1, 3, 5, 5), weights_of(value, (1, 3, 5, 5), np.random.default_rng(0)))
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_an_array_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"not known: w$"):
        model_of(data * sym.Variable("w", shape=(1, 3)), (1, 3), {})
