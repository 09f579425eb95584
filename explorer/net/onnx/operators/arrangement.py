"""Operators that only move numbers about: shapes, axes, parts."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.i18n import _
from explorer.net.onnx.operators.call import Call, Operator

_PASSED_ON = ("_copy", "BlockGrad", "MakeLoss", "Dropout")
"""Operators that give what they take: `Dropout` does so when nothing learns."""
_IN_ANOTHER_SHAPE = ("Flatten", "Reshape", "expand_dims", "reshape_like", "squeeze")
"""Operators that keep the order of all numbers."""
_END = 2**31 - 1


def _passed_on(call: Call) -> str:
    return call.inputs[0].name


def _cast(call: Call) -> str:
    call.refuse_other("dtype", "float32", "float32")
    return call.inputs[0].name


def _in_another_shape(call: Call) -> str:
    """Add a reshape: MXNet has worked out what its codes 0 to -4 mean."""
    wanted, growing = call.outputs[0], call.outputs[0].growing
    if len(growing) > 1:
        raise call.refuse(_("several of its axes depend on the number of images"))
    shape = [-1 if axis in growing else side for axis, side in enumerate(wanted.shape)]
    return call.add("Reshape", call.integers(*shape))


def _transposed(call: Call) -> str:
    rank = len(call.inputs[0].shape)
    axes = [int(each) for each in call.node.numbers("axes")] or list(range(rank))[::-1]
    return call.add("Transpose", perm=[axis % rank for axis in axes])


def _swapped(call: Call) -> str:
    axes = list(range(len(call.inputs[0].shape)))
    first, second = call.axis("dim1", 0), call.axis("dim2", 0)
    axes[first], axes[second] = axes[second], axes[first]
    return call.add("Transpose", perm=axes)


def _joined(call: Call) -> str:
    return call.add("Concat", *(each.name for each in call.inputs[1:]), axis=call.axis("dim", 1))


def _sliced(call: Call, begins: list[int], ends: list[int], axes: list[int]) -> str:
    parts = (call.integers(*each) for each in (begins, ends, axes))
    return call.add("Slice", *parts)


def _axis_sliced(call: Call) -> str:
    end = call.node.value("end", None)
    begin = int(call.node.value("begin", 0))
    return _sliced(call, [begin], [_END if end is None else int(end)], [call.axis("axis", 0)])


def _sliced_like(call: Call) -> str:
    given, like = call.inputs[:2]
    rank = len(given.shape)
    axes = [int(each) % rank for each in call.node.numbers("axes")] or list(range(rank))
    cut = [
        axis
        for axis in axes
        if given.shape[axis] != like.shape[axis]
        or given.shape_of_two[axis] != like.shape_of_two[axis]
    ]
    if {*given.growing, *like.growing} & set(cut):
        raise call.refuse(_("it cuts images off"))
    if not cut:
        return given.name
    return _sliced(call, [0] * len(cut), [like.shape[axis] for axis in cut], cut)


def _split(call: Call) -> list[str]:
    axis, num = call.axis("axis", 1), len(call.outputs)
    side = call.inputs[0].shape[axis] // num
    whole = [_sliced(call, [place * side], [(place + 1) * side], [axis]) for place in range(num)]
    if not call.node.value("squeeze_axis", False):
        return whole
    return [call.writer.add("Squeeze", each, call.integers(axis)) for each in whole]


ARRANGEMENT: Mapping[str, Operator] = {
    **dict.fromkeys(_PASSED_ON, _passed_on),
    **dict.fromkeys(_IN_ANOTHER_SHAPE, _in_another_shape),
    "Cast": _cast,
    "Concat": _joined,
    "SliceChannel": _split,
    "SwapAxis": _swapped,
    "amp_cast": _cast,
    "slice_axis": _axis_sliced,
    "slice_like": _sliced_like,
    "transpose": _transposed,
}
