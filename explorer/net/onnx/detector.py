"""A detector as an ONNX model: its network, what is done to an image before, and what comes out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from explorer.config import DetectorConfig
from explorer.net.networks import Network
from explorer.net.onnx.graph_writer import FILE_VERSION, IMAGE, OPERATOR_SET, GraphWriter
from explorer.net.onnx.symbol import write_symbol
from explorer.net.onnx.toy_ssd import write_toy_ssd
from explorer.net.runtime import mx
from explorer.net.symbol_network import IMAGE as DATA
from explorer.net.symbol_network import SymbolNetwork
from explorer.net.toy_ssd import ToySSD
from explorer.ssd.predictions import Predictions

_ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "softmax": ("Softmax", {"axis": 2}),
    "sigmoid": ("Sigmoid", {}),
}
"""Of `DetectorConfig.class_activation`."""


def detector_model(
    net: Network,
    detector: DetectorConfig,
    anchors: NDArray[np.float32],
    metadata: dict[str, str],
) -> ModelProto:
    """Return a detector as an ONNX model.

    Its input is ``image``, (B, 3, S, S) float32, RGB from 0 to 255: the network's own order and
    normalisation are inside. Its outputs are ``class_prob`` (B, A, C+1), after the detector's
    activation; ``offsets`` (B, A, 4); and ``anchors`` (B, A, 4), corner, normalised, the same for
    each image.

    Parameters
    ----------
    anchors : (A, 4) float32, corner, normalised
    metadata : dict of str
        What a user should know beside the numbers.

    Raises
    ------
    ValueError
        If a part of the network cannot be written as ONNX; the sentence names it.
    """
    writer = GraphWriter()
    image = writer.network_input(net.pixels)
    if isinstance(net, ToySSD):
        scores, offsets = write_toy_ssd(writer, net, image)
    else:
        scores, offsets = _write_symbol_network(writer, net, image, detector)
    activation, how = _ACTIVATIONS[detector.class_activation]
    writer.add(activation, scores, name="class_prob", **how)
    shape = writer.constant([-1, len(anchors), 4], np.int64)
    writer.add("Reshape", offsets, shape, name="offsets")
    # OpenCV gives no output that depends on no input, so the anchors depend on the offsets.
    nothing = writer.add("Mul", "offsets", writer.constant([[[0.0]]]))
    writer.add("Add", nothing, writer.constant(anchors[None]), name="anchors")
    columns = {"class_prob": len(detector.class_names) + 1, "offsets": 4, "anchors": 4}
    model = helper.make_model(
        helper.make_graph(
            writer.nodes,
            detector.architecture,
            [_array(IMAGE, 3, *detector.input_shape_px)],
            [_array(name, len(anchors), count) for name, count in columns.items()],
            writer.used_constants,
        ),
        opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
        ir_version=FILE_VERSION,
        producer_name="ssd-explorer",
    )
    helper.set_model_props(model, metadata)
    return model


def _write_symbol_network(
    writer: GraphWriter, net: SymbolNetwork, image: str, detector: DetectorConfig
) -> list[str]:
    """Add the class scores and offsets of a network that is a graph; its anchors never change."""
    arrays = {name: each.list_data()[0].asnumpy() for name, each in net.params.items()}
    inputs = {DATA: (image, (1, 3, *detector.input_shape_px))}
    outputs = Predictions._fields
    wanted = [outputs.index("class_scores"), outputs.index("offsets")]
    return write_symbol(writer, mx.sym.load_json(net.symbol_json), arrays, inputs, wanted)


def _array(name: str, *shape: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
