"""From what a user asks for to a valid `AnchorsState`, or to the sentence that says why not."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from explorer.i18n import _
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.shared.page.sentences import sentence
from explorer.pages.shared.pictures.ground_truth import Box


def validated(values: dict[str, Any]) -> AnchorsState:
    """Return the state of these fields; `ValueError` says in one sentence what is wrong."""
    try:
        return AnchorsState.model_validate(values)
    except ValidationError as error:
        raise ValueError(sentence(error)) from None


def box_from_px(box_px: Box, input_shape_px: tuple[int, int]) -> Box:
    """Return a box normalised.

    Parameters
    ----------
    box_px : (x, y, width, height) in pixels of the network's input
    input_shape_px : (height, width)

    Raises
    ------
    ValueError
        If the box has no area or reaches out of the image.
    """
    x, y, width, height = box_px
    height_px, width_px = input_shape_px
    for name, start, length, limit in (
        ("width", x, width, width_px),
        ("height", y, height, height_px),
    ):
        if length < 1:
            text = _("The box's {name} must be at least 1 px, got {length:g}.")
            raise ValueError(text.format(name=name, length=length))
        if start < 0 or start + length > limit:
            text = _(
                "The box reaches from {start:g} to {last:g} px, but the image's {name} is "
                "{limit} px: move it or make it smaller."
            )
            raise ValueError(text.format(start=start, last=start + length, name=name, limit=limit))
    return x / width_px, y / height_px, (x + width) / width_px, (y + height) / height_px


def same_place(state: AnchorsState, values: dict[str, Any]) -> dict[str, int]:
    """Return layer, row, column and shape that fit `values` and lie where those of `state` did."""
    layers = values["anchors"].layers
    layer = values["layer"]
    if layer >= len(layers):
        layer = len(layers) - 1
    elif layer < 0:
        return {}
    old_height, old_width = state.map_shapes[state.layer]
    shapes = {name: values[name] for name in ("anchors", "own_maps", "input_shape_px")}
    height, width = validated({**shapes, "objects": ()}).map_shapes[layer]
    return {
        "layer": layer,
        "row": int((state.row + 0.5) / old_height * height),
        "column": int((state.column + 0.5) / old_width * width),
        "shape": min(values["shape"], layers[layer].num_anchors - 1),
    }
