"""Caffe: PriorBox layers with min_size and max_size in px.

The rule is weiliu89/caffe, branch ssd, src/caffe/layers/prior_box_layer.cpp: for each
min_size a square of it; if max_size is given, a square of √(min_size·max_size); then each
aspect ratio other than 1, width over height, at min_size, followed by its inverse if ``flip``
is on. A ratio that is there already is passed over. Caffe cuts min_size and max_size down to
whole px, OpenCV's reading of the same file does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from explorer.config import AnchorConfig, AnchorLayer, MapShape, MatchConfig, explain
from explorer.exchange.numerals import DECIMALS, exact, single
from explorer.exchange.prototxt import Message, parse_prototxt
from explorer.exchange.shapes import (
    SAME_PX,
    FeatureMaps,
    Shapes,
    Written,
    differences,
    gap_px,
    px_text,
)
from explorer.exchange.sizes_px import max_px, min_px
from explorer.i18n import _


@dataclass(frozen=True)
class PriorBox:
    """What decides the shapes of one PriorBox layer."""

    min_sizes_px: tuple[float, ...]
    max_sizes_px: tuple[float, ...]
    """As many as `min_sizes_px`, or none."""
    ratios: tuple[float, ...]
    """Those other than 1, the inverses that ``flip`` adds among them."""

    @property
    def squares_px(self) -> list[float]:
        """Sides of the squares of a cell, in Caffe's order."""
        if not self.max_sizes_px:
            return list(self.min_sizes_px)
        pairs = zip(self.min_sizes_px, self.max_sizes_px, strict=True)
        return [side for low, high in pairs for side in (low, math.sqrt(low * high))]

    @property
    def shapes_px(self) -> Shapes:
        """(K, 2) width and height of the anchors of a cell."""
        squares = [(side, side) for side in self.squares_px]
        others = [
            (low * math.sqrt(ratio), low / math.sqrt(ratio))
            for low in self.min_sizes_px
            for ratio in self.ratios
        ]
        return np.array(squares + others)

    def in_whole_px(self) -> PriorBox:
        """Return it as Caffe, but not OpenCV, understands it."""
        return PriorBox(
            tuple(map(math.floor, self.min_sizes_px)),
            tuple(map(math.floor, self.max_sizes_px)),
            self.ratios,
        )


