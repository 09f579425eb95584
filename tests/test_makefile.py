"""What `make` decides before it installs anything: the Python, the device, the browser."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.places import ROOT


def make(
    *arguments: str, path: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run make as from a fresh shell, though the tests themselves may run below make."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "CHROMIUM", "DEVICE", "PYTHON"} and not name.startswith("MAKE")
    }
    if path is not None:
        inherited["PATH"] = f"{path}{os.pathsep}{inherited['PATH']}"
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def command(folder: Path, name: str, script: str) -> Path:
    """Write an executable shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_gpu_is_noticed(tmp_path: Path) -> None:
    command(tmp_path, "nvidia-smi", 'echo "GPU 0: any"')
    planned = make("-n", "run", f"VENV={tmp_path}/venv", path=tmp_path).stdout
    assert "install --require-hashes -r requirements-gpu.lock" in planned
    assert "uninstall -y mxnet opencv" in planned
    assert "requirements-cpu.lock" not in planned


def test_the_device_can_be_chosen(tmp_path: Path) -> None:
    command(tmp_path, "nvidia-smi", 'echo "GPU 0: any"')
    planned = make("-n", "run", "DEVICE=cpu", f"VENV={tmp_path}/venv", path=tmp_path).stdout
    assert "install --require-hashes -r requirements-cpu.lock" in planned
    assert "uninstall -y mxnet-cu112 opencv" in planned
    assert "requirements-gpu.lock" not in planned


@pytest.mark.parametrize(
    "script", ["exit 127", "echo 3.9; exit 1"], ids=["does not run", "too old"]
)
def test_an_unsuitable_python_is_refused(tmp_path: Path, script: str) -> None:
    python = command(tmp_path, "python", script)
    ended = make("check", f"VENV={tmp_path}/venv", f"PYTHON={python}")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"No Python 3.10, 3.11 or 3.12 found as {python}. Install one")
    assert "make check PYTHON=" in ended.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_ensurepip_names_the_package(tmp_path: Path) -> None:
    python = command(tmp_path, "python", 'case "$2" in *ensurepip*) exit 1;; esac; echo 3.11')
    ended = make("check", f"VENV={tmp_path}/venv", f"PYTHON={python}")
    assert ended.returncode == 2
    assert "apt-get install python3.11-venv" in ended.stderr


def test_a_missing_browser_is_said_and_fails_in_ci() -> None:
    here = make("browser", CHROMIUM="")
    assert here.returncode == 0
    assert "The pages cannot be tested without chromium" in here.stderr
    in_ci = make("browser", CHROMIUM="", CI="true")
    assert in_ci.returncode == 2
    assert "The pages cannot be tested without chromium" in in_ci.stderr


def test_a_browser_is_found_on_the_path(tmp_path: Path) -> None:
    command(tmp_path, "chromium", "exit 0")
    assert "without chromium" not in make("browser", path=tmp_path).stderr
