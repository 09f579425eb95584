"""The cells of each feature map, and how much of the input one of them sees."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from explorer.config import MapShape
from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.layout import PASSED_ON
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError

_MOST_CELLS = 4096
"""On a side: no map has more cells than the input has pixels."""
_CELL_BY_CELL = {
    *PASSED_ON,
    *("Activation", "LeakyReLU", "relu", "sigmoid", "tanh", "clip", "Dropout"),
    *("BatchNorm", "BatchNorm_v1", "Concat", "add_n", "ElementWiseSum", "_Plus", "_plus"),
    *(f"{kind}_{what}" for kind in ("elemwise", "broadcast") for what in ("add", "sub", "mul")),
    *("elemwise_div", "broadcast_div", "_Mul", "_mul", "_Minus", "_minus", "_Div", "_div"),
    *(f"_{what}_scalar" for what in ("plus", "minus", "mul", "div", "rminus", "maximum")),
    *(f"_{what}Scalar" for what in ("Plus", "Minus", "Mul", "Div", "RMinus")),
}
"""Operators whose output has the cells of its input, and of each sees that cell alone."""


@dataclass(frozen=True)
class Cells:
    """Those of one output of the network."""

    shape: MapShape
    """(height, width)."""
    step_px: tuple[int, int]
    """How far apart they lie on the input, down and across."""
    field_px: tuple[int, int] | None
    """Height and width of what one of them depends on; None means the whole input."""

    @property
    def receptive_field_px(self) -> int | None:
        """The longer side of it."""
        return None if self.field_px is None else max(self.field_px)


def cells_of(graph: Graph, image: int, wanted: list[Entry], input_size: int) -> dict[Entry, Cells]:
    """Return the cells of the `wanted` outputs, for a square image.

    Parameters
    ----------
    image : int
        The place of the variable that the image is.
    input_size : int
        Its side, px.

    Raises
    ------
    NotUnderstoodError
        By the first node on the way whose output is not known.
    """
    known = {Entry(image): Cells((input_size, input_size), (1, 1), (1, 1))}
    for place in graph.needed(wanted):
        node = graph.nodes[place]
        maps = [known[each] for each in node.inputs if each in known]
        if maps:
            known[Entry(place)] = _behind(node, maps)
    for each in wanted:
        if each not in known:
            raise NotUnderstoodError(graph[each], _("it does not come from the image"))
    return known


def _behind(node: Node, maps: list[Cells]) -> Cells:
    if node.op in _CELL_BY_CELL or (
        node.op == "L2Normalization" and node.attributes.get("mode") == "channel"
    ):
        return _together(node, maps)
    if node.op.startswith(("Convolution", "Pooling")):
        return _slid(node, maps[0])
    if node.op == "slice_axis" and node.value("axis", 0) == 1:
        return maps[0]
    raise NotUnderstoodError(node, _("it is not known how this operator changes a feature map"))


def _together(node: Node, maps: list[Cells]) -> Cells:
    """Return what comes of maps that are joined cell by cell: it sees what any of them sees."""
    shapes = {each.shape for each in maps}
    if len(shapes) > 1:
        text = _("it joins maps of different sizes")
        raise NotUnderstoodError(node, text)
    fields = [each.field_px for each in maps]
    known = [each for each in fields if each is not None]
    whole = len(known) < len(fields)
    widest = None if whole else (max(f[0] for f in known), max(f[1] for f in known))
    return replace(maps[0], field_px=widest)


def _slid(node: Node, before: Cells) -> Cells:
    """Return what a convolution or pooling makes of a map."""
    if node.attributes.get("layout", "None") not in ("None", "NCHW"):
        raise NotUnderstoodError(node, _("its layout is not NCHW"))
    if node.value("global_pool", False):
        return Cells((1, 1), before.step_px, None)
    shape, steps, field = [], [], []
    for axis, (kernel, stride, pad, dilate) in enumerate(_window(node)):
        reach = dilate * (kernel - 1)
        room = before.shape[axis] + 2 * pad - reach - 1
        up = node.attributes.get("pooling_convention", "valid") == "full"
        shape.append((math.ceil(room / stride) if up else room // stride) + 1)
        steps.append(before.step_px[axis] * stride)
        if before.field_px is not None:
            field.append(before.field_px[axis] + reach * before.step_px[axis])
    if min(shape) < 1:
        raise NotUnderstoodError(node, _("no cell is left of its map: the input is too small"))
    if max(shape) > _MOST_CELLS:
        text = _("its map has more than {limit:,} cells on a side")
        raise NotUnderstoodError(node, text.format(limit=_MOST_CELLS))
    return Cells(
        (shape[0], shape[1]), (steps[0], steps[1]), (field[0], field[1]) if field else None
    )


def _window(node: Node) -> Iterator[tuple[int, int, int, int]]:
    """Yield kernel, stride, padding and dilation, down and then across."""
    told = [
        node.numbers(name, (usual, usual))
        for name, usual in (("kernel", 0), ("stride", 1), ("pad", 0), ("dilate", 1))
    ]
    told = [values or (usual, usual) for values, usual in zip(told, (0, 1, 0, 1), strict=True)]
    if any(len(values) != 2 or min(values) < 0 for values in told) or min(*told[0], *told[1]) < 1:
        raise NotUnderstoodError(node, _("its kernel, stride or padding has no two sides"))
    for kernel, stride, pad, dilate in zip(*told, strict=True):
        yield int(kernel), int(stride), int(pad), int(dilate)
