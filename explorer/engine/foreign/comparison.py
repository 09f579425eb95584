"""Whether a ToySSD that opened computes what the graph beside its weights does.

MXNet runs both on one image. Where the weights fit in several ways, the graph decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.foreign.detector import ForeignDetector
from explorer.engine.foreign.graph_beside import GraphBeside, differing
from explorer.engine.foreign.proposals import TUTORIAL_ORDER
from explorer.i18n import _
from explorer.mxnet_files.graph import read_graph
from explorer.net.learning import forward
from explorer.net.preprocessing import preprocess
from explorer.net.runtime import Device, mx
from explorer.net.toy_ssd import ToySSD


def hold_against_graph(net: ToySSD, foreign: ForeignDetector, device: Device) -> str:
    """Leave a network with the weights by which it computes what the graph beside them does.

    Parameters
    ----------
    net : ToySSD
        With the weights of `foreign`.

    Returns
    -------
    str
        Empty, or the sentence that it was not compared.

    Raises
    ------
    ValueError
        If it computes something else by every reading of the weights.
    """
    beside = foreign.beside
    if beside is None:
        return ""
    size = foreign.detector.input_size
    images = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), np.uint8)
    pixels = mx.nd.array(preprocess(images, foreign.detector.pixels), ctx=device.context)
    try:
        outputs = _run(beside, pixels)
    except ValueError as error:
        return _not_compared(foreign, beside, str(error))
    first: list[str] = []
    for weights in (foreign.weights, *foreign.other_weights):
        give_arrays(net, weights)
        wrong = differing(forward(net, images, device), outputs)
        if wrong is None:
            give_arrays(net, foreign.weights)
            why = _("the shapes of its outputs do not say what they are")
            return _not_compared(foreign, beside, why)
        if not wrong:
            return ""
        first = first or wrong
    text = _(
        "the graph beside it, {name}, is not ToySSD as it is known here: it computes other {what}"
    )
    raise ValueError(text.format(name=beside.name, what=_and(first)))


def give_arrays(net: ToySSD, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Give a network its weights, on each of its devices."""
    for name, parameter in net._collect_params_with_prefix().items():
        parameter.set_data(mx.nd.array(arrays[name]))


def _not_compared(foreign: ForeignDetector, beside: GraphBeside, why: str) -> str:
    text = _("The graph beside it, {name}, was not compared with what opened: {why}.")
    said = text.format(name=beside.name, why=why)
    return f"{said} {_(TUTORIAL_ORDER)}" if "order" in foreign.source["proposed"] else said


def _and(words: list[str]) -> str:
    said = [_(word) for word in words]
    if len(said) == 1:
        return said[0]
    return _("{some} and {last}", some=", ".join(said[:-1]), last=said[-1])


def _run(beside: GraphBeside, images: Any) -> list[NDArray[Any]]:
    """Return what a graph gives for an input of our network.

    Parameters
    ----------
    images : NDArray (1, 3, H, W)

    Raises
    ------
    ValueError
        If MXNet does not run it, or it takes more than one image: with the reason.
    """
    read_graph(beside.written)  # MXNet believes what it is given
    arrays = beside.arrays
    try:
        symbol = mx.sym.load_json(beside.written.decode())
        taken = symbol.list_arguments()
        states = symbol.list_auxiliary_states()
        inputs = [name for name in taken if name not in arrays]
        if len(inputs) != 1 or not all(name in arrays for name in states):
            raise ValueError(_("it takes more than an image and the arrays of the file"))
        context = images.context
        given = {
            name: mx.nd.array(arrays[name], ctx=context, dtype="float32")
            for name in [*taken, *states]
            if name in arrays
        }
        executor = symbol.bind(
            context,
            args={inputs[0]: images, **{name: given[name] for name in taken if name in given}},
            aux_states={name: given[name] for name in states},
            grad_req="null",
        )
        return [np.asarray(each.asnumpy()) for each in executor.forward(is_train=False)]
    except (mx.base.MXNetError, UnicodeDecodeError) as error:
        raise ValueError(_("MXNet does not run it")) from error
