"""The anchors of each map: by MultiBoxPrior, or as constants that are cut to the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, AnchorLayer
from explorer.config.settings import one_sentence
from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph, Node
from explorer.mxnet_files.ssd_graph.decoder import Decoder
from explorer.mxnet_files.ssd_graph.layout import sources
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError, read_each

Arrays = Mapping[str, NDArray[Any]]
"""By the names of variables."""

PRIOR = "_contrib_MultiBoxPrior"
_CUT = "slice_like"
_SAME = 1e-4
"""Relative; constants are single precision."""


@dataclass(frozen=True)
class AnchorShapes:
    """What the anchors of a map are, apart from how many cells it has."""

    node: Node
    map: Entry
    """The output whose cells they are on."""
    sizes: tuple[float, ...]
    ratios: tuple[float, ...]
    step: tuple[float, float] | None
    """Distance of the cells, down and across; None where they divide the input evenly."""
    unit_px: bool
    """Whether sizes and step are px, not parts of the input."""

    @property
    def num_anchors(self) -> int:
        """Anchors per cell."""
        return len(self.sizes) + len(self.ratios) - 1

    def layer(self, input_size: int) -> AnchorLayer:
        """Return the shapes for an input of that side, px.

        Raises
        ------
        NotUnderstoodError
            If sizes or ratios are out of what is allowed.
        """
        unit = input_size if self.unit_px else 1
        sizes = tuple(_plain(each / unit) for each in self.sizes)
        try:
            with one_sentence():
                return AnchorLayer(sizes=sizes, ratios=tuple(map(_plain, self.ratios)))
        except ValueError as error:
            raise NotUnderstoodError(self.node, str(error)) from error


def find_anchor_shapes(graph: Graph, decoder: Decoder, arrays: Arrays) -> list[AnchorShapes]:
    """Return the anchors' shapes of each map.

    Raises
    ------
    NotUnderstoodError
        If a node makes others than MultiBoxPrior does.
    """
    usual = PRIOR if decoder.anchors_are == "corner" else _CUT
    why = _("anchors come from it, and only those of {operator} are known", operator=usual)
    found = sources(graph, decoder.anchors, (usual,), why)
    read = _by_prior if usual == PRIOR else _by_constants
    return read_each(lambda entry: read(graph, graph[entry], arrays), found)


def anchors_of_priors(graph: Graph) -> AnchorConfig | None:
    """Return the anchors of all MultiBoxPrior nodes of a graph, in their order.

    None means that there are none, or others than an `AnchorConfig` has.
    """
    try:
        layers = [_by_prior(graph, node, {}).layer(1) for node in graph.nodes if node.op == PRIOR]
        return AnchorConfig(layers=tuple(layers))
    except ValueError:
        return None


def _by_prior(_graph: Graph, node: Node, _arrays: Arrays) -> AnchorShapes:
    if node.value("clip", False):
        raise NotUnderstoodError(node, _("it cuts anchors at the border"))
    _check_middle(node, node.numbers("offsets", (0.5, 0.5)))
    steps = node.numbers("steps", (-1.0, -1.0))
    return AnchorShapes(
        node,
        node.first,
        node.numbers("sizes", (1.0,)),
        node.numbers("ratios", (1.0,)),
        (steps[0], steps[1]) if len(steps) == 2 and min(steps) > 0 else None,
        unit_px=False,
    )


def _by_constants(graph: Graph, node: Node, arrays: Arrays) -> AnchorShapes:
    """Read (1, 1, h, w, K·4) centres and sides, px: each cell has the same, a step apart."""
    constant = graph[node.first]
    if constant.name not in arrays:
        raise NotUnderstoodError(constant, _("these anchors are missing among the arrays"))
    values = np.asarray(arrays[constant.name], np.float64)
    ends_in_four = values.ndim == 5 and values.shape[:2] == (1, 1) and values.shape[4] % 4 == 0
    if not ends_in_four or min(values.shape) < 1 or not np.isfinite(values).all():
        text = _("its shape {shape} is not that of anchors: (1, 1, height, width, anchors·4)")
        raise NotUnderstoodError(constant, text.format(shape=values.shape))
    boxes = values[0, 0].reshape(*values.shape[2:4], -1, 4)
    step_y, step_x = 2 * boxes[0, 0, 0, 1], 2 * boxes[0, 0, 0, 0]
    rows, columns = np.indices(boxes.shape[:2]) + 0.5
    centres = np.stack([columns * step_x, rows * step_y], axis=-1)[:, :, None]
    sides = boxes[0, 0, :, 2:]
    if min(step_x, step_y) <= 0 or not np.allclose(boxes[..., :2], centres, rtol=_SAME):
        text = _("the centres of its anchors are not half a step from the border, a step apart")
        raise NotUnderstoodError(constant, text)
    if (sides <= 0).any() or not np.allclose(boxes[..., 2:], sides, rtol=_SAME):
        raise NotUnderstoodError(constant, _("its anchors differ from cell to cell"))
    sizes, ratios = _family(constant, sides)
    return AnchorShapes(
        constant, _map_that_cuts(graph, node), sizes, ratios, (step_y, step_x), unit_px=True
    )


def _family(node: Node, sides: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return sizes and ratios, if all sizes have one ratio, then the first size has the others."""
    size, ratio = np.sqrt(sides.prod(axis=1)), sides[:, 0] / sides[:, 1]
    same_ratio = np.isclose(ratio, ratio[0], rtol=_SAME)
    num_sizes = len(ratio) if same_ratio.all() else int(same_ratio.argmin())
    if not np.allclose(size[num_sizes:], size[0], rtol=_SAME):
        raise NotUnderstoodError(
            node,
            _("its anchors are not all sizes at one ratio, then other ratios at the first size"),
        )
    return tuple(size[:num_sizes].tolist()), tuple(
        ratio[[0, *range(num_sizes, len(ratio))]].tolist()
    )


def _map_that_cuts(graph: Graph, node: Node) -> Entry:
    """Return the map whose cells cut constants: often multiplied by 0 on the way."""
    axes = sorted(int(each) % 5 for each in node.numbers("axes"))
    if axes != [2, 3] or len(node.inputs) != 2:
        raise NotUnderstoodError(node, _("it does not cut rows and columns"))
    entry = node.inputs[1]
    while graph[entry].op in ("_mul_scalar", "zeros_like"):
        entry = graph[entry].first
    return entry


def _check_middle(node: Node, offsets: tuple[float, ...]) -> None:
    if tuple(offsets) != (0.5, 0.5):
        text = _("its anchors do not lie on the middles of cells, but at {offsets}")
        raise NotUnderstoodError(node, text.format(offsets=offsets))


def _plain(value: float) -> float:
    """Return a number of single precision with the few digits that were meant."""
    return float(f"{value:.7g}")
