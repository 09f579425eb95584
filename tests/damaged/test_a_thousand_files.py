"""1,000 damaged files: no traceback, no answer that takes 20 s, no more than 1 GB."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from explorer.datasets.label_formats import FORMATS
from tests.damaged.good_sets import KINDS
from tests.damaged.hostile import HOSTILE
from tests.damaged.trial import MEGABYTES
from tests.places import ROOT

NUMBER = 1000
TOGETHER = 2
"""Processes: as many as the smallest machine has cores."""


def test_every_format_of_labels_is_damaged() -> None:
    assert FORMATS.keys() - KINDS.keys() == set()


@pytest.mark.slow
def test_whatever_is_in_a_file_the_answer_is_a_sentence() -> None:
    share = NUMBER // TOGETHER
    assert judged(*([first, share] for first in range(0, NUMBER, share))) == NUMBER


@pytest.mark.slow
def test_whatever_somebody_wrote_to_do_harm_the_answer_is_a_sentence() -> None:
    assert judged([]) == sum(map(len, HOSTILE.values()))


def judged(*arguments: list[int]) -> int:
    """Have trials run at the same time, and return how many files did no harm."""
    trials = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.damaged.trial", *map(str, each)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for each in arguments
    ]
    said = [json.loads(line) for trial in trials for line in trial.communicate()[0].splitlines()]
    assert [trial.returncode for trial in trials] == [0] * len(trials)
    assert [each for each in said if "problem" in each] == []
    ends = [each for each in said if "number" in each]
    assert max(each["megabytes"] for each in ends) < MEGABYTES
    return sum(each["number"] for each in ends)
