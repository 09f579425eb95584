"""One thread a worker: tests compare weights bit by bit, and share the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

from explorer.training import launch
from explorer.training.run.directory import RunDirectory, list_runs
from tests.training.runs import kill, tiny_config, wait_for_end, write_tiny_dataset


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSD_EXPLORER_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs; a worker that a failed test leaves is ended."""
    yield tmp_path / "runs"
    for run in list_runs(tmp_path / "runs"):
        kill(run)


@pytest.fixture(scope="session")
def finished(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run of two epochs of four steps that a real worker trained; not to be changed."""
    run = launch.start_run(tiny_config(dataset), tmp_path_factory.mktemp("finished"))
    wait_for_end(run)
    return run
