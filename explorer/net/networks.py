"""The network of each architecture."""

from __future__ import annotations

from explorer.config import TOY_SSD_KEY, DetectorConfig
from explorer.i18n import _
from explorer.net.toy_ssd import ToySSD

NETWORKS = {TOY_SSD_KEY: ToySSD}
"""By the keys of `explorer.config.ARCHITECTURES`, which says what feature maps each makes."""


def build_network(detector: DetectorConfig) -> ToySSD:
    """Return the network that a detector is, without weights.

    Raises
    ------
    ValueError
        If its architecture cannot be built.
    """
    if detector.architecture not in NETWORKS:
        text = _("architecture {name} cannot be built; known is {known}")
        raise ValueError(text.format(name=repr(detector.architecture), known=", ".join(NETWORKS)))
    net = NETWORKS[detector.architecture](len(detector.class_names), detector.anchors)
    net.pixels = detector.pixels
    return net
