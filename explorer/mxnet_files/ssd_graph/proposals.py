"""What a graph does not say, proposed with the reason: a user may tell it better."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from explorer.config.pixels import Pixels
from explorer.i18n import N_, _
from explorer.mxnet_files.graph import Node
from explorer.mxnet_files.ssd_graph.anchor_layers import AnchorShapes
from explorer.mxnet_files.ssd_graph.cells import Cells
from explorer.mxnet_files.ssd_graph.image import subtracts_mean
from explorer.mxnet_files.ssd_graph.known_names import COCO_NAMES, VOC_NAMES

_SIZES = range(64, 1025)
"""What `DetectorConfig.input_size` may be."""
_USUAL_SIZE = 300
_GLUON_CV = Pixels(
    mean=(123.675, 116.28, 103.53),  # 255 · (0.485, 0.456, 0.406)
    std=(58.395, 57.12, 57.375),  # 255 · (0.229, 0.224, 0.225)
)


REASONS: Mapping[str, str] = MappingProxyType(
    {
        "hyperparameters": N_("The file of hyperparameters says so."),
        "input_shape": N_("The graph's input has that shape."),
        "finest_anchors": N_("The distance of the finest map's anchors says so."),
        "coarsest_cell": N_("The coarsest map's only cell is then the whole image."),
        "file_name": N_("The name of the file has that number."),
        "usual_size": N_("Nothing says it; 300, 512 and 256 are usual."),
        "as_many_as_voc": N_("Pascal VOC has as many classes."),
        "as_many_as_coco": N_("COCO has as many classes."),
        "no_names": N_("No file says what they are called."),
        "as_gluon_cv": N_("The graph decodes as GluonCV's do, which take pixels so."),
        "as_example_ssd": N_("MXNet's own SSDs, as those of Amazon SageMaker, take pixels so."),
        "as_example_ssd_or_inside": N_(
            "MXNet's own SSDs, as those of Amazon SageMaker, take pixels so, but this graph also "
            "changes them itself: if that is all, tell a mean of 0 0 0."
        ),
        "mean_inside": N_("The graph itself subtracts a mean, so nothing is subtracted before."),
    }
)
"""Why something was proposed, by its key."""


class Proposal(NamedTuple):
    """A setting of `DetectorConfig` that the graph does not say for sure."""

    setting: str
    """A name of `DetectorConfig`."""
    value: Any
    why: str
    """A key of `REASONS`."""


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
        return _size(told, "hyperparameters")
    sides = [int(each) for each in re.findall(r"\d+", image.attributes.get("__shape__", ""))]
    if len(sides) == 4 and sides[2] == sides[3] and sides[2] in _SIZES:
        return _size(sides[2], "input_shape")
    finest, coarsest = shapes[0].step, shapes[-1].step
    if finest is not None and not shapes[0].unit_px:
        side = round(cells_at(_SIZES[-1])[0].step_px[0] / finest[0])
        if side in _SIZES:
            return _size(side, "finest_anchors")
    if coarsest is not None and shapes[-1].unit_px:
        side = round(coarsest[0])
        if side in _SIZES and cells_at(side)[-1].shape == (1, 1):
            return _size(side, "coarsest_cell")
    for digits in re.findall(r"(?<!\d)\d{2,4}(?!\d)", name):
        if int(digits) in _SIZES:
            return _size(int(digits), "file_name")
    return _size(_USUAL_SIZE, "usual_size")


def propose_class_names(num_classes: int) -> Proposal:
    """Return names for the classes."""
    for names, why in ((VOC_NAMES, "as_many_as_voc"), (COCO_NAMES, "as_many_as_coco")):
        if num_classes == len(names):
            return Proposal("class_names", names, why)
    numbered = tuple(_("class {number}", number=number) for number in range(num_classes))
    return Proposal("class_names", numbered, "no_names")


def propose_pixels(*, as_gluon_cv: bool, work: Sequence[Node]) -> list[Proposal]:
    """Return what is to be done to an image's pixels.

    Parameters
    ----------
    work : list of Node
        What the graph itself does to them first. GluonCV's own graphs scale what is normalised.
    """
    usual = _GLUON_CV if as_gluon_cv else Pixels()
    why = "as_gluon_cv" if as_gluon_cv else "as_example_ssd"
    order = Proposal("channel_order", usual.channel_order, why)
    if subtracts_mean(work):
        mean = Proposal("pixel_mean", (0.0, 0.0, 0.0), "mean_inside")
        return [order, mean, Proposal("pixel_std", (1.0, 1.0, 1.0), "mean_inside")]
    of_mean = "as_example_ssd_or_inside" if work and not as_gluon_cv else why
    return [
        order,
        Proposal("pixel_mean", usual.mean, of_mean),
        Proposal("pixel_std", usual.std, why),
    ]


def _size(value: int, why: str) -> Proposal:
    return Proposal("input_size", value, why)


def _number(told: Any) -> int:
    """Return a number that JSON may have as text; 0 if it is none. SageMaker writes "300"."""
    found = re.fullmatch(r"\s*(?:3,\s*)?(\d{1,5})(?:,\s*\1)?\s*", str(told))
    return int(found[1]) if found else 0
