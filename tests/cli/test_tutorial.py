"""The tutorial's last two epochs, with its own weights, by the commands that a user types."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from explorer.engine.tutorial_detector import tutorial_path
from explorer.training.run.directory import RunDirectory, list_runs
from tests.places import ROOT
from tests.training.runs import kill, of_kind

TUTORIAL = ROOT.parent / "shared" / "tutorial"

pytestmark = pytest.mark.skipif(
    not TUTORIAL.is_dir(), reason=f"the tutorial's files are not in {TUTORIAL}"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place with the tutorial's detector in it, put there by hand."""
    folder = tmp_path_factory.mktemp("tutorial")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSD_EXPLORER_DATA", str(folder / "data"))
        patch.setenv("SSD_EXPLORER_RUNS", str(folder / "runs"))
        tutorial_path().parent.mkdir(parents=True)
        shutil.copy(TUTORIAL / tutorial_path().name, tutorial_path())
        (folder / "data" / "backgrounds").symlink_to(ROOT / "data" / "backgrounds")
        yield folder
        for run in list_runs(folder / "runs"):
            kill(run)


def explorer(home: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command there, without a network."""
    nobody, threads = "http://127.0.0.1:9", {"SSD_EXPLORER_THREADS": "1", "OMP_NUM_THREADS": "1"}
    network = {"http_proxy": nobody, "https_proxy": nobody}
    done = subprocess.run(
        [sys.executable, "-m", "explorer.cli", *shlex.split(command)],
        cwd=home,
        env={**os.environ, **network, **threads, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def trained(home: Path) -> tuple[RunDirectory, str]:
    """The run from epoch 148 on, on twenty batches of two images, and what was printed."""
    explorer(home, "data make creature --out made --train 40 --val 4")
    explorer(home, "data import made --name few --rename creature=pikachu")
    done = explorer(
        home,
        "train --recipe tutorial --dataset few --pretrained tutorial --first-epoch 148 --epochs 150"
        " --batch-size 2 --device cpu",
    )
    (run,) = list_runs(home / "runs")
    return run, done.stderr


def test_its_two_epochs_are_printed_as_the_tutorial_prints_them(
    trained: tuple[RunDirectory, str],
) -> None:
    run, printed = trained
    figures = r"training: accuracy=0\.99\d{4}, mae=0\.00\d{4}"
    patterns = [
        line
        for epoch in (148, 149)
        for line in (
            rf"\[Epoch {epoch} Batch 19\] speed: \d+\.\d{{6}} samples/s, {figures}",
            rf"\[Epoch {epoch}\] {figures}",
            rf"\[Epoch {epoch}\] time cost: \d+\.\d{{6}}",
        )
    ]
    said = [line for line in printed.splitlines() if line.startswith("[Epoch")]
    assert len(said) == len(patterns)
    assert all(map(re.fullmatch, patterns, said)), said
    logged = run.log.read_text().splitlines()
    assert [line[line.index("[Epoch") :] for line in logged if "[Epoch" in line] == said
    assert "Taken from tutorial: body, 3 down-samplings, box and class heads of all maps" in printed
    assert "Finished 2 epochs" in printed


def test_it_begins_with_what_the_tutorial_has_learned(trained: tuple[RunDirectory, str]) -> None:
    run, printed = trained
    steps = of_kind(run, "step")
    assert len(steps) == 40
    assert steps[0]["accuracy"] > 0.99  # weights of no training: about one in two
    assert {step["learning_rate"] for step in steps} == {0.1}
    assert [record["epoch"] for record in of_kind(run, "epoch")] == [149, 150]  # counted from 1
    assert sorted(path.stem for path in run.checkpoints.glob("*.params")) == [
        "epoch-0149",
        "epoch-0150",  # the tutorial's ssd_150.params
    ]
    first = np.mean([step["accuracy"] for step in steps[:20]])
    assert f"[Epoch 148] training: accuracy={first:f}, " in printed


def test_it_finds_what_the_tutorials_last_figure_shows(home: Path) -> None:
    picture = shlex.quote(str(TUTORIAL / "pikachu.jpg"))
    done = explorer(home, f"detect {picture} --checkpoint tutorial --device cpu --json")
    best = json.loads(done.stdout.splitlines()[0])
    assert (best["class"], best["score"]) == ("pikachu", pytest.approx(0.6315, abs=0.002))
    box = np.array(best["box_px"]) / 512
    assert box == pytest.approx(np.array([0.5178, 0.5051, 0.6726, 0.7012]), abs=0.002)
    assert "is in" in explorer(home, "data download tutorial").stderr  # it is there already
