"""Layers: convolution, pooling, normalisation, softmax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.i18n import _
from explorer.net.onnx.operators.call import Call, Operator


def _whole(values: Sequence[float]) -> list[int]:
    return [int(each) for each in values]


def _convolution(call: Call) -> str:
    node = call.node
    call.refuse_other("layout", "None", "None", "NCHW", "NCW", "NCDHW")
    kernel = _whole(node.numbers("kernel"))
    ones, zeros = (1,) * len(kernel), (0,) * len(kernel)
    pads = _whole(node.numbers("pad", zeros) or zeros)
    return call.add(
        "Conv",
        *(each.name for each in call.inputs[1:]),
        kernel_shape=kernel,
        strides=_whole(node.numbers("stride", ones) or ones),
        dilations=_whole(node.numbers("dilate", ones) or ones),
        pads=[*pads, *pads],  # at the beginning of each axis, then at its end
        group=int(node.value("num_group", 1)),
    )


def _fully_connected(call: Call) -> str:
    weight, *bias = (each.name for each in call.inputs[1:])
    rows = call.inputs[0].name
    if call.node.value("flatten", True):
        rows = call.add("Flatten", axis=1)
    turned = call.writer.add("Transpose", weight, perm=[1, 0])
    value = call.writer.add("MatMul", rows, turned)
    return call.writer.add("Add", value, *bias) if bias else value


def _batch_norm(call: Call) -> str:
    node, rank = call.node, len(call.inputs[0].shape)
    if call.axis("axis", 1) != 1 or rank < 2:
        raise call.refuse(_("its axis is not the second"))
    gamma, beta, mean, variance = (each.name for each in call.inputs[1:])
    if node.value("fix_gamma", True):
        gamma = call.writer.constant(np.ones(call.inputs[1].shape))
    eps = float(node.value("eps", 1e-3))
    return call.add("BatchNormalization", gamma, beta, mean, variance, epsilon=eps)


def _l2_normalization(call: Call) -> str:
    mode = call.refuse_other("mode", "instance", "instance", "channel", "spatial")
    rank = len(call.inputs[0].shape)
    axes = {"instance": range(1, rank), "channel": (1,), "spatial": range(2, rank)}[mode]
    squares = call.add("Mul", call.inputs[0].name)
    total = call.writer.add("ReduceSum", squares, call.integers(*axes), keepdims=1)
    positive = call.writer.add("Add", total, call.number(call.node.value("eps", 1e-10)))
    return call.add("Div", call.writer.add("Sqrt", positive))


def _pooling(call: Call) -> str:
    node = call.node
    kind = call.refuse_other("pool_type", "max", "max", "avg", "sum")
    call.refuse_other("layout", "None", "None", "NCHW", "NCW", "NCDHW")
    sides = call.inputs[0].shape[2:]
    if node.value("global_pool", False):
        value = call.add("GlobalMaxPool" if kind == "max" else "GlobalAveragePool")
        times = call.number(float(np.prod(sides)))
        return call.writer.add("Mul", value, times) if kind == "sum" else value
    kernel = _whole(node.numbers("kernel"))
    stride = _whole(node.numbers("stride", (1,) * len(kernel)) or (1,) * len(kernel))
    pad = _whole(node.numbers("pad", (0,) * len(kernel)) or (0,) * len(kernel))
    given = call.outputs[0].shape[2:]
    # How many numbers behind the last one the last window reaches, whatever the convention is.
    axes = list(zip(sides, given, kernel, stride, pad, strict=True))
    behind = [max(0, (n - 1) * step + k - side - p) for side, n, k, step, p in axes]
    if any(each >= k for each, k in zip(behind, kernel, strict=True)):
        raise call.refuse(_("its last window has nothing in it"))
    how = {"kernel_shape": kernel, "strides": stride, "pads": [*pad, *behind]}
    if kind == "max":
        return call.add("MaxPool", **how)
    value = call.add("AveragePool", **how, count_include_pad=1)
    whole = float(np.prod(kernel))
    counts = np.ones((1, 1))
    if kind == "avg":
        # MXNet divides by what of a window lies in the image, and in `pad` if that counts.
        edge = pad if node.value("count_include_pad", True) else [0] * len(pad)
        per_axis = [_counts(*axis, e) for axis, e in zip(axes, edge, strict=True)]
        counts = np.ones(())
        for each in per_axis:
            counts = np.multiply.outer(counts, each)
        if (counts == whole).all():
            return value
        counts = counts[None, None]
    return call.writer.add("Mul", value, call.writer.constant(whole / counts))


def _counts(side: int, num: int, kernel: int, stride: int, pad: int, edge: int) -> np.ndarray:
    """Return how many numbers of an axis, with `edge` more on both sides, each window has."""
    first = np.arange(num) * stride - pad
    return np.minimum(first + kernel, side + edge) - np.maximum(first, -edge)


def _softmax(call: Call) -> str:
    if call.node.value("use_length", False):
        raise call.refuse(_("it has lengths"))
    value = call.inputs[0].name
    temperature = call.node.value("temperature", None)
    if temperature not in (None, 1.0):
        value = call.add("Div", call.number(temperature))
    return call.writer.add("Softmax", value, axis=call.axis("axis", -1))


def _softmax_activation(call: Call) -> str:
    mode = call.refuse_other("mode", "instance", "instance", "channel")
    return call.add("Softmax", axis=1 if mode == "channel" else len(call.inputs[0].shape) - 1)


LAYERS: Mapping[str, Operator] = {
    "BatchNorm": _batch_norm,
    "Convolution": _convolution,
    "FullyConnected": _fully_connected,
    "L2Normalization": _l2_normalization,
    "Pooling": _pooling,
    "SoftmaxActivation": _softmax_activation,
    "softmax": _softmax,
}
