"""Whatever a run writes of itself can be said; what earlier versions wrote stays as it was."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import explorer.training
from explorer.config import recipe
from explorer.training.run import sentences as said
from explorer.training.run.command import Command
from explorer.training.run.directory import RunDirectory, RunStatus
from explorer.training.run.history import summarise_run
from explorer.training.run.sentences import event_sentence, status_sentence

HEADS = {"box_heads": [True, True], "class_heads": [False, False]}
EVENTS = {
    "began_again": (
        {"passed_over": ["epoch-0001"]},
        "Checkpoint epoch-0001 is damaged and there is no other: the run begins again from step 0.",
    ),
    "fell_back": (
        {"passed_over": ["epoch-0003", "epoch-0002"], "name": "epoch-0001", "step": 4},
        "Checkpoints epoch-0003, epoch-0002 are damaged: the run goes on from epoch-0001, step 4.",
    ),
    "checkpoint": ({"name": "epoch-0002"}, "Checkpoint epoch-0002 saved."),
    "epochs": ({"epochs": 3, "asked": 3}, "Epochs set to 3."),
    "few_images": (
        {"num_images": 3, "batch_size": 16},
        "The data set has 3 images, fewer than a batch of 16: each step sees all of them.",
    ),
    "learning_rate": ({"value": 1.25e-3}, "Learning rate set to 0.00125."),
    "pretrained": (
        {"source": "creature", "maps": ["8×8", "4×4"], "downsamples": [], **HEADS},
        "Taken from creature: body, box heads of all maps; new: class heads of all maps.",
    ),
}
DIVERGED = {
    "step": 7,
    "split": "train",
    "term": "gradient",
    "record_ids": list(range(1, 10)),
    "whole_batch": False,
    "box": None,
    "parameter": "conv0_weight",
    "num_parameters": 3,
    "kept": True,
}
MESSAGES = {
    "ap_fell": (
        {"best": 0.8125, "last": 0.0},
        "AP50 fell from 0.812 to 0.000, so what was learned is lost: start again with a lower "
        "learning rate.",
    ),
    "loss_exploded": (
        {"first": 22.68, "highest": 4.8e4, "ap50": 0.0041},
        "The loss rose from 22.7 to 48,000, and next to nothing is found (AP50 0.004): start again "
        "with a lower learning rate.",
    ),
    "building": ({}, "Building the network."),
    "data_changed": (
        {},
        "The data set has changed since this run began: bring the former one back, or start a "
        "new run.",
    ),
    "device_memory_full": (
        {"batch_size": 8},
        "The device's memory is full: try a batch size of 8.",
    ),
    "devices": (
        {"asked": "gpu1", "num_gpus": 3, "used": ["gpu1", "gpu2"]},
        "3 GPUs were asked for, 2 found. Computing on gpu1, gpu2.",
    ),
    "died": (
        {"code": -9, "step": 7, "kept": True},
        "The worker died (code -9, killed, or out of memory) at step 7; "
        "the last checkpoint is kept.",
    ),
    "disk_full": (
        {"step": 7},
        "Disk full: step 7 is kept in memory and training is paused; free some space, and it "
        "goes on.",
    ),
    "diverged": (
        DIVERGED,
        "Stopped at step 7: the gradient is not finite for the parameter conv0_weight and 2 more, "
        "in records 1, 2, 3, 4, 5, 6, 7, 8 and 1 more. Try a lower learning rate; the last "
        "checkpoint is good.",
    ),
    "checking_images": (
        {"file": "train.rec", "done": 64, "total": 300},
        "Examining the images of train.rec: 64 of 300.",
    ),
    "making_dataset": (
        {"dataset": "creature", "done": 5, "total": 600},
        "Making the data set creature: 5 of 600 images.",
    ),
    "not_kept": (
        {"step": 7, "kept": True},
        "The disk is full: stopped at step 7, which could not be saved; the last checkpoint is "
        "kept.",
    ),
    "mxnet_failed": ({}, "MXNet failed; its message is in log.txt."),
    "paused": ({"step": 7}, "Paused at step 7."),
    "preparing": ({}, "Preparing the data set."),
    "starting": ({}, "Starting."),
    "stopped": ({"step": 7}, "Stopped at step 7; resumable."),
    "stopped_before_start": ({}, "Stopped before the first step."),
    "unexpected": (
        {"error": "KeyError"},
        "Training failed unexpectedly (KeyError); see log.txt.",
    ),
    "no_status": (
        {},
        "The file that says how far this run came is missing or damaged: resume the run, and it is "
        "written anew.",
    ),
}


@pytest.mark.parametrize("key", EVENTS)
def test_an_event(key: str) -> None:
    values, sentence = EVENTS[key]
    assert event_sentence({"kind": "event", "event": key, "step": 1, **values}) == sentence


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        (
            "died",
            {"code": -9},
            "died (code -9, killed, or out of memory) at step 7, and there is no",
        ),
        ("died", {"code": None}, "The worker died at step 7, and there is no checkpoint."),
        (
            "not_kept",
            {},
            "stopped at step 7, which could not be saved, and there is no checkpoint.",
        ),
        ("diverged", {**DIVERGED, "kept": False}, "1 more. Try a lower learning rate."),
    ],
)
def test_a_checkpoint_is_claimed_only_if_there_is_one(
    key: str, values: dict[str, Any], words: str
) -> None:
    assert words in status_sentence({"key": key, "step": 7, **values})


def test_a_run_without_any_checkpoint_begins_again() -> None:
    event = {"kind": "event", "event": "began_again", "step": 0, "passed_over": []}
    assert event_sentence(event) == "There is no checkpoint: the run begins again from step 0."


@pytest.mark.parametrize("key", MESSAGES)
def test_a_message_of_the_status(key: str) -> None:
    values, sentence = MESSAGES[key]
    read = RunStatus.model_validate_json(
        RunStatus(message={"key": key, **values}).model_dump_json()
    )
    assert read.sentence == status_sentence({"key": key, **values}) == sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": "val"}, "Stopped after step 7: the gradient"),
        ({"record_ids": [4], "parameter": None}, "is not finite in record 4. Try"),
        ({"record_ids": [4, 6], "whole_batch": True}, "more, in the batch of records 4, 6. Try"),
        ({"num_parameters": 1}, "for the parameter conv0_weight, in records 1"),
        (
            {"box": {"corners_px": [1.5, 2, 3, 4], "class_name": "cat", "record_id": 5}},
            "and 1 more, worst for the cat of record 5 at (1.5, 2, 3, 4) px. Try",
        ),
    ],
)
def test_where_a_run_diverged(changes: dict[str, Any], words: str) -> None:
    assert words in status_sentence({"key": "diverged", **DIVERGED, **changes})


def test_every_key_that_is_written_is_among_these() -> None:
    written: dict[str, set[str]] = {"event": set(), "key": set()}
    for path in Path(explorer.training.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "RunError":
                written["key"].add(ast.literal_eval(node.args[0]))
            if isinstance(node, ast.Dict):
                for name, value in zip(node.keys, node.values, strict=True):
                    if isinstance(name, ast.Constant) and name.value in written:
                        if ast.unparse(value) == "key":
                            continue  # `RunError` takes any
                        assert isinstance(value, ast.Constant), ast.unparse(node)
                        written[name.value].add(value.value)
    assert written == {"event": EVENTS.keys(), "key": MESSAGES.keys()}


def test_what_a_later_version_says_is_named() -> None:
    assert event_sentence({"kind": "event", "event": "rained", "step": 1}) == "rained"


def test_it_is_said_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "_", lambda text: text.replace("Learning rate", "Lernrate"))
    record = json.loads('{"kind": "event", "event": "learning_rate", "value": null, "step": 1}')
    assert event_sentence(record) == "Lernrate follows the recipe again."


def test_a_run_of_an_earlier_version(tmp_path: Path) -> None:
    run = RunDirectory.create(recipe("fast"), tmp_path)
    (run.path / "status.json").write_text(
        '{"state": "stopped", "pid": 5, "process_started": 7.5, "heartbeat": 9.5, "step": 3, '
        '"num_steps": 8, "num_epochs": 2, "epoch": 1, "message": "Stopped at step 3; resumable.", '
        '"progress": 0.375}'
    )
    (run.path / "records.jsonl").write_text(
        '{"kind": "start", "step": 0, "fingerprint": "f", "time": 1.0}\n'
        '{"kind": "event", "step": 2, "text": "Learning rate set to 0.01.", "time": 2.0}\n'
    )
    (run.path / "commands.jsonl").write_text(
        '{"name":"set_learning_rate","value":0.01}\n{"name":"stop"}\n'
    )
    assert summarise_run(run).message == "Stopped at step 3; resumable."
    (event,) = (each for each in run.records() if each["kind"] == "event")
    assert event_sentence(event) == "Learning rate set to 0.01."
    rate, stop = (Command.model_validate(content) for content in run.follow_commands())
    assert (rate.name, rate.value, stop.name) == ("set_learning_rate", 0.01, "stop")
    assert re.fullmatch("[0-9a-f]{8}", rate.id)
    assert rate.id != stop.id
