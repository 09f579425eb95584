"""The controls of a run, without a browser: what they offer, and what a press does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ipywidgets as widgets
import pytest

from explorer.pages.shared.page.notice import Notice
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run.steering import RunSteering
from explorer.training import launch
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs
from tests.training.runs import (
    kill,
    tiny_config,
    wait_for_end,
    wait_for_step,
    wait_until,
    write_tiny_dataset,
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SSD_EXPLORER_THREADS", "1")
    yield tmp_path / "runs"
    for run in list_runs(tmp_path / "runs"):
        kill(run)


def shown(widget: widgets.Widget) -> dict[str, widgets.Widget]:
    """Return the controls that a user sees, by their description."""
    if widget.layout.display == "none":
        return {}
    if isinstance(widget, widgets.Box):
        return {name: one for child in widget.children for name, one in shown(child).items()}
    return {} if isinstance(widget, Notice) else {widget.description: widget}


def problem(steering: RunSteering) -> str:
    (notice,) = (child for child in steering.widget.children if isinstance(child, Notice))
    return notice.text


RATE = {"Learning rate now", "Set rate", "Recipe's rate"}


def test_a_finished_run_is_lengthened(tmp_path: Path, root: Path) -> None:
    run = launch.start_run(tiny_config(write_tiny_dataset(tmp_path / "data"), epochs=1), root)
    wait_for_end(run)
    model = TrainLiveModel(root)
    steering = RunSteering(model)
    assert "Total epochs" not in shown(steering.widget)
    model.observe(lambda _change: steering.draw(), ["run_id", "status", "num_rows"])
    model.follow(run)
    controls = shown(steering.widget)
    assert not RATE & controls.keys()
    assert "Resume this run" not in controls
    assert controls["Total epochs"].value == 2
    model.send("stop")
    assert list(run.follow_commands()) == []  # nobody would read it

    controls["Total epochs"].value = 1
    controls["Continue to this total"].click()
    assert problem(steering) == (
        f"Run {run.run_id} has ended epoch 1: ask for more than 1 epochs, not 1."
    )
    controls["Total epochs"].value = 3
    model.poll()
    assert controls["Total epochs"].value == 3  # what the user types stays
    controls["Continue to this total"].click()
    assert problem(steering) == ""
    assert model.status.active
    assert wait_for_end(run).step == 12
    model.poll()
    assert (model.status.state, model.status.num_epochs) == ("finished", 3)
    assert model.curves.steps["step"] == list(range(1, 13))
    assert controls["Total epochs"].value == 4


def test_what_a_run_answers_is_said_where_it_was_asked(tmp_path: Path, root: Path) -> None:
    run = launch.start_run(tiny_config(write_tiny_dataset(tmp_path / "data"), epochs=1000), root)
    model = TrainLiveModel(root)
    steering = RunSteering(model)
    model.observe(lambda _change: steering.draw(), ["run_id", "status", "num_rows"])
    model.follow(run)

    def polled(condition: Callable[[], bool]) -> bool:
        model.poll()
        return condition()

    wait_until(lambda: polled(lambda: model.num_rows > 0), "a step")
    run.send(Command(name="set_learning_rate", value=0.5))  # somebody else asks, too
    controls = shown(steering.widget)
    controls["Pause"].click()
    wait_until(lambda: polled(lambda: model.status.state == "paused"), "the pause")
    assert problem(steering) == ""
    controls["Learning rate now"].value = 0.00125
    controls["Set rate"].click()
    wait_until(lambda: polled(lambda: bool(model.answer)), "an answer")
    assert problem(steering) == model.answer == "Learning rate set to 0.00125."
    controls["Total epochs"].value = 1000
    controls["Set epochs"].click()
    wait_until(lambda: polled(lambda: model.answer == "Epochs set to 1000."), "an answer")
    controls["One step"].click()
    assert problem(steering) == ""


@pytest.mark.parametrize("state", ["stopped", "died", "failed"])
def test_what_a_run_that_ended_early_offers(tmp_path: Path, root: Path, state: str) -> None:
    run = RunDirectory.create(tiny_config(tmp_path), root)
    about = {"pid": 1, "step": 5, "num_steps": 12, "num_epochs": 3}
    run.write_status(RunStatus(state="running" if state == "died" else state, **about))
    model = TrainLiveModel(root)
    model.follow(run)
    controls = shown(RunSteering(model).widget)
    assert model.status.state == state
    assert {"Resume this run", "Total epochs", "Continue to this total"} <= controls.keys()
    assert not RATE & controls.keys()
    epochs, go_on = controls["Total epochs"], controls["Continue to this total"]
    assert epochs.value == 3
    assert go_on.disabled  # to go on to its three epochs is to resume it
    for number in (4, 2):
        epochs.value = number
        assert not go_on.disabled
    epochs.value = 3
    assert go_on.disabled


def test_a_run_that_was_stopped_before_the_first_step_can_only_be_resumed(
    tmp_path: Path, root: Path
) -> None:
    run = RunDirectory.create(tiny_config(tmp_path), root)
    run.write_status(RunStatus(state="stopped"))
    model = TrainLiveModel(root)
    model.follow(run)
    controls = shown(RunSteering(model).widget)
    assert "Resume this run" in controls
    assert "Total epochs" not in controls


def test_a_run_without_a_checkpoint_begins_again_only_if_that_is_chosen(
    tmp_path: Path, root: Path
) -> None:
    run = launch.start_run(tiny_config(write_tiny_dataset(tmp_path / "data"), epochs=1), root)
    for name in ("pause", "step"):
        run.send(Command(name=name))
    wait_for_step(run, 1)
    kill(run)
    model = TrainLiveModel(root)
    model.follow(run)
    steering = RunSteering(model)
    choice = {"Begin again from step 0", "Leave it as it is"}
    assert not choice & shown(steering.widget).keys()
    for label in ("Resume this run", "Continue to this total"):
        shown(steering.widget)["Total epochs"].value = 2
        shown(steering.widget)[label].click()
        assert problem(steering) == (
            f"Run {run.run_id} has no checkpoint: it can only begin again from step 0."
        )
        assert choice <= shown(steering.widget).keys()
        shown(steering.widget)["Leave it as it is"].click()
        assert problem(steering) == ""
        assert not choice & shown(steering.widget).keys()
    assert run.read_status().state == "died"
    shown(steering.widget)["Continue to this total"].click()
    shown(steering.widget)["Begin again from step 0"].click()
    assert not choice & shown(steering.widget).keys()
    assert wait_for_end(run).state == "finished"
    model.poll()
    assert model.curves.steps["step"] == list(range(1, 9))
    assert model.curves.remark is not None
    assert model.curves.remark["event"] == "began_again"
