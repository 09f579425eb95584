"""torchvision: `DefaultBoxGenerator`, made for SSD, and `AnchorGenerator`, made for R-CNN.

Both stand in torchvision/models/detection/anchor_utils.py, whose rules these are:

- DefaultBoxGenerator: layer k has squares of s_k and √(s_k·s_k+1), then for each aspect ratio
  r the two boxes s_k·√r × s_k/√r and s_k/√r × s_k·√r. Widths are relative to the image's
  width, heights to its height. Centres are the cells' centres: evenly over the image, or
  ``steps`` px apart in both directions.
- AnchorGenerator: each size with each aspect ratio, which is height over width; sides are
  rounded to whole px, and the first cell's anchors are centred on pixel 0. Cells are as many
  whole px apart as fit: input // map.
"""

from __future__ import annotations

from itertools import pairwise

from explorer.config import AnchorConfig, MapShape
from explorer.exchange.numerals import exact, single
from explorer.exchange.paired_shapes import paired_shapes, up_to_inverse
from explorer.exchange.scale_chain import scale_chain
from explorer.exchange.shapes import (
    SAME_PX,
    FeatureMaps,
    Written,
    are_even,
    differences,
    displaced,
    even_strides,
    px_text,
    shapes_px,
)
from explorer.i18n import _


def write_default_boxes(
    config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape
) -> Written:
    """Write a `DefaultBoxGenerator`, which is ours where the layers have its form.

    ``clip`` is off: it would cut sides that are longer than the image, which ours keep.
    """
    scales = scale_chain(config)
    ratios = [up_to_inverse(layer) for layer in config.layers]
    steps_line, strides = "", even_strides(maps, input_shape_px)
    if not are_even(maps, input_shape_px):
        strides = [(each.stride_px[0], each.stride_px[0]) for each in maps]
        steps_line = f"    steps=[{', '.join(single(step) for step, _same in strides)}],\n"
    ratio_lines = "".join(f"        [{', '.join(map(exact, layer))}],\n" for layer in ratios)
    text = f"""\
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator

generator = DefaultBoxGenerator(
    aspect_ratios=[
{ratio_lines}    ],
    scales=[{", ".join(map(single, scales))}],
{steps_line}    clip=False,
)
"""
    height, width = input_shape_px
    theirs = [
        paired_shapes(scale, after, layer) * (width, height)
        for (scale, after), layer in zip(pairwise(scales), ratios, strict=True)
    ]
    why = _(
        "DefaultBoxGenerator gives a cell two squares, the second of √(s · next layer's s), "
        "and each ratio together with its inverse; it scales by the image's width and height."
    )
    notes = differences(config, maps, input_shape_px, theirs, why)
    one_step = _("DefaultBoxGenerator has one step of a map for both directions.")
    return Written(text, (*notes, *displaced(maps, strides, one_step)))


def write_anchor_generator(
    config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape
) -> Written:
    """Write an `AnchorGenerator` whose ``cell_anchors`` are set to ours.

    Its own rule cannot make them. What stays is its distance between cells of whole px: where
    a map does not divide the input, its middle is where ours is.
    """
    cells = shapes_px(config, maps, input_shape_px)
    shape_lines = "".join(
        "    [" + ", ".join(f"({single(w)}, {single(h)})" for w, h in cell) + "],\n"
        for cell in cells
    )
    notes = [
        _(
            "cell_anchors are set directly, since AnchorGenerator by itself makes S × R "
            "anchors per "
            "cell, rounds them to whole pixels and centres them on the corner of the cell."
        ),
        _("They are pixels: the input must be {height}×{width}.").format(
            height=input_shape_px[0], width=input_shape_px[1]
        ),
    ]
    first_cells = []
    for each in maps:
        axes = zip(input_shape_px, each.shape, each.stride_px, strict=True)
        firsts = [_first_cell(*axis) for axis in axes]
        first_cells.append(f"({single(firsts[1])}, {single(firsts[0])})")
        # How much farther apart the cells' true centres are adds up towards the border.
        both = zip(firsts, each.stride_px, strict=True)
        drift = max(abs(first - stride / 2) for first, stride in both)
        if drift > SAME_PX:
            notes.append(
                _(
                    "Map {map}: anchors are up to {drift} px from their place, as AnchorGenerator "
                    "puts cells whole pixels apart."
                ).format(map=each.name, drift=px_text(drift))
            )
    text = f"""\
import torch
from torchvision.models.detection.anchor_utils import AnchorGenerator

# Width and height, px, of the anchors of a cell, and the centre (x, y) of the first cell.
shapes = [
{shape_lines}]
first_cells = [{", ".join(first_cells)}]

# What is given here only says how many anchors a cell has.
generator = AnchorGenerator(
    sizes=tuple(tuple(height for _, height in cell) for cell in shapes),
    aspect_ratios=((1.0,),) * len(shapes),
)
generator.cell_anchors = [
    torch.tensor([[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for w, h in cell])
    for cell, (x, y) in zip(shapes, first_cells)
]
"""
    return Written(text, tuple(notes))


def _first_cell(side: int, num: int, stride: float) -> float:
    """Return the centre of the first of `num` cells, whole px apart, with ours in one middle."""
    return (num * stride - (num - 1) * (side // num)) / 2
