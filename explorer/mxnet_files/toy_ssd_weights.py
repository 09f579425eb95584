"""Which array of a file is which of ToySSD, whatever they are called.

The convolutions of the body and of the down-samplings have a batch norm each and a fixed number of
channels; those of the heads have neither. By that, layers in the order of their names fall into
parts, of which every author has another order: the tutorial's numbers begin with the
down-samplings, names such as ``body.0.0.weight`` sort as words do. All orders are tried.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.layers import BATCH_NORM, CONVOLUTION, Layer, find_layers

_BODY = (16, 32, 64)
"""Channels of its three blocks, of two convolutions each."""
_DOWN_SAMPLING = 128
"""Channels of a down-sampling, of two convolutions, too."""
_TUTORIAL_ANCHORS = 4
"""In each cell of each map."""
_MOST_MAPS = 8
"""As many as `AnchorConfig` has layers."""

_WORDS = {
    "class": ("class", "cls", "score", "conf", "label"),
    "box": ("box", "loc", "reg", "offset", "bb", "coord"),
}
"""What people call the two heads: what a part of a name begins with, as in ``mbox_conf``."""
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True)
class ToySSDWeights:
    """The arrays of a ToySSD, and what their shapes say of it."""

    num_classes: int
    """Without the background."""
    num_anchors: tuple[int, ...]
    """In a cell of each map, finest first."""
    arrays: dict[str, NDArray[np.float32]]
    """By the names of `explorer.net.toy_ssd.ToySSD`, as in ``body.0.0.weight``."""
    is_only_reading: bool
    """Whether names and shapes allow no other; if they do, this is the one by the tutorial's
    order.
    """
    others: tuple[dict[str, NDArray[np.float32]], ...] = ()
    """`arrays` as they would be by each other reading with as many classes and anchors."""


@dataclass(frozen=True)
class _Role:
    """What a convolution is: the `number`-th of its part."""

    part: str
    """"body", "down", "class" or "box"."""
    number: int
    num_in: int
    num_out: int | None
    """None of a head, whose number follows from classes and anchors."""

    @property
    def layer(self) -> str:
        """What ToySSD calls it."""
        if self.part in ("class", "box"):
            return f"{self.part}_preds.{self.number}"
        part = "body" if self.part == "body" else "downsamples"
        return f"{part}.{self.number // 2}.{self.number % 2 * 3}"

    @property
    def batch_norm(self) -> str:
        """What ToySSD calls the layer behind it."""
        block, place = self.layer.rsplit(".", 1)
        return f"{block}.{int(place) + 1}"


class _MisfitError(Exception):
    """An order that does not fit, after so many layers whose shapes are fixed and do."""

    def __init__(self, num_fitting: int, sentence: str) -> None:
        super().__init__(sentence)
        self.num_fitting = num_fitting


def read_toy_ssd(
    arrays: Mapping[str, NDArray[Any]],
    num_classes: int | None = None,
    num_anchors: tuple[int, ...] | None = None,
) -> ToySSDWeights:
    """Find ToySSD's layers among the arrays of a file.

    Parameters
    ----------
    num_classes, num_anchors : optional
        What is known of it, as `ToySSDWeights` has them. Where two readings fit, it decides.

    Raises
    ------
    MxnetFileError
        If they are another network's: it says which array does not fit.
    """
    layers = find_layers(arrays)
    convolutions = [layer for layer in layers if layer.kind == CONVOLUTION]
    batch_norms = [layer for layer in layers if layer.kind == BATCH_NORM]
    num_maps = _num_maps(len(convolutions), len(batch_norms))

    best: _MisfitError | None = None
    places = {name: place for place, name in enumerate(arrays)}
    readings: list[tuple[tuple[int, bool, bool, int], ToySSDWeights, tuple[str, ...]]] = []
    for roles in _orders(num_maps):
        try:
            found = _read(roles, convolutions, batch_norms)
        except _MisfitError as misfit:
            if best is None or misfit.num_fitting > best.num_fitting:
                best = misfit
            continue
        usual = num_anchors or (_TUTORIAL_ANCHORS,) * num_maps
        rank = (
            _num_contradictions(roles, convolutions, batch_norms),
            num_classes is not None and found.num_classes != num_classes,
            found.num_anchors != usual,
            _num_boxes_first(roles, convolutions, places),
        )
        readings.append((rank, found, tuple(role.layer for role in roles)))
    if not readings:
        raise MxnetFileError(str(best))
    readings.sort(key=lambda reading: reading[0])  # of equals the first stays first
    rank, found, layout = readings[0]
    # The last is a habit and no knowledge.
    others = {other for its_rank, _found, other in readings if its_rank[:-1] == rank[:-1]}
    others.discard(layout)
    sizes = (found.num_classes, found.num_anchors)
    alike = {
        other: each.arrays
        for _rank, each, other in readings
        if other != layout and (each.num_classes, each.num_anchors) == sizes
    }
    return ToySSDWeights(*sizes, found.arrays, not others, tuple(alike.values()))


def _num_maps(num_convolutions: int, num_batch_norms: int) -> int:
    num_maps = (num_batch_norms - 2 * len(_BODY)) // 2 + 2
    if not (
        2 <= num_maps <= _MOST_MAPS
        and num_batch_norms % 2 == 0
        and num_convolutions == num_batch_norms + 2 * num_maps
    ):
        text = _(
            "it has {convolutions} convolutions and {batch_norms} batch norms, where ToySSD of 5 "
            "feature maps has 22 and 12"
        )
        raise MxnetFileError(
            text.format(convolutions=num_convolutions, batch_norms=num_batch_norms)
        )
    return num_maps


def _orders(num_maps: int) -> Iterator[list[_Role]]:
    """Yield the roles of all convolutions in each order that people make them in."""
    body = _chain("body", 3, [channels for channels in _BODY for _twice in range(2)])
    down = _chain("down", _BODY[-1], [_DOWN_SAMPLING] * 2 * (num_maps - 2))
    deep = [_BODY[-1], *(each.num_out or 0 for each in down[1::2])]
    channels = [*deep, deep[-1]]  # the last map is a pooling of the one before
    classes, boxes = (
        [_Role(part, number, num_in, None) for number, num_in in enumerate(channels)]
        for part in ("class", "box")
    )
    by_turns = [[*pair] for pair in zip(classes, boxes, strict=True)]
    pairs = [role for pair in by_turns for role in pair]
    swapped = [role for pair in by_turns for role in reversed(pair)]
    # The tutorial's comes first.
    for parts in ((down, pairs, body), (down, swapped, body), (body, down, classes, boxes)):
        for order in permutations(parts):
            yield [role for part in order for role in part]
    # Map by map: a map's blocks, then its heads.
    blocks = [body, *(down[place : place + 2] for place in range(0, len(down), 2)), []]
    for heads in (by_turns, [[*reversed(pair)] for pair in by_turns]):
        yield [role for each in zip(blocks, heads, strict=True) for part in each for role in part]


def _chain(part: str, num_in: int, channels: Sequence[int]) -> list[_Role]:
    sides = zip([num_in, *channels], channels, strict=False)  # the last has no one behind it
    return [_Role(part, number, *each) for number, each in enumerate(sides)]


def _read(roles: list[_Role], convolutions: list[Layer], batch_norms: list[Layer]) -> ToySSDWeights:
    """Return the weights in one order; `is_only_reading` is for others to say."""
    unused = iter(batch_norms)
    arrays: dict[str, NDArray[np.float32]] = {}
    heads: dict[str, list[Layer]] = {"class": [], "box": []}
    num_fitting = 0
    for role, layer in zip(roles, convolutions, strict=True):
        _check(num_fitting, layer, (role.num_out or layer.shape[0], role.num_in, 3, 3))
        arrays |= {f"{role.layer}.{word}": values for word, values in layer.arrays.items()}
        if role.num_out is None:
            heads[role.part].append(layer)
            continue
        behind = next(unused)
        _check(num_fitting, behind, (role.num_out,))
        num_fitting += 1
        arrays |= {f"{role.batch_norm}.{word}": values for word, values in behind.arrays.items()}
    num_anchors: list[int] = []
    num_scores: list[int] = []
    for of_class, of_box in zip(heads["class"], heads["box"], strict=True):
        offsets, scores = of_box.shape[0], of_class.shape[0]
        if offsets % 4:
            text = _("its array {name} has {number} channels, where a box has 4 for each anchor")
            text = text.format(name=of_box.names["weight"], number=offsets)
            raise _MisfitError(num_fitting, text)
        num_anchors.append(offsets // 4)
        num_scores.append(scores // num_anchors[-1])
        if scores % num_anchors[-1] or num_scores[-1] < 2 or num_scores[-1] != num_scores[0]:
            text = _(
                "its array {name} has {number} channels, which are not as many scores for each of "
                "{anchors} anchors as those of the finest map"
            )
            text = text.format(
                name=of_class.names["weight"], number=scores, anchors=num_anchors[-1]
            )
            raise _MisfitError(num_fitting, text)
    return ToySSDWeights(num_scores[0] - 1, tuple(num_anchors), arrays, True)


def _check(num_fitting: int, layer: Layer, wanted: tuple[int, ...]) -> None:
    if layer.shape != wanted:
        text = _("its array {name} is {shape}, where ToySSD has {wanted}")
        name = next(iter(layer.names.values()))
        raise _MisfitError(num_fitting, text.format(name=name, shape=layer.shape, wanted=wanted))


def _num_boxes_first(
    roles: list[_Role], convolutions: list[Layer], places: Mapping[str, int]
) -> int:
    """Count the maps whose box head stands before its class head in the file, told by its place.

    Names with dots, ``class_preds.0``, stand there in the order in which the author's network got
    its parts. Numbers, ``conv7``, say that by themselves, and old files hold them in any order.
    """
    place = {
        role.layer: places[layer.names["weight"]]
        for role, layer in zip(roles, convolutions, strict=True)
        if role.num_out is None and "." in layer.name
    }
    maps = {role.number for role in roles if role.part == "class"}
    last = len(places)
    return sum(
        place.get(f"box_preds.{number}", last) < place.get(f"class_preds.{number}", 0)
        for number in maps
    )


def _num_contradictions(
    roles: list[_Role], convolutions: list[Layer], batch_norms: list[Layer]
) -> int:
    """Count the layers whose names say something else than their roles do."""
    blocks = Counter(layer.block for layer in batch_norms)
    number = 0
    for role, layer in zip(roles, convolutions, strict=True):
        if role.num_out is not None:
            number += layer.block not in blocks
            continue
        other = _WORDS["box" if role.part == "class" else "class"]
        number += any(part.lower().startswith(other) for part in _PARTS.findall(layer.name))
    return number
