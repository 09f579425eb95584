"""What a graph does not say, proposed with the reason: a user may tell it better."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from explorer.config.pixels import Pixels
from explorer.i18n import _
from explorer.mxnet_files.graph import Node
from explorer.mxnet_files.ssd_graph.anchor_layers import AnchorShapes
from explorer.mxnet_files.ssd_graph.cells import Cells
from explorer.mxnet_files.ssd_graph.known_names import COCO_NAMES, VOC_NAMES

_SIZES = range(64, 1025)
"""What `DetectorConfig.input_size` may be."""
_USUAL_SIZES = (300, 512, 256)
_GLUON_CV = Pixels(
    mean=(123.675, 116.28, 103.53),  # 255 · (0.485, 0.456, 0.406)
    std=(58.395, 57.12, 57.375),  # 255 · (0.229, 0.224, 0.225)
)


class Proposal(NamedTuple):
    """A setting of `DetectorConfig` that the graph does not say for sure."""

    setting: str
    """A name of `DetectorConfig`."""
    value: Any
    why: str
    """One sentence."""


def propose_input_size(
    image: Node,
    shapes: Sequence[AnchorShapes],
    cells_at: Callable[[int], list[Cells]],
    hyperparameters: Mapping[str, Any],
    name: str,
) -> Proposal:
    """Return the side of the input, px.

    Parameters
    ----------
    image : Node
        The variable that takes it.
    cells_at : callable(int) -> list of Cells
        The cells of all maps, finest first, for an input of that side, px.
    hyperparameters : dict
        Of SageMaker; empty without them.
    name : str
        Of the file.

    Raises
    ------
    NotUnderstoodError
        If a map's cells are not.
    """
    told = _number(hyperparameters.get("image_shape"))
    if told in _SIZES:
        return _size(told, _("the file of hyperparameters says so (image_shape)"))
    sides = [int(each) for each in re.findall(r"\d+", image.attributes.get("__shape__", ""))]
    if len(sides) == 4 and sides[2] == sides[3] and sides[2] in _SIZES:
        return _size(sides[2], _("the graph's input has that shape"))
    finest, coarsest = shapes[0].step, shapes[-1].step
    if finest is not None and not shapes[0].unit_px:
        side = round(cells_at(_SIZES[-1])[0].step_px[0] / finest[0])
        if side in _SIZES:
            return _size(side, _("the distance of the finest anchors says so"))
    if coarsest is not None and shapes[-1].unit_px:
        side = round(coarsest[0])
        if side in _SIZES and cells_at(side)[-1].shape == (1, 1):
            return _size(side, _("the coarsest map's only cell is then the whole image"))
    for digits in re.findall(r"(?<!\d)\d{2,4}(?!\d)", name):
        if int(digits) in _SIZES:
            return _size(int(digits), _("the name of the file has that number"))
    why = _("nothing says it; usual are {sizes}", sizes=", ".join(map(str, _USUAL_SIZES)))
    return _size(_USUAL_SIZES[0], why)


def propose_class_names(num_classes: int) -> Proposal:
    """Return names for the classes."""
    known = {
        len(names): (names, of) for names, of in ((VOC_NAMES, "Pascal VOC"), (COCO_NAMES, "COCO"))
    }
    if num_classes in known:
        names, of = known[num_classes]
        why = _("{number} classes are as many as {of} has", number=num_classes, of=of)
        return Proposal("class_names", names, why)
    names = tuple(f"class {number}" for number in range(num_classes))
    return Proposal("class_names", names, _("no file says what they are called"))


def propose_pixels(as_gluon_cv: bool) -> list[Proposal]:
    """Return what is to be done to an image's pixels."""
    pixels = _GLUON_CV if as_gluon_cv else Pixels()
    why = (
        _("the graph decodes as GluonCV does, whose pixels are normalised so")
        if as_gluon_cv
        else _("MXNet's own SSDs (example/ssd and Amazon SageMaker) take pixels so")
    )
    return [
        Proposal("channel_order", pixels.channel_order, why),
        Proposal("pixel_mean", pixels.mean, why),
        Proposal("pixel_std", pixels.std, why),
    ]


def _size(value: int, why: str) -> Proposal:
    return Proposal("input_size", value, why)


def _number(told: Any) -> int:
    """Return a number that JSON may have as text; 0 if it is none. SageMaker writes "300"."""
    found = re.fullmatch(r"\s*(?:3,\s*)?(\d{1,5})(?:,\s*\1)?\s*", str(told))
    return int(found[1]) if found else 0
