"""Weights of a trained detector for a new network: what fits is copied, the rest stays random."""

from __future__ import annotations

from pathlib import Path

from explorer.config import DetectorConfig
from explorer.engine.checkpoint import load_checkpoint
from explorer.engine.transfer import Transfer, what_fits
from explorer.net.runtime import choose_device, mx
from explorer.net.toy_ssd import ToySSD


def warm_start(net: ToySSD, wanted: DetectorConfig, path: Path) -> Transfer:
    """Copy what fits from the checkpoint `path` into `net`, on all its devices.

    Batch norm's running mean and variance come along with the layers that they belong to. All
    other arrays of `net` are as they were, so with a network of `new_network` the seed decides
    them as usual.

    Parameters
    ----------
    net : ToySSD, initialised
    wanted : DetectorConfig
        What `net` was made for.

    Returns
    -------
    Transfer
        What was taken, layer by layer.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing or damaged; `net` is then as it was.
    """
    source, found = load_checkpoint(path, choose_device("cpu"))
    transfer = what_fits(found, wanted)
    given = source._collect_params_with_prefix()
    for name, parameter in net._collect_params_with_prefix().items():
        if transfer.takes(name):
            parameter.set_data(given[name].data())
    mx.nd.waitall()
    return transfer
