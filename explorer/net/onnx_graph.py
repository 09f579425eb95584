"""ToySSD as a graph of ONNX's operators, layer by layer.

MXNet's own exporter is not used: it stops at onnx 1.18, and marks its operators, which are of
set 13, as being of whatever set the installed onnx has newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from explorer.config.pixels import Pixels
from explorer.i18n import _
from explorer.net.runtime import mx
from explorer.net.toy_ssd import ToySSD

OPERATOR_SET = 13
"""The lowest that has all operators as they are used here, so that older programs take it too."""
FILE_VERSION = 7
"""ONNX's "IR version" that came with this operator set."""

nn = mx.gluon.nn


class _Graph:
    """Nodes and constants, while they are being collected."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, values: Any, dtype: Any = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add an operator with one output, and return that output's name."""
        name = name or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def layer(self, layer: Any, value: str) -> str:
        """Add a Gluon layer, or several in a row."""
        if isinstance(layer, nn.HybridSequential):
            for each in layer:
                value = self.layer(each, value)
            return value
        if isinstance(layer, nn.Conv2D):
            return self.add(
                "Conv", value, *self._weights(layer.weight, layer.bias), **_convolution(layer)
            )
        if isinstance(layer, nn.BatchNorm):
            kept = (layer.gamma, layer.beta, layer.running_mean, layer.running_var)
            weights = self._weights(*kept)
            value = self.add("BatchNormalization", value, *weights, epsilon=layer._kwargs["eps"])
            return self.add("Relu", value) if layer.fuse_relu else value
        if isinstance(layer, nn.Activation):
            return self.add("Relu", value)
        if isinstance(layer, nn.MaxPool2D):
            settings = layer._kwargs
            return self.add(
                "MaxPool", value, kernel_shape=settings["kernel"], strides=settings["stride"]
            )
        raise ValueError(_("{name} cannot be written as ONNX", name=type(layer).__name__))

    def _weights(self, *parameters: Any) -> list[str]:
        return [self.constant(each.name, each.list_data()[0].asnumpy()) for each in parameters]


def toy_ssd_graph(
    net: ToySSD, input_size: int, anchors: NDArray[np.float32], metadata: dict[str, str]
) -> ModelProto:
    """Return a network as an ONNX model.

    Its input is ``image``, (B, 3, S, S) float32, RGB from 0 to 255: the network's own order and
    normalisation are inside. Its outputs are ``class_prob`` (B, A, C+1), after softmax;
    ``offsets`` (B, A, 4); and ``anchors`` (B, A, 4), corner, normalised, the same for each image.

    Parameters
    ----------
    input_size : int
        S, px.
    anchors : (A, 4) float32, corner, normalised
    metadata : dict of str
        What a user should know beside the numbers.
    """
    graph = _Graph()
    maps = [graph.layer(net.body, _normalised(graph, net.pixels))]
    for block in net.downsamples:
        maps.append(graph.layer(block, maps[-1]))
    maps.append(graph.add("GlobalMaxPool", maps[-1]))
    num_columns = net.num_classes + 1
    scores = _predictions(graph, net.class_preds, maps, num_columns, "class")
    offsets = _predictions(graph, net.box_preds, maps, 4, "box")
    graph.add("Softmax", graph.add("Concat", *scores, axis=1), name="class_prob", axis=2)
    graph.add("Concat", *offsets, name="offsets", axis=1)
    # OpenCV gives no output that depends on no input, so the anchors depend on the offsets.
    nothing = graph.add("Mul", "offsets", graph.constant("zero", [[[0.0]]]))
    graph.add("Add", nothing, graph.constant("anchor_boxes", anchors[None]), name="anchors")

    columns = {"class_prob": num_columns, "offsets": 4, "anchors": 4}
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "ToySSD",
            [_array("image", 3, input_size, input_size)],
            [_array(name, len(anchors), count) for name, count in columns.items()],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
        ir_version=FILE_VERSION,
        producer_name="ssd-explorer",
    )
    helper.set_model_props(model, metadata)
    return model


def _normalised(graph: _Graph, pixels: Pixels) -> str:
    """Add what is done to an image before; what changes nothing is left out."""
    value = "image"
    if pixels.channel_order == "bgr":
        value = graph.add("Gather", value, graph.constant("bgr", [2, 1, 0], np.int64), axis=1)
    value = graph.add("Sub", value, graph.constant("mean", np.reshape(pixels.mean, (1, 3, 1, 1))))
    if pixels.std != (1.0, 1.0, 1.0):
        std = graph.constant("std", np.reshape(pixels.std, (1, 3, 1, 1)))
        value = graph.add("Div", value, std)
    return value


def _predictions(
    graph: _Graph, predictors: Sequence[Any], maps: list[str], num_columns: int, name: str
) -> list[str]:
    """Add what one kind of predictor says of each map: (B, h·w·K, num_columns)."""
    shape = graph.constant(f"{name}_shape", [0, -1, num_columns], np.int64)
    rows = []
    for predictor, feature_map in zip(predictors, maps, strict=True):
        value = graph.add("Transpose", graph.layer(predictor, feature_map), perm=[0, 2, 3, 1])
        rows.append(graph.add("Reshape", value, shape))
    return rows


def _convolution(layer: Any) -> dict[str, Any]:
    settings = layer._kwargs
    pads = settings["pad"]
    return {
        "kernel_shape": settings["kernel"],
        "strides": settings["stride"],
        "pads": (*pads, *pads),  # at the beginning of each axis, then at its end
    }


def _array(name: str, *shape: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
