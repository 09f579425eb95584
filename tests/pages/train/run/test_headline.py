from __future__ import annotations

import re
from pathlib import Path

from explorer.config import recipe
from explorer.pages.train.film.preview import FilmPreview
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run.headline import headline
from explorer.training.run.directory import RunDirectory, RunStatus


def text_of(model: TrainLiveModel) -> str:
    return re.sub(r"<[^>]*>", "|", headline(model))


def test_without_a_run_it_names_what_can_be_learned(tmp_path: Path) -> None:
    model = TrainLiveModel(tmp_path)
    assert "Press Start training and watch the network learn.|" in text_of(model)
    cards = ("ace", "king", "<b>")
    model.preview = FilmPreview("cards", cards, (), "cards")
    assert "watch the network learn to find: ace, king, &lt;b&gt;.|" in text_of(model)
    model.preview = FilmPreview("many", tuple(f"n{i}" for i in range(90)), (), "many")
    assert "learn to find: n0, n1, n2, n3, n4, n5 and 84 more.|" in text_of(model)


def test_a_run_has_the_scores_of_the_table_of_runs(tmp_path: Path) -> None:
    run = RunDirectory.create(recipe("fast"), tmp_path)
    record = {"kind": "epoch", "epoch": 1, "step": 14, "map": 0.001, "time": 0.0}
    run.append_record({**record, "ap50": 0.0044, "ap75": 0.12345})
    run.write_status(RunStatus(state="stopped", step=14, num_steps=42, epoch=1, progress=1 / 3))
    model = TrainLiveModel(tmp_path)
    model.follow(run)
    text = text_of(model)
    assert "Stopped · step 14 of 42 · epoch 1|" in text
    assert "AP50 0.004 · AP75 0.123|" in text


def test_a_ruined_run_is_not_called_finished(tmp_path: Path) -> None:
    run = RunDirectory.create(recipe("fast"), tmp_path)
    message = {"key": "loss_exploded", "first": 22.68, "highest": 582.75, "ap50": 0.0}
    far = {"step": 12, "num_steps": 12, "num_epochs": 3, "epoch": 3, "progress": 1.0}
    run.write_status(RunStatus(state="diverged", message=message, **far))
    (run.path / "records.jsonl").write_text('{"step": 5}\n[]\n')
    model = TrainLiveModel(tmp_path)
    model.follow(run)
    text = text_of(model)
    assert "Diverged · step 12 of 12 · epoch 3|" in text
    assert "2 lines of its records left out|" in text
    assert "Finished" not in text
    assert model.status.sentence == (
        "The loss rose from 22.7 to 583, and next to nothing is found (AP50 0.000): start again "
        "with a lower learning rate."
    )