def write_prior_boxes(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    """Write a PriorBox layer for each of ours; sizes are rounded to 6 decimals.

    Of several sizes beside several ratios, two can be written: the first and one larger.
    ``step`` is written out, as Caffe's own networks have other maps.
    """
    height, width = input_shape_px
    priors = [_prior_box(layer, height) for layer in config.layers]
    names = ", ".join(each.name for each in maps)
    head = f"# For an input of {height}×{width} px and feature maps of {names}"
    layers = [
        _layer_text(number, prior, each.stride_px)
        for number, (prior, each) in enumerate(zip(priors, maps, strict=True))
    ]
    why = _(
        "A PriorBox layer has squares of min_size and √(min_size · max_size), max_size being "
        "the larger, and each ratio at min_size, in pixels."
    )
    theirs = [prior.shapes_px for prior in priors]
    notes = differences(config, maps, input_shape_px, theirs, why)
    cut = max(gap_px(prior.shapes_px, prior.in_whole_px().shapes_px) for prior in priors)
    if cut > SAME_PX:
        cuts = _(
            "Caffe cuts min_size and max_size down to whole pixels, which makes sides up to "
            "{gap} px shorter; OpenCV reads them as they are."
        )
        notes = (*notes, cuts.format(gap=px_text(cut)))
    return Written("\n".join([head, *layers]), notes)


def read_prior_boxes(text: str, input_shape_px: MapShape) -> AnchorConfig:
    """Read the PriorBox layers of a network file, in its order; other layers are passed over.

    Sizes and ratios are rounded to 6 decimals. Where anchors lie (step, offset) and whether
    they are cut at the border (clip) is not read: ToySSD's maps decide that.

    Raises
    ------
    ValueError
        If the text is malformed, has no 2 to 8 such layers, or one that MXNet's lists cannot
        say.
    """
    found = list(parse_prototxt(text).all("prior_box_param"))
    if not 2 <= len(found) <= 8:
        raise ValueError(
            _("Anchors need 2 to 8 layers with prior_box_param, the text has {num}.").format(
                num=len(found)
            )
        )
    layers = []
    for number, message in enumerate(found, start=1):
        try:
            layers.append(_anchor_layer(_read_prior_box(message), input_shape_px[0]))
        except ValueError as error:
            why = explain(error) if isinstance(error, ValidationError) else str(error)
            raise ValueError(_("PriorBox layer {number}: {why}", number=number, why=why)) from None
    return AnchorConfig(layers=tuple(layers))


def _prior_box(layer: AnchorLayer, height: int) -> PriorBox:
    ratios = _without_repeats(layer.ratios)
    low, *more = layer.sizes
    if not more or (not ratios and (len(more) > 1 or more[0] <= low)):
        return PriorBox(tuple(min_px(size, height) for size in layer.sizes), (), ratios)
    low_px = min_px(low, height)
    highs_px = tuple(max_px(size, height, low_px) for size in more if size > low)[:1]
    return PriorBox((low_px,), highs_px, ratios)


def _layer_text(number: int, prior: PriorBox, step_px: tuple[float, float]) -> str:
    firsts = prior.ratios[::2]
    flips = prior.ratios[1::2]
    flip = bool(flips) and flips == tuple(round(1 / ratio, DECIMALS) for ratio in firsts)
    step_h, step_w = map(single, step_px)
    steps = [("step", step_h)] if step_h == step_w else [("step_h", step_h), ("step_w", step_w)]
    fields = [
        *(("min_size", exact(px)) for px in prior.min_sizes_px),
        *(("max_size", exact(px)) for px in prior.max_sizes_px),
        *(("aspect_ratio", exact(ratio)) for ratio in (firsts if flip else prior.ratios)),
        ("flip", str(flip).lower()),
        ("clip", "false"),
        *(("variance", exact(variance)) for variance in MatchConfig().variances),
        *steps,
        ("offset", "0.5"),
    ]
    lines = "".join(f"    {name}: {value}\n" for name, value in fields)
    return f"""\
layer {{
  name: "layer{number}_priorbox"
  type: "PriorBox"
  bottom: "layer{number}"
  bottom: "data"
  top: "layer{number}_priorbox"
  prior_box_param {{
{lines}  }}
}}
"""


def _read_prior_box(message: Message) -> PriorBox:
    low, high = message.numbers("min_size"), message.numbers("max_size")
    listed = message.numbers("aspect_ratio")
    if not low:
        raise ValueError(_("min_size is missing."))
    if high and (len(high) != len(low) or any(b <= a for a, b in zip(low, high, strict=True))):
        raise ValueError(_("each min_size needs a max_size that is larger, or none has one."))
    if message.is_on("flip", default=True):
        listed = [side for ratio in listed for side in (ratio, round(1 / ratio, DECIMALS))]
    return PriorBox(tuple(low), tuple(high), _without_repeats(tuple(listed)))


def _anchor_layer(prior: PriorBox, height: int) -> AnchorLayer:
    if len(prior.min_sizes_px) > 1 and prior.ratios:
        raise ValueError(
            _("it has each ratio at several min_size, MXNet only at one: leave one min_size.")
        )
    sizes = tuple(round(side / height, DECIMALS) for side in prior.squares_px)
    return AnchorLayer(sizes=sizes, ratios=(1.0, *prior.ratios))


def _without_repeats(ratios: tuple[float, ...]) -> tuple[float, ...]:
    """Return the ratios, rounded, that Caffe does not pass over: not 1, not there before."""
    kept = [1.0]
    for ratio in (round(ratio, DECIMALS) for ratio in ratios):
        if not any(abs(ratio - other) < 1e-6 for other in kept):
            kept.append(ratio)
    return tuple(kept[1:])
