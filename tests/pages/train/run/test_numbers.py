from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer.config import recipe
from explorer.data_folders import shipped_root
from explorer.pages.train.run.numbers import run_numbers
from explorer.pages.train.run_curves import RunCurves
from explorer.training.run.directory import RunDirectory


def text_of(run: RunDirectory) -> str:
    curves = RunCurves()
    curves.follow(run)
    curves.poll()
    return re.sub(r"(<[^>]*>)+", "|", run_numbers(curves))


@pytest.mark.parametrize(
    ("lacks", "rows"),
    [
        (
            (),
            "|41.5%|of 282: these have an object|All anchors classified correctly|83.16%|answering",
        ),
        (("num_positives",), "|41.5%|All anchors classified correctly|83.16%|answering"),
        (("background_accuracy",), "|41.5%|of 282: these have an object|All anchors classified"),
        (("positive_accuracy",), "|–|of 282: these have an object|"),
    ],
)
def test_what_an_old_run_lacks_is_left_out(
    tmp_path: Path, lacks: tuple[str, ...], rows: str
) -> None:
    step = {
        "kind": "step", "step": 1, "class_loss": 1.0, "box_loss": 1.0, "positive_accuracy": 0.415,
        "accuracy": 0.8316, "background_accuracy": 0.75, "num_positives": 282,
        "learning_rate": 0.001, "num_samples": 16, "time": 1.0, "seconds": {},
    }  # fmt: skip
    run = RunDirectory.create(recipe("fast"), tmp_path)
    run.append_record({name: value for name, value in step.items() if name not in lacks})
    assert f"|Positive anchors classified correctly{rows}" in text_of(run)


def test_the_shipped_runs_have_numbers() -> None:
    shipped = shipped_root() / "reference" / "creature-fast-0"
    assert "All anchors classified correctly" in text_of(RunDirectory(shipped))
