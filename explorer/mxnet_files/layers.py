"""Layers of a network, found in the names of its arrays.

MXNet names an array by its layer and what it is in there, in many ways: ``conv0_weight``,
``toyssd0_hybridsequential0_conv0_weight``, ``body.0.0.weight``, ``arg:conv0_weight``. The layer is
what stands before the last word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.mxnet_files.errors import MxnetFileError, NotFiniteArrayError

CONVOLUTION = ("weight", "bias")
BATCH_NORM = ("gamma", "beta", "running_mean", "running_var")

_KINDS = (CONVOLUTION, BATCH_NORM)
_OLD_WORDS = {"moving_mean": "running_mean", "moving_var": "running_var"}
"""What symbols call them that were not made with Gluon."""
_WORDS = "|".join((*CONVOLUTION, *BATCH_NORM, *_OLD_WORDS))
_MOST_LETTERS = 300
"""Of a name: longer ones are no network's."""
_NAME = re.compile(rf"(?:(?:arg|aux):)?(?P<layer>.*)[._](?P<word>{_WORDS})", re.DOTALL)


@dataclass(frozen=True)
class Layer:
    """A convolution, or a batch norm."""

    name: str
    arrays: dict[str, NDArray[np.float32]]
    """By the words of its kind, `CONVOLUTION` or `BATCH_NORM`, in that order."""
    names: dict[str, str]
    """What the file calls each."""

    @property
    def kind(self) -> tuple[str, ...]:
        """`CONVOLUTION` or `BATCH_NORM`."""
        return tuple(self.arrays)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its first array: (out, in, height, width) of a convolution, (channels,) else."""
        return next(iter(self.arrays.values())).shape

    @cached_property
    def place(self) -> tuple[str | int, ...]:
        """Where it stands among layers of its kind: by name, with 9 before 10."""
        parts = re.split(r"(\d+)", self.name)
        return tuple(int(part) if number % 2 else part for number, part in enumerate(parts))

    @property
    def block(self) -> str:
        """What it lies in: ``body.0`` of ``body.0.1``, ``toyssd0`` of ``toyssd0_conv1``."""
        return self.name[: max(self.name.rfind("."), self.name.rfind("_"), 0)]


def find_layers(arrays: Mapping[str, NDArray[Any]]) -> list[Layer]:
    """Return the layers that all of these arrays are, by name, with 9 before 10.

    Raises
    ------
    MxnetFileError
        If an array is no convolution's or batch norm's, a layer lacks one, or values are no
        floating point numbers, or not finite.
    """
    names: dict[str, dict[str, str]] = {}
    for name in arrays:
        if not name.isprintable() or len(name) > _MOST_LETTERS:
            text = _("the name of one of its arrays is too long, or not to be read")
            raise MxnetFileError(text)
        found = _NAME.fullmatch(name)
        if found is None:
            text = _("its array {name} is of neither a convolution nor a batch norm")
            raise MxnetFileError(text.format(name=name))
        words = names.setdefault(found["layer"], {})
        word = _OLD_WORDS.get(found["word"], found["word"])
        if word in words:
            text = _("its arrays {name} and {other} are the same one of a layer")
            raise MxnetFileError(text.format(name=words[word], other=name))
        words[word] = name
    layers = [_layer(name, words, arrays) for name, words in names.items()]
    return sorted(layers, key=lambda layer: layer.place)


def _layer(name: str, names: dict[str, str], arrays: Mapping[str, NDArray[Any]]) -> Layer:
    kind = max(_KINDS, key=lambda each: len(names.keys() & set(each)))
    wrong = next((names[word] for word in names if word not in kind), None)
    missing = next((word for word in kind if word not in names), None)
    if wrong or missing:
        text = _("its layer {name} has {arrays}, where a layer has {wanted}")
        raise MxnetFileError(
            text.format(name=name, arrays=", ".join(names), wanted=", ".join(kind))
        )
    values = {word: _floats(names[word], arrays[names[word]]) for word in kind}
    num_sides = [4, 1] if kind == CONVOLUTION else [1] * 4
    num_channels = values[kind[0]].shape[:1]
    for word, sides in zip(kind, num_sides, strict=True):
        shape = values[word].shape
        if len(shape) != sides or shape[:1] != num_channels or 0 in shape:
            text = _("its array {name} is {shape}, which is no {word} of a layer of ToySSD")
            raise MxnetFileError(text.format(name=names[word], shape=shape, word=word))
    return Layer(name, values, names)


def _floats(name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    if values.dtype.kind != "f":
        text = _("its array {name} is of type {kind}, where weights have fractions")
        raise MxnetFileError(text.format(name=name, kind=values.dtype))
    with np.errstate(over="ignore"):  # of float64: then it is not finite
        floats = np.asarray(values, np.float32)
    if not np.isfinite(floats).all():
        raise NotFiniteArrayError(_("its array {name} is not finite", name=name))
    return floats
