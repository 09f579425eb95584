"""A detector that MXNet keeps as a graph, as a network that predicts.

Whatever the graph decodes with is cut off; what is left gives anchors, class scores and offsets as
`explorer.net.toy_ssd` does, so that everything behind it is the same for all networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import AnchorConfig, DetectorConfig
from explorer.config.pixels import Pixels
from explorer.i18n import _, ngettext
from explorer.mxnet_files.graph import read_graph
from explorer.mxnet_files.ssd_graph.reading import SsdReading
from explorer.net.runtime import mx
from explorer.ssd.predictions import Predictions

IMAGE = "data"
"""What the graph's input is called, whatever it was called before."""

_OUTPUTS = 3


def predictions_symbol(reading: SsdReading) -> str:
    """Return the graph that predicts, as JSON of this MXNet: it upgrades an earlier one's.

    Its outputs are the anchors (1, A, 4), normalised corners, the class scores (B, A, C+1) and the
    offsets (B, A·4).

    Raises
    ------
    ValueError
        If MXNet does not take the graph.
    """
    decoder = reading.decoder
    wanted = (decoder.anchors, decoder.scores.entry, decoder.offsets)
    names = {reading.image: IMAGE}
    symbol = _loaded(reading.graph.cut(wanted, names))
    anchors, scores, offsets = symbol[0], symbol[1], symbol[2]
    if decoder.anchors_are == "center_px":
        side = float(reading.detector.input_size)
        middle = mx.sym.slice_axis(anchors, axis=2, begin=0, end=2, name="anchors_middle") / side
        half = mx.sym.slice_axis(anchors, axis=2, begin=2, end=4, name="anchors_size") / (2 * side)
        anchors = mx.sym.concat(middle - half, middle + half, dim=2, name="anchors_corner")
    if decoder.scores.class_axis == 1:
        scores = mx.sym.transpose(scores, axes=(0, 2, 1), name="scores_by_anchor")
    offsets = mx.sym.Flatten(offsets, name="offsets_flat")
    return str(mx.sym.Group([anchors, scores, offsets]).tojson(remove_amp_cast=False))


class SymbolNetwork(mx.gluon.SymbolBlock):
    """A graph of `predictions_symbol` for a detector; it predicts, and cannot be trained.

    Calling it with (B, 3, H, W) returns `Predictions` as `ToySSD` does.

    Raises
    ------
    ValueError
        If MXNet does not take the graph, or it has other inputs or outputs.

    Attributes
    ----------
    pixels : Pixels
        What is to be done to an image before.
    notice : str
        What a user should know of how it was opened; often nothing.
    """

    def __init__(self, symbol_json: str, detector: DetectorConfig) -> None:
        symbol = _loaded(symbol_json)
        if len(symbol.list_outputs()) != _OUTPUTS or IMAGE not in symbol.list_arguments():
            raise ValueError(_("the graph of the network does not predict as an SSD does"))
        super().__init__(symbol, mx.sym.var(IMAGE, dtype="float32"))
        self.symbol_json = symbol_json
        self.num_classes = len(detector.class_names)
        self.anchor_config: AnchorConfig = detector.anchors
        self.pixels: Pixels = detector.pixels
        self.notice = ""
        self._symbol = symbol
        self._input_shape = (1, 3, *detector.input_shape_px)
        num_anchors = sum(
            each.num_cells * layer.num_anchors
            for each, layer in zip(detector.feature_maps, detector.anchors.layers, strict=True)
        )
        self._output_shapes = [
            (1, num_anchors, 4),
            (1, num_anchors, self.num_classes + 1),
            (1, num_anchors * 4),
        ]

    def __call__(self, x: Any) -> Predictions:
        """Return `Predictions` whether the block is hybridized or not."""
        return Predictions(*super().__call__(x))

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Any]:
        """Return the parameters by their whole names: Gluon cuts off what they have in common."""
        return {prefix + name: each for name, each in self.params.items()}

    def set_arrays(self, arrays: Mapping[str, NDArray[Any]], contexts: Any = None) -> None:
        """Give the network its weights, all of them or none.

        Parameters
        ----------
        arrays : dict of str to array
            By the names of the graph.
        contexts : mxnet.Context or list of it, optional

        Raises
        ------
        ValueError
            If one is missing, there is one too many, or one has another shape: with its name.
        """
        given = {name: np.asarray(each, np.float32) for name, each in arrays.items()}
        self._check(given)
        for name, parameter in self.params.items():
            parameter.shape = given[name].shape
            parameter._load_init(mx.nd.array(given[name]), contexts or mx.cpu())

    def _check(self, given: Mapping[str, NDArray[np.float32]]) -> None:
        if missing := [name for name in self.params if name not in given]:
            raise ValueError(
                ngettext(
                    "{n} array is missing: {names}",
                    "{n} arrays are missing: {names}",
                    len(missing),
                    names=_shown(missing),
                )
            )
        if others := [name for name in given if name not in self.params]:
            raise ValueError(
                ngettext(
                    "{n} array is not of this network: {names}",
                    "{n} arrays are not of this network: {names}",
                    len(others),
                    names=_shown(others),
                )
            )
        names = [*self._symbol.list_arguments(), *self._symbol.list_auxiliary_states()]
        shapes = {IMAGE: self._input_shape}
        try:
            arguments, _outputs, states = self._symbol.infer_shape_partial(**shapes)
            for name, shape in zip(names, [*arguments, *states], strict=True):
                if name != IMAGE and shape and all(shape) and given[name].shape != shape:
                    text = _("the array {name} is {given}, and {wanted} is needed")
                    raise ValueError(text.format(name=name, given=given[name].shape, wanted=shape))
            shapes |= {name: given[name].shape for name in self.params}
            outputs = self._symbol.infer_shape(**shapes)[1]
        except mx.base.MXNetError as error:
            text = _("the arrays do not fit the network's graph: {error}")
            raise ValueError(text.format(error=_last_line(error))) from error
        if outputs != self._output_shapes:
            text = _("the network gives {given} instead of {wanted}")
            raise ValueError(text.format(given=outputs, wanted=self._output_shapes))


def _loaded(symbol_json: str) -> Any:
    read_graph(symbol_json)  # MXNet believes what it is given
    try:
        return mx.sym.load_json(symbol_json)
    except mx.base.MXNetError as error:
        text = _("MXNet does not take the network's graph: {error}")
        raise ValueError(text.format(error=_last_line(error))) from error


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _last_line(error: Exception) -> str:
    """Return what MXNet says; before it stands a traceback of C++."""
    return str(error).strip().splitlines()[-1].strip()
