"""``ssd-explorer data import`` and ``remove``, on the cards beside the repository and on others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from explorer.cli import app
from explorer.datasets import dataset_names, load_objects, open_dataset
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture
from tests.datasets.test_voc import WHOLE, write_annotation

CARDS = Path(__file__).resolve().parents[2] / "shared" / "cards"
needs_cards = pytest.mark.skipif(
    not CARDS.is_dir(), reason=f"the photographs of playing cards are not in {CARDS}"
)

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, **options: str) -> Result:
        return CliRunner().invoke(app, ["data", *map(str, arguments)], **options)

    return call


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for number in range(10):
        picture(tmp_path / "own" / f"{number}.jpg", number)
        name = "cat" if number % 2 else "dog"
        write_annotation(tmp_path / "own" / f"{number}.xml", [(name, WHOLE)])
    return tmp_path / "own"


def refused(done: Result, *words: str) -> None:
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def test_an_imported_set_is_checked_by_its_name(command: Command, own: Path) -> None:
    done = command("import", own, "--name", "pets")
    assert done.exit_code == 0, done.stderr
    done = command("check", "pets", "--json")
    assert done.exit_code in (0, 1), done.stderr
    assert json.loads(done.stdout)["num_images"] == 10


@needs_cards
def test_the_cards_become_a_data_set(command: Command) -> None:
    done = command("import", CARDS, "--name", "cards", "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    classes = ["ace", "jack", "king", "nine", "queen", "ten"]
    assert (said["class_names"], sum(said["num_images"].values())) == (classes, 42)
    assert (sum(said["num_objects"].values()), said["num_alike"]) == (77, 0)
    assert "cards" in dataset_names()
    val = open_dataset("cards", "val")
    assert set(classes) == {classes[int(n)] for rows in val.labels for n in rows[:, 0]}
    assert load_objects("cards").num_images == 42
    # The king of IMG_2385: 92, 183, 223, 348 of 378×504, counted from 1.
    king = next(
        rows[0]
        for side in ("train", "val")
        for rows in open_dataset("cards", side).labels
        if len(rows) == 1 and abs(rows[0, 3] - 223 / 378) < 1e-4
    )
    assert king.tolist() == pytest.approx([2, 91 / 378, 182 / 504, 223 / 378, 348 / 504])
    assert "cards " in command("list").stdout


@needs_cards
def test_the_cards_by_the_api() -> None:
    found = read_annotations(CARDS)
    assert (found.kind, len(found.images), found.split) == ("voc", 42, {})
    assert all(image.path is not None and not image.problems for image in found.images)
    first = found.images[0]
    assert (first.name, first.said_size_px) == ("IMG_2385.JPG", (378, 504))
    assert first.objects[0].box_px == (91, 182, 223, 348)


def test_a_zip_file_with_classes_and_lists(command: Command, own: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "own"), "zip", tmp_path, "own")
    (tmp_path / "val.txt").write_text("3.jpg\n8\n")
    options = ("--rename", "cat=pet", "--rename", "dog=pet", "--val-list", "val.txt")
    done = command("import", "own.zip", "--name", "pets", *options)
    assert done.exit_code == 0, done.stderr
    assert "Imported pets: 8 images to train on and 2 to validate on, 10 objects of pet" in (
        done.stderr
    )
    listed = (tmp_path / "data" / "pets" / "val.lst").read_text()
    assert [line.rpartition("\t")[2] for line in listed.splitlines()] == [
        "own/3.jpg",
        "own/8.jpg",
    ]
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["pets"]


def test_bad_input_is_one_sentence_and_makes_nothing(
    command: Command, own: Path, tmp_path: Path
) -> None:
    refused(command("import", own, "--name", "a b"), "up to 64 letters", "'a b'")
    refused(command("import", own, "--name", "creature"), "'creature' is taken")
    refused(command("import", tmp_path / "no", "--name", "x"), "is not there: name a folder or")
    refused(command("import", own, "--name", "x", "--kind", "coco"), "no labels of COCO")
    refused(command("import", own, "--name", "x", "--val", "0.7"), "0 to 0.5, got 0.7")
    refused(command("import", own, "--name", "x", "--rename", "cat"), "OLD=NEW, got 'cat'")
    refused(command("import", own, "--name", "x", "--leave-out", "cow"), "no class is called 'cow'")
    (own / "3.jpg").unlink()
    (own / "5.jpg").write_bytes(b"")
    refused(command("import", own, "--name", "x"), "3.jpg is missing (2 of 10 images are bad)")
    (tmp_path / "not.zip").write_text("nothing")
    refused(command("import", "not.zip", "--name", "x"), "not.zip is not a readable zip file")
    data = tmp_path / "data"
    assert list(data.iterdir()) == []
    done = command("import", own, "--name", "x", "--skip-bad")
    assert "Left out: 3.jpg: 3.jpg is missing" in done.stderr
    before = (data / "x" / "train.rec").read_bytes()
    refused(command("import", own, "--name", "x", "--seed", 5, "--skip-bad"), "x is there already")
    assert (data / "x" / "train.rec").read_bytes() == before


def test_only_what_was_imported_is_removed(command: Command, own: Path, tmp_path: Path) -> None:
    command("import", own, "--name", "mine")
    refused(command("remove", "creature"), "no imported data set is called 'creature'", "mine")
    refused(command("remove", ".."), "no imported data set is called '..'")
    assert "Nothing was removed" in command("remove", "mine", input="n\n").stderr
    assert (tmp_path / "data" / "mine").is_dir()
    assert command("remove", "mine", input="y\n").exit_code == 0
    assert list((tmp_path / "data").iterdir()) == []
    assert len(list(own.iterdir())) == 20
