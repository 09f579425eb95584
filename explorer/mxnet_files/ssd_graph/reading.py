"""A graph read as an SSD: what it says, what it leaves open, and what is not understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from explorer.config import AnchorConfig, DetectorConfig, FeatureMap
from explorer.config.settings import one_sentence
from explorer.i18n import _
from explorer.mxnet_files.graph import Entry, Graph
from explorer.mxnet_files.ssd_graph.anchor_layers import (
    AnchorShapes,
    Arrays,
    find_anchor_shapes,
)
from explorer.mxnet_files.ssd_graph.cells import Cells, cells_of
from explorer.mxnet_files.ssd_graph.decoder import Decoder
from explorer.mxnet_files.ssd_graph.find_decoder import find_decoder
from explorer.mxnet_files.ssd_graph.heads import Heads, check_order, find_heads, num_classes
from explorer.mxnet_files.ssd_graph.image import find_image, work_on_pixels
from explorer.mxnet_files.ssd_graph.not_understood import NotUnderstoodError, read_each
from explorer.mxnet_files.ssd_graph.precision import check_precision
from explorer.mxnet_files.ssd_graph.proposals import (
    Proposal,
    propose_class_names,
    propose_input_size,
    propose_pixels,
)

SYMBOL_KEY = "mxnet-symbol"
"""The architecture of a detector whose network is a graph."""


@dataclass(frozen=True)
class MapReading:
    """A feature map, and what predicts from it."""

    name: str
    """Of the node that makes it."""
    map: FeatureMap
    scores: str
    """The name of the convolution that scores classes."""
    offsets: str
    """The name of the convolution that predicts offsets."""
    anchors: str
    """The name of the node or variable that the anchors come from."""


@dataclass(frozen=True)
class SsdReading:
    """An SSD as its graph has it."""

    graph: Graph
    image: int
    """The place of the variable that takes images."""
    decoder: Decoder
    maps: tuple[MapReading, ...]
    """Finest first."""
    detector: DetectorConfig
    """What the graph says, and where it is silent what is proposed."""
    proposals: tuple[Proposal, ...]
    """What of `detector` is only proposed."""
    work_on_pixels: tuple[str, ...]
    """The nodes that change the image before the first convolution; often none."""


def read_ssd(
    graph: Graph,
    arrays: Arrays,
    *,
    input_size: int | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
    name: str = "",
) -> SsdReading:
    """Read a graph as an SSD.

    Parameters
    ----------
    arrays : dict of str to array
        Its weights, by name, without ``arg:`` and ``aux:``.
    input_size : int, optional
        Side of the square input, px, where it is known.
    hyperparameters : dict, optional
        What Amazon SageMaker keeps beside a graph.
    name : str
        Of the file, which often has the input's size in it.

    Raises
    ------
    NoSsdError
        If it is none.
    NotUnderstoodError
        If a part of it is not understood: one sentence for each node.
    """
    decoder = find_decoder(graph)
    check_precision(graph, decoder)
    shapes, heads = _shapes_and_heads(graph, decoder, arrays)
    maps = [heads.map_of(graph, layer) for layer in range(len(shapes))]
    image = find_image(graph, maps, arrays)
    work = work_on_pixels(graph, image, maps)
    proposals = [propose_class_names(num_classes(graph, heads, [s.num_anchors for s in shapes]))]
    names = proposals[0].value
    if input_size is None:
        size = propose_input_size(
            graph.nodes[image],
            shapes,
            lambda side: [cells_of(graph, image, maps, side)[each] for each in maps],
            hyperparameters or {},
            name,
        )
        proposals.append(size)
        input_size = size.value
    proposals += propose_pixels(as_gluon_cv=decoder.anchors_are == "center_px", work=work)
    used = [*maps, *heads.scores, *heads.offsets, *(each.map for each in shapes)]
    cells = cells_of(graph, image, used, input_size)
    check_order(graph, decoder, heads, cells, len(names))
    feature_maps = read_each(
        lambda layer: _feature_map(graph, shapes[layer], heads, layer, cells, input_size),
        range(len(shapes)),
    )
    sides = [each.height for each in feature_maps]
    if sides != sorted(sides, reverse=True):
        raise NotUnderstoodError(decoder.node, _("its maps do not come with the finest first"))
    layers = read_each(lambda each: each.layer(input_size), shapes)
    settings = {each.setting: each.value for each in proposals}
    settings["input_size"] = input_size
    try:
        with one_sentence():
            detector = DetectorConfig(
                architecture=SYMBOL_KEY,
                anchors=AnchorConfig(layers=tuple(layers)),
                feature_maps=tuple(feature_maps),
                variances=decoder.detect.variances,
                multi_label=decoder.detect.multi_label,
                class_activation=decoder.scores.activation,
                **settings,
            )
    except ValueError as error:
        raise NotUnderstoodError(decoder.node, str(error)) from error
    return SsdReading(
        graph,
        image,
        decoder,
        tuple(
            MapReading(
                graph[entry].name,
                each,
                graph[heads.scores[layer]].name,
                graph[heads.offsets[layer]].name,
                shapes[layer].node.name,
            )
            for layer, (entry, each) in enumerate(zip(maps, feature_maps, strict=True))
        ),
        detector,
        tuple(proposals),
        tuple(each.said for each in work),
    )


def _shapes_and_heads(
    graph: Graph, decoder: Decoder, arrays: Arrays
) -> tuple[list[AnchorShapes], Heads]:
    """Return both, or what is not understood of either."""
    parts: list[Callable[[], Any]] = [
        lambda: find_anchor_shapes(graph, decoder, arrays),
        lambda: find_heads(graph, decoder),
    ]
    shapes, heads = read_each(lambda part: part(), parts)
    if len(shapes) != len(heads.scores):
        text = _("its anchors are of {shapes} maps, its scores of {heads}")
        why = text.format(shapes=len(shapes), heads=len(heads.scores))
        raise NotUnderstoodError(decoder.node, why)
    return shapes, heads


def _feature_map(
    graph: Graph,
    shapes: AnchorShapes,
    heads: Heads,
    layer: int,
    cells: dict[Entry, Cells],
    input_size: int,
) -> FeatureMap:
    scores, offsets = cells[heads.scores[layer]], cells[heads.offsets[layer]]
    if not scores.shape == offsets.shape == cells[shapes.map].shape:
        raise NotUnderstoodError(
            shapes.node, _("its cells are others than those of scores and offsets")
        )
    height, width = scores.shape
    unit = 1 if shapes.unit_px else input_size
    step_y, step_x = shapes.step or (1 / height, 1 / width)
    if not shapes.step:
        unit = input_size
    fields = [scores.receptive_field_px, offsets.receptive_field_px]
    known = [each for each in fields if each is not None]
    return FeatureMap(
        height=height,
        width=width,
        stride_px=(step_y * unit, step_x * unit),
        receptive_field_px=max(known) if len(known) == 2 else None,
    )
