"""The one place that imports MXNet, and what has to happen before and after that import.

Before: numpy gets back the aliases that MXNet 1.9.1 still reads, the CUDA libraries that came
as wheels are loaded, and the number of OpenMP threads is set (MXNet otherwise uses one).
After: which devices there are, and which one a setting such as ``"auto"`` means.
"""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.config.device_words import devices_sentence
from explorer.i18n import _

log = logging.getLogger(__name__)

# In the order in which they need each other; (package below `nvidia`, file name pattern).
_CUDA_LIBRARIES = (
    ("cuda_runtime", "libcudart.so.11*"),
    ("cuda_nvrtc", "libnvrtc.so.11*"),
    ("nvtx", "libnvToolsExt.so.1"),
    ("cublas", "libcublasLt.so.11"),
    ("cublas", "libcublas.so.11"),
    ("cufft", "libcufft.so.10"),
    ("curand", "libcurand.so.10"),
    ("cusparse", "libcusparse.so.11"),
    ("cusolver", "libcusolver.so.11"),
    ("nccl", "libnccl.so.2"),
    ("cudnn", "libcudnn.so.8"),
)


def _restore_numpy_aliases() -> None:
    """Give numpy >= 1.24 back the aliases of Python's types that MXNet 1.9.1 reads."""
    aliases = {"bool": np.bool_, "object": np.object_, "int": int, "float": float}
    for alias, scalar in aliases.items():
        if alias not in np.__dict__:
            setattr(np, alias, scalar)


def _preload_cuda() -> None:
    """Load CUDA 11 from the `nvidia-*-cu11` wheels; without those wheels do nothing."""
    try:
        spec = importlib.util.find_spec("nvidia")
    except (ImportError, ValueError):
        return
    if spec is None or not spec.submodule_search_locations:
        return
    for root in map(Path, spec.submodule_search_locations):
        for package, pattern in _CUDA_LIBRARIES:
            for library in sorted((root / package / "lib").glob(pattern))[:1]:
                try:
                    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
                except OSError as error:
                    # The import below says what is missing; this line says where it was looked for.
                    log.warning("could not load %s: %s", library, error)


def num_threads() -> int:
    """Return the number of OpenMP threads of this process: `OMP_NUM_THREADS`, else all cores."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0))


def _import_mxnet() -> Any:
    _restore_numpy_aliases()
    _preload_cuda()
    os.environ["OMP_NUM_THREADS"] = str(num_threads())
    # The driver's order, in which `explorer.engine.gpus` names them; CUDA's own is by speed.
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    # Shapes are fixed here, so that cuDNN's search for the fastest kernel would only cost time.
    os.environ.setdefault("MXNET_CUDNN_AUTOTUNE_DEFAULT", "0")
    # New GPUs compile the wheel's PTX at first use: minutes, kept when the cache is large enough.
    os.environ.setdefault("CUDA_CACHE_MAXSIZE", str(4 << 30))
    # It says of each graph that it runs that oneDNN does.
    os.environ.setdefault("MXNET_SUBGRAPH_VERBOSE", "0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SyntaxWarnings and deprecations inside MXNet 1.9.1
        import mxnet
    return mxnet


mx = _import_mxnet()


@dataclass(frozen=True)
class Device:
    """A place to compute."""

    name: str
    """As settings write it: ``"cpu"``, ``"gpu0"``, ``"gpu1"``, …"""
    context: Any
    """mxnet.Context."""
    notice: str = ""
    """What the user should know about the choice; empty if nothing."""


def devices() -> list[Device]:
    """Return every device that computes, GPUs first, the CPU last."""
    found = []
    for index in range(mx.context.num_gpus()):
        context = mx.gpu(index)
        try:
            mx.nd.zeros((1,), ctx=context).wait_to_read()
        except mx.base.MXNetError as error:
            reason = str(error).strip().splitlines()[-1]  # the lines before are a C++ traceback
            log.warning("gpu%d is listed but does not compute: %s", index, reason)
            continue
        found.append(Device(f"gpu{index}", context))
    return [*found, Device("cpu", mx.cpu())]


def choose_device(name: str = "auto") -> Device:
    """Return the device that a setting means.

    Parameters
    ----------
    name : str
        ``"cpu"``, ``"gpu0"``, …, or ``"auto"``: the first GPU that computes, else the CPU.

    Returns
    -------
    Device
        With a notice when a GPU was hoped or asked for and the CPU is used instead: a run on a
        machine without that GPU is slow, not impossible.

    Raises
    ------
    ValueError
        If `name` is none of these.
    """
    if name == "cpu":
        return Device("cpu", mx.cpu())
    if name != "auto" and not (name.startswith("gpu") and name[3:].isdigit()):
        raise ValueError(_("device must be auto, cpu or gpu0, gpu1, …, got {name!r}", name=name))
    found = devices()
    if name == "auto":
        first = found[0]
        if first.name != "cpu":
            return first
        return replace(first, notice=devices_sentence(name, 1, ["cpu"]))
    for device in found:
        if device.name == name:
            return device
    return Device("cpu", mx.cpu(), devices_sentence(name, 1, ["cpu"]))


def choose_devices(name: str, num_gpus: int) -> tuple[Device, ...]:
    """Return the devices that a training computes on: the one that `name` means, and more GPUs.

    Parameters
    ----------
    name : str
        As for `choose_device`.
    num_gpus : int, at least 1
        How many GPUs in a row, from that one on. Without a GPU it is the CPU, once.

    Returns
    -------
    tuple of Device
        At least one. The notice of the first says which GPUs they are, and that there are
        fewer than were asked for.

    Raises
    ------
    ValueError
        If `name` is none of a device.
    """
    first = choose_device(name)
    if num_gpus == 1 or first.name == "cpu":
        return (first,)
    return _in_a_row(first, num_gpus, devices())


def gpu_memory_bytes(devices: Sequence[Device]) -> int | None:
    """Return the memory in use on the fullest of the GPUs, whoever uses it; None without one."""
    contexts = [each.context for each in devices]
    cards = [
        mx.context.gpu_memory_info(each.device_id) for each in contexts if each.device_type == "gpu"
    ]
    return max((total - free for free, total in cards), default=None)


def _in_a_row(first: Device, num_gpus: int, there: list[Device]) -> tuple[Device, ...]:
    on = [each.name for each in there].index(first.name)
    chosen = [each for each in there[on:] if each.name != "cpu"][:num_gpus]
    notice = devices_sentence(first.name, num_gpus, [each.name for each in chosen])
    return (replace(chosen[0], notice=notice), *chosen[1:])
