"""The training page's state: it follows a run directory, whatever happens to the run."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest

from explorer.config import recipe
from explorer.files import write_json
from explorer.pages.train.model import TrainLiveModel
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs


def step_record(step: int, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "step",
        "step": step,
        "epoch": 1,
        "class_loss": 10.0 / step,
        "box_loss": 1.0,
        "accuracy": 0.7,
        "background_accuracy": 0.75,
        "positive_accuracy": 0.5,
        "learning_rate": 0.001,
        "num_samples": 16,
        "seconds": {"forward": 0.5, "backward": 1.0, "update": 0.25, "data": 0.01 * step},
        "time": 100.0 + step,
        **changes,
    }


def epoch_record(step: int) -> dict[str, Any]:
    figures = {"epoch": 1, "ap50": 0.5, "ap75": 0.25, "map": 0.3}
    return {"kind": "epoch", "step": step, **figures, "time": 100.0 + step}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(recipe("fast"), tmp_path)


@pytest.fixture
def model(run: RunDirectory) -> TrainLiveModel:
    made = TrainLiveModel(root=run.path.parent)
    made.follow(run)
    return made


def test_a_run_is_read_when_it_has_written_or_for_long_has_not(
    run: RunDirectory, model: TrainLiveModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model.poll_if_written()
    assert not model.poll_if_written()
    run.append_record(step_record(1))
    assert model.poll_if_written()
    assert model.curves.steps["step"] == [1]
    assert not model.poll_if_written()
    run.write_status(RunStatus(state="running", pid=2**22 + 1))  # there is no such process
    assert model.poll_if_written()
    assert model.status.state == "died"
    (run.film / "frame-00000001.json").write_text('{"step": 1}')
    assert model.poll_if_written()
    assert model.film.steps == (1,)
    assert not model.poll_if_written()
    monkeypatch.setattr("explorer.pages.train.model._LONG_S", 0.0)
    assert model.poll_if_written()


def test_rows_come_once_and_in_order(run: RunDirectory, model: TrainLiveModel) -> None:
    for step in (1, 2):
        run.append_record(step_record(step))
    model.poll()
    run.append_record(step_record(3))
    model.poll()
    model.poll()
    assert model.curves.steps["step"] == [1, 2, 3]
    assert model.curves.steps["class_loss"] == [10.0, 5.0, 10.0 / 3]
    assert model.num_rows == 3


def test_the_smoothed_loss_is_a_mean_whose_weights_fade(
    run: RunDirectory, model: TrainLiveModel
) -> None:
    losses = [20.0, 4.0, 1.0]
    for step, loss in enumerate(losses, start=1):
        run.append_record(step_record(step, class_loss=loss))
    model.poll()
    expected = [
        20.0,
        (0.9 * 20.0 + 4.0) / 1.9,
        (0.81 * 20.0 + 0.9 * 4.0 + 1.0) / (0.81 + 0.9 + 1.0),
    ]
    assert model.curves.steps["class_loss_smooth"] == pytest.approx(expected)


def test_a_batch_without_positives_leaves_a_gap(run: RunDirectory, model: TrainLiveModel) -> None:
    run.append_record(step_record(1, positive_accuracy=None))
    model.poll()
    assert math.isnan(model.curves.steps["positive_accuracy"][0])


def test_a_resume_takes_steps_back_and_says_so(run: RunDirectory, model: TrainLiveModel) -> None:
    for record in (step_record(1), epoch_record(1), step_record(2), step_record(3)):
        run.append_record(record)
    model.poll()
    before = model.curves.generation
    run.append_record({"kind": "resume", "step": 1, "time": 200.0})
    run.append_record(step_record(2, class_loss=7.0))
    model.poll()
    assert model.curves.steps["step"] == [1, 2]
    assert model.curves.steps["class_loss"] == [10.0, 7.0]
    assert model.curves.validations["step"] == [1]
    assert model.curves.generation == before + 1


def test_a_resume_at_the_last_step_changes_nothing(
    run: RunDirectory, model: TrainLiveModel
) -> None:
    run.append_record(step_record(1))
    model.poll()
    before = model.curves.generation
    run.append_record({"kind": "resume", "step": 1, "time": 200.0})
    model.poll()
    assert (model.curves.steps["step"], model.curves.generation) == ([1], before)


def test_speed_and_time_left(run: RunDirectory, model: TrainLiveModel) -> None:
    assert model.curves.samples_per_second is None
    for step in (1, 2, 3):
        run.append_record(step_record(step, time=100.0 + 2 * step))
    run.write_status(RunStatus(state="stopped", step=3, num_steps=10))
    model.poll()
    assert model.curves.samples_per_second == pytest.approx(8.0)  # 16 images in 2 s
    assert model.seconds_left == pytest.approx(14.0)  # 7 steps of 2 s


def test_where_the_time_of_the_last_steps_went(run: RunDirectory, model: TrainLiveModel) -> None:
    assert (model.curves.num_timed, model.curves.seconds_by_stage(), model.curves.last_step) == (
        0,
        {},
        None,
    )
    for step in range(1, 24):
        run.append_record(step_record(step))
    model.poll()
    mean = {"forward": 0.5, "backward": 1.0, "update": 0.25, "data": 0.135}  # steps 4 to 23
    assert model.curves.seconds_by_stage() == pytest.approx(mean)
    assert (model.curves.num_timed, model.curves.last_step["step"]) == (20, 23)


def test_rejoin_takes_the_newest_run_and_keeps_it(run: RunDirectory) -> None:
    model = TrainLiveModel(root=run.path.parent)
    model.rejoin()
    assert model.run_id == run.run_id
    generation = model.curves.generation
    model.rejoin()
    assert model.curves.generation == generation  # nothing was read again


def test_rejoin_without_runs_shows_none(tmp_path: Path) -> None:
    model = TrainLiveModel(root=tmp_path / "nothing")
    model.rejoin()
    model.poll()
    assert model.run_id == ""
    assert not (tmp_path / "nothing").exists()


def test_a_page_without_a_run_finds_one_that_is_started_elsewhere(tmp_path: Path) -> None:
    model = TrainLiveModel(root=tmp_path)
    model.poll()
    assert model.run is None
    started = RunDirectory.create(recipe("fast"), tmp_path)
    model.poll()
    assert model.run_id == started.run_id


def test_an_unwritable_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    model = TrainLiveModel(root=tmp_path / "file" / "runs")
    with pytest.raises(ValueError, match=r"^No run was started: .+\.$"):
        model.start()


def test_a_second_start_follows_the_run_under_way(run: RunDirectory) -> None:
    process = psutil.Process()
    alive = {"pid": process.pid, "process_started": process.create_time()}
    run.write_status(RunStatus(state="running", **alive))
    model = TrainLiveModel(root=run.path.parent)
    with pytest.raises(ValueError, match="is already running"):
        model.start()
    assert model.run_id == run.run_id
    assert [path.name for path in run.path.parent.iterdir() if path.is_dir()] == [run.run_id]


def test_a_run_that_was_deleted_is_left_for_the_newest_other(
    run: RunDirectory, model: TrainLiveModel
) -> None:
    older = RunDirectory(run.path.with_name("20000101-000000-fast-0000"))
    shutil.copytree(run.path, older.path)
    run.append_record(step_record(1))
    model.poll()
    shutil.rmtree(run.path)
    model.poll()
    assert (model.run_id, model.num_rows) == (older.run_id, 0)
    shutil.rmtree(older.path)
    model.poll()
    assert (model.run_id, model.run, model.film.frame) == ("", None, None)
    model.poll()


def test_a_run_beside_it_that_was_deleted_is_left(run: RunDirectory, model: TrainLiveModel) -> None:
    other = RunDirectory.create(recipe("tutorial"), run.path.parent)
    other.append_record(step_record(1))
    for film, steps in ((run.film, (0,)), (other.film, (0, 1))):
        for step in steps:
            write_json(film / f"frame-{step:08d}.json", {"step": step})
    model.poll()
    model.look_beside(other.run_id)
    assert (model.beside.frame, model.beside_curves.num_rows) == ({"step": 0}, 1)
    shutil.rmtree(other.path)
    write_json(run.film / "frame-00000001.json", {"step": 1})
    model.poll()  # the film beside would go along to a frame that is gone
    assert (model.run_id, model.film.frame) == (run.run_id, {"step": 1})
    assert (model.beside.run, model.beside.frame, model.beside_curves.num_rows) == (None, None, 0)


def test_the_preview_is_of_the_chosen_set_until_the_run_has_its_own_images(
    tmp_path: Path, run: RunDirectory
) -> None:
    model = TrainLiveModel(root=tmp_path / "none")
    model.settings.change("dataset", "sample")
    model.look_ahead()
    assert model.preview is not None
    assert (model.preview.dataset, model.preview.class_names) == ("sample", ("creature",))

    model.settings.change("dataset", "pikachu")
    model.follow(run)  # on creature, whatever the next one is going to learn
    model.look_ahead()
    assert model.preview.dataset == "creature"
    write_json(run.film / "images.json", {"labels": []})
    model.poll()
    assert model.preview is None
    model.look_ahead()
    assert model.preview is None


def test_weights_that_are_gone_start_no_run(tmp_path: Path) -> None:
    model = TrainLiveModel(root=tmp_path / "runs")
    model.settings.change("pretrained", str(tmp_path / "gone.params"))
    with pytest.raises(ValueError, match=r"^No run was started: .*gone\.params does not") as caught:
        model.start()
    assert type(caught.value) is ValueError
    assert list_runs(model.root) == []


def test_before_there_is_a_run_nothing_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_RUNS", str(tmp_path / "runs"))
    model = TrainLiveModel()
    assert model.root == tmp_path / "runs"
    assert (model.run, model.status.state, model.num_rows) == (None, "stopped", 0)
    assert (model.trend, model.answer, model.seconds_left) == ("", "", None)


def test_without_another_run_nothing_is_shown_beside(
    run: RunDirectory, model: TrainLiveModel
) -> None:
    run.append_record(step_record(1))
    model.poll()
    assert model.num_rows == 1
    model.look_beside(run.run_id)
    assert model.beside.run is not None
    model.look_beside("")
    assert (model.beside.run, model.beside_curves.generation) != (run, 0)
    assert model.beside.run is None
    shutil.rmtree(run.path)
    model.poll()
    assert (model.run, model.num_rows, model.status.state) == (None, 0, "stopped")
