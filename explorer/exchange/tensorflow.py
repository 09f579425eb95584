"""TensorFlow Object Detection API: ``ssd_anchor_generator`` of a pipeline.config.

The rule is `create_ssd_anchors` in tensorflow/models,
research/object_detection/anchor_generators/multiple_grid_anchor_generator.py: layer k has
each aspect ratio r at s_k, s_k·√r × s_k/√r, and one anchor more of √(s_k·s_k+1) at the
interpolated ratio; all layers have the same ratios. Sides are relative to the image's
shorter side, centres are the cells' centres, nothing is clipped. It takes the s after the
last layer's from ``scales`` if one more stands there, and 1.0 if not.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from explorer.config import AnchorConfig, MapShape
from explorer.exchange.numerals import DECIMALS, single
from explorer.exchange.prototxt import Message, parse_prototxt
from explorer.exchange.scale_chain import scale_chain
from explorer.exchange.shapes import (
    FeatureMaps,
    Written,
    differences,
    displaced,
    even_strides,
)
from explorer.i18n import _


def write_ssd_anchor_generator(
    config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape
) -> Written:
    """Write ``anchor_generator { ssd_anchor_generator { … } }``.

    Where the layers' ratios differ, the ones that most layers have are written.
    """
    height, shorter = input_shape_px[0], min(input_shape_px)
    ratios = Counter(layer.ratios for layer in config.layers).most_common(1)[0][0]
    interpolated = ratios[0] if any(len(layer.sizes) > 1 for layer in config.layers) else 0.0
    scales = [scale * height / shorter for scale in scale_chain(config)]
    fields = [
        ("num_layers", str(len(config.layers))),
        # The one after the last layer's is read only for its interpolated anchor.
        *(("scales", single(scale)) for scale in (scales if interpolated else scales[:-1])),
        *(("aspect_ratios", single(ratio)) for ratio in ratios),
        ("interpolated_scale_aspect_ratio", single(interpolated)),
        ("reduce_boxes_in_lowest_layer", "false"),
    ]
    lines = "".join(f"    {name}: {value}\n" for name, value in fields)
    text = f"anchor_generator {{\n  ssd_anchor_generator {{\n{lines}  }}\n}}\n"

    theirs = []
    for scale, after in pairwise(scales):
        specs = [(scale, ratio) for ratio in ratios]
        if interpolated:
            specs.append((math.sqrt(scale * after), interpolated))
        sides = [(s * math.sqrt(r), s / math.sqrt(r)) for s, r in specs]
        theirs.append(np.array(sides, dtype=np.float64) * shorter)
    why = _(
        "ssd_anchor_generator has the same ratios on all layers, and as the only other size "
        "of a cell √(s · next layer's s), at the first ratio."
    )
    evenly = _("ssd_anchor_generator as it is written here puts a map's cells evenly on the input.")
    notes = (
        *differences(config, maps, input_shape_px, theirs, why),
        *displaced(maps, even_strides(maps, input_shape_px), evenly),
    )
    return Written(text, notes)


def read_ssd_anchor_generator(text: str, input_shape_px: MapShape) -> AnchorConfig:
    """Read the ``ssd_anchor_generator`` of a pipeline.config.

    Sizes and ratios are rounded to 6 decimals. Where anchors lie (strides, offsets) is not
    read: ToySSD's maps decide that.

    Raises
    ------
    ValueError
        If the text is malformed, has not one such generator, or one that MXNet's lists cannot
        say: three boxes on the lowest layer, other base anchors than 1, or an interpolated
        ratio that is not among the others.
    """
    found = list(parse_prototxt(text).all("ssd_anchor_generator"))
    if len(found) != 1:
        raise ValueError(
            _("The text needs one ssd_anchor_generator, it has {num}.").format(num=len(found))
        )
    message = found[0]
    if message.is_on("reduce_boxes_in_lowest_layer", default=True):
        raise ValueError(
            _(
                "Add reduce_boxes_in_lowest_layer: false, its default is true: the three boxes "
                "that it gives the lowest layer are no sizes and ratios of MXNet."
            )
        )
    base = message.numbers("base_anchor_height") + message.numbers("base_anchor_width")
    if any(side != 1 for side in base):
        raise ValueError(_("base_anchor_height and base_anchor_width must be 1."))
    ratios = [round(ratio, DECIMALS) for ratio in message.numbers("aspect_ratios")]
    if not ratios:
        raise ValueError(_("aspect_ratios is missing."))
    # Zero, however it is written, leaves the interpolated anchor out.
    if str(message.get("interpolated_scale_aspect_ratio", ["1"])[-1]).strip("0."):
        first = (message.numbers("interpolated_scale_aspect_ratio") or [1.0])[-1]
        if first not in ratios:
            raise ValueError(
                _(
                    "interpolated_scale_aspect_ratio is {ratio:g}, which must be one of the "
                    "aspect_ratios: MXNet gives all sizes the same ratio."
                ).format(ratio=first)
            )
        ratios.remove(first)
        ratios.insert(0, first)
        sizes = [[scale, math.sqrt(scale * after)] for scale, after in pairwise(_scales(message))]
    else:
        sizes = [[scale] for scale in _scales(message)[:-1]]
    to_height = min(input_shape_px) / input_shape_px[0]
    return AnchorConfig.of(
        [[round(size * to_height, DECIMALS) for size in layer] for layer in sizes], ratios
    )


def _scales(message: Message) -> list[float]:
    """Return the scale of each layer, and the one after the last."""
    num_layers = (message.numbers("num_layers") or [6.0])[-1]
    if num_layers not in range(2, 9):
        raise ValueError(_("num_layers must be 2 to 8, got {num:g}.").format(num=num_layers))
    scales = message.numbers("scales")
    if not scales:
        lowest = (message.numbers("min_scale") or [0.2])[-1]
        highest = (message.numbers("max_scale") or [0.95])[-1]
        scales = [
            lowest + (highest - lowest) * k / (num_layers - 1) for k in range(int(num_layers))
        ]
    if len(scales) < num_layers:
        raise ValueError(
            _("scales has {num} numbers for {layers:g} layers.", num=len(scales), layers=num_layers)
        )
    return [*scales, 1.0][: int(num_layers) + 1]
