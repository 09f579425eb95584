"""``ssd-explorer devices``: what a training can compute on."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from explorer.cli.options import JsonOption
from explorer.cli.terminal import say
from explorer.i18n import _

_GB = 1e9


def devices(as_json: Annotated[bool, JsonOption] = False) -> None:
    """List the CPU and each NVIDIA GPU, with the memory that is free now.

    The first column is what --device takes.
    """
    import psutil

    from explorer.engine.gpus import gpus, mxnet_computes_on_gpus

    found = gpus()
    memory = psutil.virtual_memory()
    cpu = {
        "cores": psutil.cpu_count(logical=False),
        "threads": len(os.sched_getaffinity(0)),
        "total_memory": memory.total,
        "free_memory": memory.available,
    }
    usable = mxnet_computes_on_gpus()
    if as_json:
        cards = [{"device": gpu.device, **asdict(gpu)} for gpu in found]
        typer.echo(json.dumps({"cpu": cpu, "gpus": cards, "mxnet_computes_on_gpus": usable}))
        return
    cores = cpu["cores"] or _("unknown")  # a container may hide them
    free = _free(memory.available, memory.total)
    text = _("cpu   {cores} cores, {threads} threads, {free}")
    typer.echo(text.format(cores=cores, threads=cpu["threads"], free=free))
    for gpu in found:
        free = _free(gpu.free_memory, gpu.total_memory)
        typer.echo(f"{gpu.device:<5} {gpu.name}, {free}")
    if not found:
        say(_("No NVIDIA GPU, or no driver for it."))
    elif not usable:
        say(_("The MXNet that is installed is the CPU's: install the extra gpu instead of cpu."))


def _free(free: int, total: int) -> str:
    return _("{free:.1f} of {total:.1f} GB free", free=free / _GB, total=total / _GB)
