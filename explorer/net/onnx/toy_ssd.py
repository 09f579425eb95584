"""ToySSD in ONNX's operators, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explorer.i18n import _
from explorer.net.onnx.graph_writer import GraphWriter
from explorer.net.runtime import mx
from explorer.net.toy_ssd import ToySSD

nn = mx.gluon.nn


def write_toy_ssd(writer: GraphWriter, net: ToySSD, image: str) -> tuple[str, str]:
    """Add a network that takes the value `image`.

    Returns
    -------
    str, str
        The values of its class scores and offsets, (B, A, n) each.
    """
    maps = [_layer(writer, net.body, image)]
    for block in net.downsamples:
        maps.append(_layer(writer, block, maps[-1]))
    maps.append(writer.add("GlobalMaxPool", maps[-1]))
    scores = _predictions(writer, net.class_preds, maps, net.num_classes + 1)
    return scores, _predictions(writer, net.box_preds, maps, 4)


def _predictions(
    writer: GraphWriter, predictors: Sequence[Any], maps: list[str], num_columns: int
) -> str:
    """Add what one kind of predictor says of all maps, (B, A, num_columns)."""
    shape = writer.constant([0, -1, num_columns], int)
    rows = []
    for predictor, feature_map in zip(predictors, maps, strict=True):
        value = writer.add("Transpose", _layer(writer, predictor, feature_map), perm=[0, 2, 3, 1])
        rows.append(writer.add("Reshape", value, shape))
    return writer.add("Concat", *rows, axis=1)


def _layer(writer: GraphWriter, layer: Any, value: str) -> str:
    """Add a Gluon layer, or several in a row."""
    if isinstance(layer, nn.HybridSequential):
        for each in layer:
            value = _layer(writer, each, value)
        return value
    if isinstance(layer, nn.Conv2D):
        weights = _weights(writer, layer.weight, layer.bias)
        return writer.add("Conv", value, *weights, **_convolution(layer))
    if isinstance(layer, nn.BatchNorm):
        kept = (layer.gamma, layer.beta, layer.running_mean, layer.running_var)
        weights = _weights(writer, *kept)
        value = writer.add("BatchNormalization", value, *weights, epsilon=layer._kwargs["eps"])
        return writer.add("Relu", value) if layer.fuse_relu else value
    if isinstance(layer, nn.Activation):
        return writer.add("Relu", value)
    if isinstance(layer, nn.MaxPool2D):
        settings = layer._kwargs
        return writer.add(
            "MaxPool", value, kernel_shape=settings["kernel"], strides=settings["stride"]
        )
    raise ValueError(_("{name} cannot be written as ONNX", name=type(layer).__name__))


def _weights(writer: GraphWriter, *parameters: Any) -> list[str]:
    return [writer.constant(each.list_data()[0].asnumpy(), name=each.name) for each in parameters]


def _convolution(layer: Any) -> dict[str, Any]:
    settings = layer._kwargs
    pads = settings["pad"]
    return {
        "kernel_shape": settings["kernel"],
        "strides": settings["stride"],
        "pads": (*pads, *pads),  # at the beginning of each axis, then at its end
    }
