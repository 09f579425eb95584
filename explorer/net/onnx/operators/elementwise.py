"""Operators that work number by number: arithmetic and activations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from explorer.net.onnx.operators.call import Call, Operator

_OF_TWO = {
    "Add": ("elemwise_add", "broadcast_add"),
    "Sub": ("elemwise_sub", "broadcast_sub"),
    "Mul": ("elemwise_mul", "broadcast_mul"),
    "Div": ("elemwise_div", "broadcast_div"),
    "Max": ("_maximum", "broadcast_maximum"),
    "Min": ("_minimum", "broadcast_minimum"),
    "Pow": ("_power", "broadcast_power"),
}
_OF_ONE = {
    "Abs": "abs",
    "Exp": "exp",
    "Log": "log",
    "Neg": "negative",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Softsign": "softsign",
    "Sqrt": "sqrt",
    "Tanh": "tanh",
}
_WITH_NUMBER = {
    "_plus_scalar": "Add",
    "_minus_scalar": "Sub",
    "_mul_scalar": "Mul",
    "_div_scalar": "Div",
    "_maximum_scalar": "Max",
    "_minimum_scalar": "Min",
    "_power_scalar": "Pow",
}
_NUMBER_FIRST = {"_rminus_scalar": "Sub", "_rdiv_scalar": "Div", "_rpower_scalar": "Pow"}
_ACTIVATIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "softrelu": "Softplus",
    "softsign": "Softsign",
    "tanh": "Tanh",
}


def _of_two(operator: str) -> Operator:
    return lambda call: call.add(operator, call.inputs[1].name)


def _of_one(operator: str) -> Operator:
    return lambda call: call.add(operator)


def _with_number(operator: str) -> Operator:
    return lambda call: call.add(operator, call.number(call.node.value("scalar", 1.0)))


def _number_first(operator: str) -> Operator:
    def write(call: Call) -> str:
        number = call.number(call.node.value("scalar", 1.0))
        return call.writer.add(operator, number, call.inputs[0].name)

    return write


def _square(call: Call) -> str:
    return call.add("Mul", call.inputs[0].name)


def _clip(call: Call) -> str:
    low, high = (call.number(call.node.value(name, 0.0)) for name in ("a_min", "a_max"))
    return call.add("Clip", low, high)


def _hard_sigmoid(call: Call) -> str:
    alpha, beta = call.node.value("alpha", 0.2), call.node.value("beta", 0.5)
    return call.add("HardSigmoid", alpha=float(alpha), beta=float(beta))


def _sum(call: Call) -> str:
    return call.add("Sum", *(each.name for each in call.inputs[1:]))


def _activation(call: Call) -> str:
    return call.add(_ACTIVATIONS[call.refuse_other("act_type", "relu", *_ACTIVATIONS)])


def _leaky(call: Call) -> str:
    kind = call.refuse_other("act_type", "leaky", "leaky", "prelu", "elu", "selu", "gelu")
    slope = float(call.node.value("slope", 0.25))
    if kind == "leaky":
        return call.add("LeakyRelu", alpha=slope)
    if kind == "prelu":
        return call.add("PRelu", _by_channel(call))
    if kind == "gelu":
        scaled = call.add("Mul", call.number(math.sqrt(0.5)))
        whole = call.writer.add("Add", call.writer.add("Erf", scaled), call.number(1.0))
        return call.writer.add("Mul", call.add("Mul", call.number(0.5)), whole)
    return call.add("Elu", alpha=slope) if kind == "elu" else call.add("Selu")


def _by_channel(call: Call) -> str:
    """Return prelu's slopes as an array that is combined with the second axis."""
    slopes, data = call.inputs[1], call.inputs[0]
    if len(data.shape) < 3 or len(slopes.shape) != 1 or slopes.shape == (1,):
        return slopes.name
    ones = np.ones(len(data.shape) - 2, int)
    return call.writer.add("Reshape", slopes.name, call.integers(-1, *ones.tolist()))


def _table(make: Callable[[str], Operator], names: Mapping[str, str]) -> dict[str, Operator]:
    return {name: make(operator) for name, operator in names.items()}


ELEMENTWISE: Mapping[str, Operator] = {
    **{name: _of_two(operator) for operator, names in _OF_TWO.items() for name in names},
    **{name: _of_one(operator) for operator, name in _OF_ONE.items()},
    **_table(_with_number, _WITH_NUMBER),
    **_table(_number_first, _NUMBER_FIRST),
    "Activation": _activation,
    "LeakyReLU": _leaky,
    "add_n": _sum,
    "clip": _clip,
    "hard_sigmoid": _hard_sigmoid,
    "square": _square,
}
