"""Small networks that are quickly exported, and of which every weight matters."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.config import TOY_SSD, AnchorConfig, DetectorConfig
from explorer.net.learning import new_network
from explorer.net.runtime import choose_device, mx
from explorer.net.toy_ssd import ToySSD

CPU = choose_device("cpu")
THREE_LAYERS = AnchorConfig.of([[0.2], [0.4, 0.5], [0.8]], [[1], [1, 2], [1, 2, 0.5]])
TWO_LAYERS = AnchorConfig.of([[0.3, 0.4], [0.8]], [[2, 1], [0.5, 1, 3]])
IMAGES = np.random.default_rng(1).integers(0, 256, (3, 64, 64, 3), np.uint8)


def network(
    num_classes: int = 2, anchors: AnchorConfig = TOY_SSD, **settings: Any
) -> tuple[ToySSD, DetectorConfig]:
    """Return a network with batch norms that do something, too."""
    told = {"class_names": [f"class {n}" for n in range(num_classes)], "anchors": anchors}
    detector = DetectorConfig(
        **{**told, "input_size": 64, "variances": (0.5, 0.5, 1, 1), **settings}
    )
    net = new_network(detector, CPU)
    random = np.random.default_rng(0)
    for name, parameter in net.collect_params().items():
        if name.endswith(("gamma", "beta", "running_mean", "running_var", "bias")):
            parameter.set_data(mx.nd.array(random.uniform(0.5, 1.5, parameter.shape)))
    return net, detector
