"""The one import of MXNet, in processes of its own: aliases, threads, devices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from explorer.net.runtime import Device, _in_a_row, choose_device, choose_devices, devices, mx
from tests.places import ROOT


def in_fresh_process(script: str, **environment: str | None) -> Any:
    """Run `script`, which sets `told`, and return that."""
    full = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{script}\nimport json\nprint(json.dumps(told))"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=240,
        cwd=ROOT,
        env={name: value for name, value in full.items() if value is not None},
    )
    return json.loads(done.stdout.splitlines()[-1])


THREADS = """
import ctypes
import os
from explorer.net.runtime import mx, num_threads
mx.nd.dot(mx.nd.ones((300, 300)), mx.nd.ones((300, 300))).wait_to_read()
# The library's own answer: what MXNet's OpenMP would start now.
maps = open("/proc/self/maps").read().split()
openmp = sorted({path for path in maps if path.startswith("/") and "omp" in path.split("/")[-1]})
told = {
    "said": num_threads(),
    "set": os.environ["OMP_NUM_THREADS"],
    "used": [ctypes.CDLL(path).omp_get_max_threads() for path in openmp],
}
"""


@pytest.mark.parametrize("wanted", ["3", None])
def test_openmp_gets_the_threads_that_the_environment_says(wanted: str | None) -> None:
    expected = int(wanted) if wanted else len(os.sched_getaffinity(0))
    told = in_fresh_process(THREADS, OMP_NUM_THREADS=wanted)
    assert told["said"] == expected
    assert told["set"] == str(expected)
    assert told["used"]
    assert set(told["used"]) == {expected}


@pytest.mark.parametrize("nonsense", ["", "0", "-2", "many", "²", "2.5"])
def test_a_number_of_threads_that_makes_no_sense_means_all_cores(
    nonsense: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from explorer.net.runtime import num_threads

    monkeypatch.setenv("OMP_NUM_THREADS", nonsense)
    assert num_threads() == len(os.sched_getaffinity(0))


def test_the_package_and_its_light_parts_do_not_import_mxnet() -> None:
    script = """
import sys
import explorer
from explorer import Engine
import explorer.images, explorer.files, explorer.ssd.detection, explorer.ssd.targets
engine = Engine(class_names=("cat",))
engine.match([[0.1, 0.1, 0.5, 0.5]], [0])
before = "mxnet" in sys.modules
engine.net
told = [before, "mxnet" in sys.modules]
"""
    assert in_fresh_process(script) == [False, True]


def test_mxnet_finds_the_aliases_that_numpy_dropped() -> None:
    script = """
import numpy
from explorer.net.runtime import mx
array = mx.nd.array([[1, 2]], dtype=numpy.bool)
told = [array.asnumpy().tolist(), str(numpy.bool), hasattr(numpy, "object"), mx.__version__]
"""
    aliases = [[[True, True]], "<class 'numpy.bool_'>", True, "1.9.1"]
    assert in_fresh_process(script) == aliases


def test_the_cpu_is_always_there_and_last() -> None:
    found = devices()
    assert found[-1] == Device("cpu", mx.cpu())
    assert [each.name for each in found[:-1]] == [f"gpu{i}" for i in range(len(found) - 1)]


def test_the_cpu_can_be_asked_for_without_a_notice() -> None:
    assert choose_device("cpu") == Device("cpu", mx.cpu(), "")


@pytest.mark.skipif(mx.context.num_gpus() > 0, reason="this machine has a GPU")
def test_without_a_gpu_the_cpu_is_used_and_said() -> None:
    cpu = mx.cpu()
    assert choose_device() == Device("cpu", cpu, "No GPU found: computing on the CPU.")
    assert choose_device("gpu3") == Device("cpu", cpu, "gpu3 is not there: computing on the CPU.")


@pytest.mark.skipif(mx.context.num_gpus() == 0, reason="this machine has no GPU")
def test_with_a_gpu_the_first_is_used() -> None:
    assert choose_device() == Device("gpu0", mx.gpu(0))
    assert choose_device("gpu99").name == "cpu"


@pytest.mark.skipif(mx.context.num_gpus() > 0, reason="this machine has a GPU")
@pytest.mark.parametrize("name", ["auto", "cpu", "gpu3"])
def test_without_a_gpu_the_cpu_computes_once(name: str) -> None:
    assert choose_devices(name, 1) == choose_devices(name, 4) == (choose_device(name),)


def test_gpus_in_a_row_are_said() -> None:
    cards = [Device(f"gpu{n}", mx.gpu(n)) for n in (0, 1, 3)]  # gpu2 does not compute
    there = [*cards, Device("cpu", mx.cpu())]
    two = _in_a_row(cards[1], 2, there)
    assert two == (Device("gpu1", mx.gpu(1), "Computing on gpu1, gpu3."), cards[2])
    (first, *others) = _in_a_row(cards[1], 4, there)
    assert first.notice == "4 GPUs were asked for, 2 found. Computing on gpu1, gpu3."
    assert others == [cards[2]]


@pytest.mark.parametrize("name", ["", "GPU", "gpu", "gpu-1", "gpux", "gpu 0", "cuda:0", "tpu"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="device must be auto, cpu or gpu0, gpu1, …, got ") as got:
        choose_device(name)
    assert repr(name) in str(got.value)
