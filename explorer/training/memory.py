"""How much memory a training process uses: what grows from step to step will end it."""

from __future__ import annotations

import psutil

from explorer.engine import Engine

_MB = 1e6
_process = psutil.Process()


def memory_mb(engine: Engine) -> dict[str, float]:
    """Return the memory in use, 10⁶ bytes.

    Returns
    -------
    dict
        ``memory_mb``, resident, of this process; on GPUs also ``gpu_memory_mb``, of the fullest
        card as a whole, whoever uses it.
    """
    used = {"memory_mb": _process.memory_info().rss / _MB}
    on_gpus = engine.gpu_memory_bytes()
    if on_gpus is not None:
        used["gpu_memory_mb"] = on_gpus / _MB
    return used
