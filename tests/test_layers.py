"""The layers of the design: what may import what (the contracts stand in pyproject.toml)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent


def test_contracts_hold() -> None:
    # In a process of its own, since the linter silences all loggers that are there.
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 kept, 0 broken" in ended.stdout


def test_ssd_needs_only_numpy() -> None:
    graph = grimp.build_graph("explorer", include_external_packages=True, cache_dir=None)
    imported = {
        name.partition(".")[0]
        for module in {"explorer.ssd", *graph.find_descendants("explorer.ssd")}
        for name in graph.find_modules_directly_imported_by(module)
    }
    assert imported - sys.stdlib_module_names == {"explorer", "numpy"}


def test_importing_the_package_loads_neither_mxnet_nor_bokeh() -> None:
    command = "import sys, explorer; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "explorer" in loaded
    assert not {"mxnet", "bokeh", "ipywidgets", "cv2", "numpy"} & set(loaded)
