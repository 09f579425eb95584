"""Commands on detectors that others made with MXNet: the tutorial's own, and what is like it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

from explorer.cli import app
from explorer.config import CREATURE
from explorer.datasets.description import Description
from explorer.datasets.records.split_writer import SplitWriter
from explorer.engine import Engine
from explorer.engine.checkpoint_files import describe_checkpoint, verify_checkpoint
from explorer.images import read_image
from explorer.net.runtime import mx
from explorer.training.run.directory import list_runs
from tests.mxnet_files.tutorial_network import PlainNetwork, randomised
from tests.training.runs import kill
from tests.tutorial_files import PICTURE, WEIGHTS, needs_tutorial

OF_TUTORIAL = (
    "The tutorial's own detector, by its SHA-1: it finds pikachu, its anchors are the tutorial's, "
    "its input is 256 px.\n"
)
PROPOSED = (
    "No class names in the file: using class 0, class 1.\n"
    "No anchors in the file: using the tutorial's sizes, ratios and variances.\n"
    "No input size in the file: using 256 px.\n"
    "Nothing in the file on pixels: using RGB, mean 123 117 104, standard deviation 1 1 1.\n"
)

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SSD_EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [*map(str, arguments)])

    return call


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("theirs") / "ssd_150.params"
    randomised(PlainNetwork()).save_parameters(str(path))
    return path.read_bytes()


@pytest.fixture
def theirs(tmp_path: Path, weights: bytes) -> Path:
    path = tmp_path / "ssd_150.params"
    path.write_bytes(weights)
    return path


@pytest.fixture
def pikachus(tmp_path: Path) -> Path:
    """A data set of the tutorial's picture alone, its labels what the tutorial's detector finds."""
    folder = tmp_path / "set"
    folder.mkdir()
    found = Engine.load(WEIGHTS, "cpu").detect(read_image(PICTURE))
    labels = np.hstack([np.zeros((len(found), 1)), found.boxes]).astype(np.float32)
    for split in ("train", "val"):
        with SplitWriter(folder, split) as writer:
            writer.add(labels, PICTURE.read_bytes(), PICTURE.name)
    Description(class_names=("pikachu",)).save(folder)
    return folder


def refused(done: Result, sentence: str) -> None:
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert done.stderr == f"error: {sentence}\n"


@needs_tutorial
def test_the_tutorials_detector_finds_what_the_tutorial_shows(command: Command) -> None:
    done = command("detect", PICTURE, "--checkpoint", WEIGHTS, "--json")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == OF_TUTORIAL
    best = json.loads(done.stdout.splitlines()[0])
    height, width = read_image(PICTURE).shape[:2]
    box = np.array(best["box_px"]) / (width, height, width, height)
    np.testing.assert_allclose(box, [0.5178, 0.5051, 0.6726, 0.7012], atol=0.002)
    assert best["score"] == pytest.approx(0.6315, abs=0.002)
    assert best["class"] == "pikachu"
    scores = Engine.load(WEIGHTS, "cpu").predict([read_image(PICTURE)]).class_scores[0, :3]
    expected = [[0.31364, -1.66137], [1.11904, -1.76888], [1.16545, -0.97607]]
    np.testing.assert_allclose(scores, expected, atol=1e-4)


@needs_tutorial
def test_the_tutorials_detector_is_evaluated(command: Command, pikachus: Path) -> None:
    done = command("evaluate", "--checkpoint", WEIGHTS, "--dataset", pikachus, "--json")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == OF_TUTORIAL
    figures = json.loads(done.stdout)
    # The labels are its own detections of 0.5 or more, which nothing else outranks.
    assert (figures["ap50"], figures["ap75"], figures["num_objects"]) == (1.0, 1.0, 6)


@needs_tutorial
def test_the_tutorials_detector_is_exported(command: Command, tmp_path: Path) -> None:
    done = command("export", "--checkpoint", WEIGHTS, "--onnx", "pikachu.onnx")
    assert done.exit_code == 0, done.stderr
    assert done.stderr.startswith(OF_TUTORIAL)
    difference = re.search(r"largest difference from MXNet (\S+),", done.stderr)
    assert difference
    assert float(difference[1]) < 1e-4
    about = {each.key: each.value for each in onnx.load(tmp_path / "pikachu.onnx").metadata_props}
    assert json.loads(about["class_names"]) == ["pikachu"]


@needs_tutorial
@pytest.mark.parametrize("adopted", [False, True])
def test_a_training_begins_with_the_tutorials_detector(
    command: Command, pikachus: Path, tmp_path: Path, adopted: bool
) -> None:
    if adopted:
        assert command("adopt", WEIGHTS, "poke").stderr.startswith(OF_TUTORIAL)
    name, said = ("poke", "Run ") if adopted else (WEIGHTS, OF_TUTORIAL)
    try:
        done = command(
            *("train", "--recipe", "tutorial", "--dataset", pikachus, "--pretrained", name),
            *("--epochs", 1, "--batch-size", 1, "--device", "cpu", "--json"),
        )
    finally:
        for run in list_runs(tmp_path / "runs"):
            kill(run)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.startswith(said)
    assert (
        f"Taken from {'poke.params' if adopted else WEIGHTS.name}: body, 3 down-samplings, box "
        "and class heads of all maps; nothing is new."
    ) in done.stderr


def test_what_was_proposed_is_said_once(command: Command, theirs: Path, tmp_path: Path) -> None:
    picture = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), "grey").save(picture)
    done = command("detect", picture, picture, "--checkpoint", theirs, "--json")
    assert done.exit_code == 0, done.stderr
    how = f"To tell what the file does not say: ssd-explorer adopt {theirs} NAME --classes …\n"
    assert done.stderr.startswith(PROPOSED + how)
    assert done.stderr.count("No class names") == 1


def test_an_adopted_detector_is_one_of_ours(command: Command, theirs: Path, tmp_path: Path) -> None:
    done = command("adopt", theirs, "pets", "--classes", "cat, dog")
    assert done.exit_code == 0, done.stderr
    adopted = tmp_path / "data" / "detectors" / "pets.params"
    assert done.stdout == ""
    assert done.stderr == f"{''.join(PROPOSED.splitlines(True)[1:])}Adopted as {adopted}\n"
    assert verify_checkpoint(adopted)[0].class_names == ("cat", "dog")
    done = command("export", "--checkpoint", "pets", "--onnx", "pets.onnx")
    assert done.exit_code == 0, done.stderr
    assert done.stderr.startswith("Exported pets.onnx: ")


def test_all_can_be_told(command: Command, theirs: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("kätzchen\n\nhund, klein\n")
    done = command(
        *("adopt", theirs, "here/pets.params", "--classes", "names.txt", "--anchors", "creature"),
        *("--input-size", 320, "--mean", 1, 2, 3, "--std", 4, 5, 6, "--channel-order", "bgr"),
    )
    assert done.exit_code == 0, done.stderr
    assert done.stderr == "Adopted as here/pets.params\n"
    detector, __ = describe_checkpoint(tmp_path / "here" / "pets.params")
    assert detector.class_names == ("kätzchen", "hund, klein")
    assert (detector.anchors, detector.input_size) == (CREATURE, 320)
    assert detector.pixels == ("bgr", (1, 2, 3), (4, 5, 6))


def test_what_is_there_is_kept_without_force(
    command: Command, theirs: Path, tmp_path: Path
) -> None:
    (tmp_path / "pets.json").write_text("mine")
    refused(
        command("adopt", theirs, "pets.params"),
        "pets.json exists already: name another, or replace it with --force",
    )
    assert (tmp_path / "pets.json").read_text() == "mine"
    assert command("adopt", theirs, "pets.params", "--force").exit_code == 0
    assert verify_checkpoint(tmp_path / "pets.params")[0].class_names == ("class 0", "class 1")
    refused(
        command("adopt", theirs, theirs, "--force"),
        f"{theirs} is read by this command: name another output",
    )


def test_what_is_told_must_fit(command: Command, theirs: Path, tmp_path: Path) -> None:
    refused(
        command("adopt", theirs, "pets", "--classes", "cat"),
        f"what was told does not fit {theirs}: it scores 2 classes, but 1 name was told",
    )
    refused(
        command("adopt", theirs, "pets", "--input-size", 9),
        f"{theirs}: input_size must be 64 to 1024, got 9",
    )
    refused(
        command("adopt", theirs, "../pets"),
        "a detector's name is up to 64 letters, digits, ., - and _, begins with a letter or a "
        "digit, and does not end in .params, got '../pets'",
    )
    assert not list((tmp_path / "data").rglob("*.params"))


def test_other_files_are_refused_in_one_sentence(
    command: Command, theirs: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.params").mkdir()
    (tmp_path / "renamed.params").write_text('{"detector": {}}')
    (tmp_path / "cut.params").write_bytes(theirs.read_bytes()[:-1])
    other = mx.gluon.nn.Sequential()
    other.add(mx.gluon.nn.Conv2D(4, 3), mx.gluon.nn.Dense(10))
    other.initialize()
    other(mx.nd.zeros((1, 3, 4, 4)))
    other.save_parameters(str(tmp_path / "other.params"))
    (tmp_path / "noted.params").write_bytes(theirs.read_bytes())
    (tmp_path / "noted.json").write_text('{"epochs": 150}')
    for name, sentence in (
        ("folder.params", "folder.params is a folder, not a checkpoint's file"),
        (
            "renamed.params",
            "renamed.params is no file of MXNet's arrays: its beginning is another one",
        ),
        (
            "cut.params",
            "cut.params is damaged: its arrays end or begin where they should not",
        ),
        (
            "other.params",
            "other.params is of no detector that can be opened: its array 1.weight is (10, 16), "
            "which is no weight of a layer of ToySSD; no other-symbol.json lies beside it",
        ),
        (
            "pets-symbol.json",
            "pets-symbol.json is a graph without weights: name the .params beside it",
        ),
        (
            "noted.params",
            "noted.json does not describe a detector: it was not written beside a checkpoint; "
            "weights that others made open without it, under another name",
        ),
        ("nothing.params", "checkpoint file nothing.params does not exist"),
        ("ssd_150", "a checkpoint's name must end in .params, got ssd_150"),
    ):
        refused(command("export", "--checkpoint", name, "--onnx", "new.onnx"), sentence)
    assert not (tmp_path / "new.onnx").exists()
