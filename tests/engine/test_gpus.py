from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from explorer.engine.gpus import Gpu, _visible, gpus, mxnet_computes_on_gpus
from tests.places import ROOT

HAS_DRIVER = Path("/proc/driver/nvidia/version").exists()
UUIDS = ["GPU-aaaa-1", "GPU-aabb-2", "GPU-cccc-3"]


@pytest.mark.skipif(HAS_DRIVER, reason="this machine has NVIDIA's driver")
def test_without_a_driver_there_is_no_gpu() -> None:
    assert gpus() == ()


@pytest.mark.skipif(not HAS_DRIVER, reason="this machine has no NVIDIA driver")
def test_the_gpus_are_those_of_mxnet() -> None:
    from explorer.net.runtime import mx

    found = gpus()
    if mxnet_computes_on_gpus():
        assert len(found) == mx.context.num_gpus()
        totals = [mx.context.gpu_memory_info(gpu.index)[1] for gpu in found]
        # What the driver keeps for itself is a part of the card, and not of CUDA's.
        assert totals == pytest.approx([gpu.total_memory for gpu in found], rel=0.1)
    for index, gpu in enumerate(found):
        assert gpu.index == index
        assert gpu.name
        assert 0 <= gpu.free_memory <= gpu.total_memory


def test_a_gpu_is_called_as_settings_call_it() -> None:
    assert Gpu(2, "NVIDIA A", 10, 5).device == "gpu2"


def test_gpus_are_listed_without_mxnet() -> None:
    script = "import sys; from explorer.engine.gpus import gpus; gpus(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "pynvml" in loaded
    assert "mxnet" not in loaded


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("1", [1]),
        ("2, 0", [2, 0]),
        ("0,-1,1", [0]),
        ("0,7,1", [0]),
        ("GPU-cccc,0", [2, 0]),
        ("GPU-aabb-2", [1]),
        ("GPU-aa,2", []),  # of two cards
        ("NoDevFiles", []),
    ],
)
def test_what_cuda_hides_is_not_shown(wanted: str | None, shown: list[int]) -> None:
    assert _visible(wanted, UUIDS) == shown
