"""How much memory a training process uses: what grows from step to step will end it."""

from __future__ import annotations

import psutil

from explorer.net.runtime import Device, mx

__all__ = ["memory_mb"]

_MB = 1e6
_process = psutil.Process()


def memory_mb(*devices: Device) -> dict[str, float]:
    """Return the memory in use, 10⁶ bytes.

    Returns
    -------
    dict
        ``memory_mb``, resident, of this process; on GPUs also ``gpu_memory_mb``, of the fullest
        card as a whole, whoever uses it.
    """
    used = {"memory_mb": _process.memory_info().rss / _MB}
    contexts = [each.context for each in devices]
    cards = [
        mx.context.gpu_memory_info(each.device_id) for each in contexts if each.device_type == "gpu"
    ]
    if cards:
        used["gpu_memory_mb"] = max(total - free for free, total in cards) / _MB
    return used
