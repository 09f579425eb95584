"""A graph of ONNX's operators, while it is being written.

MXNet's own exporter is not used: it stops at onnx 1.18, and marks its operators, which are of
set 13, as being of whatever set the installed onnx has newest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from explorer.config.pixels import Pixels

OPERATOR_SET = 13
"""The lowest that has all operators as they are used here, so that older programs take it too."""
FILE_VERSION = 7
"""ONNX's "IR version" that came with this operator set."""

IMAGE = "image"
"""What a detector takes: (B, 3, S, S), RGB from 0 to 255."""


class GraphWriter:
    """Nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    @property
    def used_constants(self) -> list[TensorProto]:
        """Those that a node takes: MXNet keeps some that it then does not use."""
        used = {name for node in self.nodes for name in node.input}
        return [each for each in self._constants if each.name in used]

    def constant(self, values: Any, dtype: Any = np.float32, name: str = "") -> str:
        """Add an array, and return its name."""
        name = name or f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values, dtype, order="C"), name))
        return name

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add an operator with one output, and return that output's name."""
        name = name or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def network_input(self, pixels: Pixels) -> str:
        """Add what is done to an image before; what changes nothing is left out."""
        value = IMAGE
        if pixels.channel_order == "bgr":
            value = self.add("Gather", value, self.constant([2, 1, 0], np.int64), axis=1)
        value = self.add("Sub", value, self.constant(np.reshape(pixels.mean, (1, 3, 1, 1))))
        if pixels.std != (1.0, 1.0, 1.0):
            value = self.add("Div", value, self.constant(np.reshape(pixels.std, (1, 3, 1, 1))))
        return value
