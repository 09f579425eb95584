"""The card of runs, without a browser: about which run it talks, and in which words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from explorer.config import recipe
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run_list import RunList
from explorer.pages.train.runs.panel import RunsPanel
from explorer.training.run.directory import RunDirectory, RunStatus


def new_run(root: Path, number: int, **changes: Any) -> RunDirectory:
    """Return a run that was made after those with a lower number."""
    made = RunDirectory.create(recipe("fast", **changes), root)
    named = RunDirectory(root / f"2026010{number}-000000-fast-000{number}")
    made.path.rename(named.path)
    named.write_status(RunStatus(state="finished", step=8, num_steps=8))
    return named


def all_of(widget: widgets.Widget) -> list[widgets.Widget]:
    inside = widget.children if isinstance(widget, widgets.Box) else ()
    return [widget, *(each for child in inside for each in all_of(child))]


class Panel:
    """The panel's list, and its texts as one."""

    def __init__(self, root: Path) -> None:
        self.model = TrainLiveModel(root)
        self.panel = RunsPanel(self.model, RunList(root))
        self.panel.opened()
        every = all_of(self.panel.widget)
        (self.choice,) = (each for each in every if isinstance(each, widgets.Dropdown))
        self._texts = [each for each in every if isinstance(each, widgets.HTML)]
        self._buttons = [each for each in every if isinstance(each, widgets.Button)]

    def text(self) -> str:
        return re.sub(r"(<[^>]*>)+", "|", "".join(each.value for each in self._texts))

    def press(self, text: str) -> None:
        next(each for each in self._buttons if each.description == text).click()


@pytest.fixture
def older(tmp_path: Path) -> RunDirectory:
    return new_run(tmp_path, 1)


@pytest.fixture
def panel(older: RunDirectory) -> Panel:
    made = Panel(older.path.parent)
    made.model.follow(older)
    return made


def test_the_choice_follows_a_run_that_is_newly_shown(
    panel: Panel, older: RunDirectory, tmp_path: Path
) -> None:
    assert panel.choice.value == older.run_id
    newer = new_run(tmp_path, 2)
    panel.model.follow(newer)
    assert panel.choice.value == newer.run_id

    panel.choice.value = older.run_id  # the user compares
    newer.write_status(RunStatus(state="stopped", step=8, num_steps=8))
    panel.model.poll()
    assert panel.choice.value == older.run_id
    panel.press("Open this run")
    assert (panel.model.run_id, panel.choice.value) == (older.run_id, older.run_id)

    panel.press("Delete…")
    panel.press("Delete for good")
    assert (older.path.exists(), newer.path.exists()) == (False, True)
    assert (panel.model.run_id, panel.choice.value) == (newer.run_id, newer.run_id)


def test_runs_are_compared_by_their_names_in_the_words_of_the_page(
    panel: Panel, older: RunDirectory, tmp_path: Path
) -> None:
    newer = new_run(tmp_path, 2, seed=5, match={"negative_mining_ratio": 4})
    panel.model.follow(newer)
    panel.choice.value = older.run_id
    assert f"|Setting|{newer.run_id}|{older.run_id}|" in panel.text()
    assert "|Negatives per positive|4.0|3.0|" in panel.text()
    assert "|Seed|5|0|" in panel.text()


def test_a_short_run_has_seconds(older: RunDirectory) -> None:
    older.append_record({"kind": "start", "step": 0, "time": 100.0})
    older.append_record({"kind": "end", "step": 8, "time": 147.6})
    assert "|48 s|" in Panel(older.path.parent).text()


def test_what_cannot_be_read_of_a_run_is_said_and_hides_no_other(
    panel: Panel, older: RunDirectory, tmp_path: Path
) -> None:
    assert "left out" not in panel.text()
    odd, damaged, diverged = (new_run(tmp_path, number) for number in (2, 3, 4))
    (odd.path / "records.jsonl").write_text('{"kind": "step", "step": null}\n')
    (damaged.path / "config.json").write_text('{"config": 5}')
    message = {"key": "ap_fell", "best": 0.8, "last": 0.0}
    diverged.write_status(RunStatus(state="diverged", message=message))
    panel.model.follow(diverged)
    text = panel.text()
    for run in (older, odd, damaged, diverged):
        assert f"|{run.run_id}" in text
    assert f"|Run {odd.run_id}: 1 line of its records cannot be read and is left out.|" in text
    assert f"|Run {damaged.run_id}: {damaged.path / 'config.json'} is damaged: config: 5 is" in text
    assert f"|Run {diverged.run_id}: AP50 fell from 0.800 to 0.000, so what was learned" in text
