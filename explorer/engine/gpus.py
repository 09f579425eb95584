"""Which NVIDIA GPUs are here, by name and memory, without importing MXNet.

The driver answers, through NVIDIA's own library, within milliseconds. So a page can name the GPUs
before it needs a network.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

import pynvml  # type: ignore[import-untyped]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gpu:
    """One card, as it is now."""

    index: int
    """As MXNet counts them, from 0."""
    name: str
    """As its maker calls it, "NVIDIA H200"."""
    total_memory: int
    free_memory: int
    """Bytes; whoever uses the rest."""

    @property
    def device(self) -> str:
        """What settings call it, ``"gpu0"`` for the first."""
        return f"gpu{self.index}"


def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs that CUDA shows to this process; none without NVIDIA's driver.

    The environment variable ``CUDA_VISIBLE_DEVICES`` hides and orders them as CUDA has it. MXNet
    counts alike, since `explorer.net.runtime` has CUDA order cards as the driver does.
    """
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        log.debug("no NVIDIA GPU: %s", error)
        return ()
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(n) for n in range(pynvml.nvmlDeviceGetCount())]
        uuids = [pynvml.nvmlDeviceGetUUID(handle) for handle in handles]
        shown = _visible(os.environ.get("CUDA_VISIBLE_DEVICES"), uuids)
        return tuple(_describe(index, handles[number]) for index, number in enumerate(shown))
    except pynvml.NVMLError as error:
        log.warning("the driver does not tell of its GPUs: %s", error)
        return ()
    finally:
        pynvml.nvmlShutdown()


def mxnet_computes_on_gpus() -> bool:
    """Return whether the MXNet that is installed was built for CUDA; the CPU's sees no GPU."""
    try:
        metadata.version("mxnet-cu112")
    except metadata.PackageNotFoundError:
        return False
    return True


def _describe(index: int, handle: object) -> Gpu:
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return Gpu(index, pynvml.nvmlDeviceGetName(handle), memory.total, memory.free)


def _visible(wanted: str | None, uuids: Sequence[str]) -> list[int]:
    """Return which of the driver's cards CUDA shows, in CUDA's order.

    Parameters
    ----------
    wanted : str or None
        ``CUDA_VISIBLE_DEVICES``: numbers or beginnings of UUIDs. What follows an entry that
        names no card is hidden, too; None shows all.
    uuids : sequence of str
        Of all cards, in the driver's order.
    """
    if wanted is None:
        return list(range(len(uuids)))
    chosen: list[int] = []
    for entry in map(str.strip, wanted.split(",")):
        if entry.isdecimal():
            named = [int(entry)] if int(entry) < len(uuids) else []
        else:
            named = [n for n, uuid in enumerate(uuids) if entry and uuid.startswith(entry)]
        if len(named) != 1:
            break
        chosen += named
    return chosen
