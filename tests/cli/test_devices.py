"""`ssd-explorer devices` on whatever machine the tests run."""

from __future__ import annotations

import json
import os
import re

import psutil
from typer.testing import CliRunner

from explorer.cli import app
from explorer.engine.gpus import gpus, mxnet_computes_on_gpus


def test_devices_are_listed() -> None:
    result = CliRunner().invoke(app, ["devices"])
    assert result.exit_code == 0
    cpu, *cards = result.stdout.splitlines()
    found = re.fullmatch(r"cpu   (\d+|unknown) cores, (\d+) threads, (\S+) of (\S+) GB free", cpu)
    assert found is not None
    assert int(found[2]) == len(os.sched_getaffinity(0))
    assert float(found[3]) < float(found[4]) == round(psutil.virtual_memory().total / 1e9, 1)
    assert [card.split()[0] for card in cards] == [gpu.device for gpu in gpus()]
    assert all(gpu.name in card for gpu, card in zip(gpus(), cards, strict=True))
    assert ("No NVIDIA GPU" in result.stderr) == (not cards)


def test_devices_as_json() -> None:
    told = json.loads(CliRunner().invoke(app, ["devices", "--json"]).stdout)
    assert told["cpu"]["threads"] == len(os.sched_getaffinity(0))
    assert 0 < told["cpu"]["free_memory"] < told["cpu"]["total_memory"]
    assert told["mxnet_computes_on_gpus"] == mxnet_computes_on_gpus()
    named = [(card["device"], card["index"], card["name"]) for card in told["gpus"]]
    assert named == [(gpu.device, gpu.index, gpu.name) for gpu in gpus()]
