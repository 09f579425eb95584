"""The network that a training begins with: random weights, or what fits of a trained detector."""

from __future__ import annotations

from explorer.config import DetectorConfig, TrainConfig
from explorer.net.learning import new_network
from explorer.net.runtime import Device
from explorer.net.toy_ssd import ToySSD
from explorer.net.transfer import Transfer
from explorer.net.warm_start import warm_start
from explorer.training.pretrained import pretrained_path

__all__ = ["first_network"]


def first_network(
    detector: DetectorConfig, config: TrainConfig, device: Device, *others: Device
) -> tuple[ToySSD, Transfer | None]:
    """Return the network of step 0, and what it took from `config.pretrained`, if that is given.

    The same seed and the same pretrained file give the same weights.

    Raises
    ------
    CheckpointError
        If the pretrained file is missing or damaged.
    ValueError
        If the input is too small for the number of layers.
    """
    net = new_network(detector, device, *others, seed=config.seed)
    if not config.pretrained:
        return net, None
    return net, warm_start(net, detector, pretrained_path(config.pretrained))
