"""One node of MXNet's graph, while it is being written with ONNX's operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from explorer.i18n import _
from explorer.mxnet_files.graph import Node
from explorer.net.onnx.graph_writer import GraphWriter

Shape = tuple[int, ...]


class Value(NamedTuple):
    """What a node takes or gives."""

    name: str
    """In ONNX's graph."""
    shape: Shape
    """Of one image."""
    shape_of_two: Shape
    """Of two: it tells which axes grow with the number of images."""

    @property
    def growing(self) -> list[int]:
        """The axes that grow with the number of images."""
        pairs = zip(self.shape, self.shape_of_two, strict=True)
        return [axis for axis, (one, two) in enumerate(pairs) if one != two]


@dataclass(frozen=True)
class Call:
    """A node with what it takes and gives."""

    writer: GraphWriter
    node: Node
    inputs: list[Value]
    outputs: list[Value]
    """Their names are not yet there."""

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator that takes the node's first input, and after it `inputs`."""
        return self.writer.add(operator, self.inputs[0].name, *inputs, **attributes)

    def number(self, value: float) -> str:
        """Add one number, to be combined with an array of any shape."""
        return self.writer.constant(value)

    def integers(self, *values: int) -> str:
        """Add a list of whole numbers: axes, a shape, where to cut."""
        return self.writer.constant(values, np.int64)

    def axis(self, name: str, default: int) -> int:
        """Return an attribute that is an axis, counted from the front."""
        return int(self.node.value(name, default)) % len(self.inputs[0].shape)

    def choice(self, name: str, default: str) -> str:
        """Return an attribute that is a word."""
        return self.node.attributes.get(name, default)

    def refuse(self, why: str) -> ValueError:
        """Return what to raise where ONNX cannot say what the node does."""
        text = _("{node} cannot be written as ONNX: {why}")
        return ValueError(text.format(node=self.node.said, why=why))

    def refuse_other(self, name: str, default: str, *known: str) -> str:
        """Return an attribute that is one of the `known` words.

        Raises
        ------
        ValueError
            If it is another.
        """
        found = self.choice(name, default)
        if found not in known:
            why = _("its {name} is {found}, known is {known}")
            raise self.refuse(why.format(name=name, found=found, known=", ".join(known)))
        return found


Operator = Callable[[Call], "str | list[str]"]
"""Adds what a node does, and returns the name of its output, or of each of them."""
