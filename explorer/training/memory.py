"""How much memory a training process uses: what grows from step to step will end it."""

from __future__ import annotations

import psutil

from explorer.net.runtime import Device, mx

__all__ = ["memory_mb"]

_MB = 1e6
_process = psutil.Process()


def memory_mb(device: Device) -> dict[str, float]:
    """Return the memory in use, 10⁶ bytes.

    Returns
    -------
    dict
        ``memory_mb``, resident, of this process; on a GPU also ``gpu_memory_mb``, of the whole
        card, whoever uses it.
    """
    used = {"memory_mb": _process.memory_info().rss / _MB}
    if device.context.device_type == "gpu":
        free, total = mx.context.gpu_memory_info(device.context.device_id)
        used["gpu_memory_mb"] = (total - free) / _MB
    return used
