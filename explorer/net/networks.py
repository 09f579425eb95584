"""The network of each architecture."""

from __future__ import annotations

from typing import TypeAlias

from explorer.config import TOY_SSD_KEY, DetectorConfig
from explorer.i18n import _
from explorer.mxnet_files.ssd_graph.reading import SYMBOL_KEY
from explorer.net.symbol_network import SymbolNetwork
from explorer.net.toy_ssd import ToySSD

Network: TypeAlias = ToySSD | SymbolNetwork
"""What predicts: it takes (B, 3, H, W), and gives `Predictions`."""

NETWORKS = {TOY_SSD_KEY: ToySSD}
"""By the keys of `explorer.config.ARCHITECTURES`, which says what feature maps each makes."""


def build_network(detector: DetectorConfig, symbol: str | None = None) -> Network:
    """Return the network that a detector is, without weights.

    Parameters
    ----------
    symbol : str, optional
        The graph of a `SymbolNetwork`; its checkpoint has it.

    Raises
    ------
    ValueError
        If its architecture cannot be built.
    """
    if detector.architecture == SYMBOL_KEY and symbol is not None:
        return SymbolNetwork(symbol, detector)
    return build_known(detector)


def build_known(detector: DetectorConfig) -> ToySSD:
    """Return a network whose layers are known here, and so can be trained, without weights.

    Raises
    ------
    ValueError
        If its architecture is none of these.
    """
    if detector.architecture not in NETWORKS:
        text = _("architecture {name} cannot be built; known is {known}")
        raise ValueError(text.format(name=repr(detector.architecture), known=", ".join(NETWORKS)))
    net = NETWORKS[detector.architecture](len(detector.class_names), detector.anchors)
    net.pixels = detector.pixels
    return net
