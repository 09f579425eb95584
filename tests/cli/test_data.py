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
from tests.places import ROOT

CARDS = ROOT.parent / "shared" / "cards"
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


def test_what_can_be_mended_is_mended_if_asked(command: Command, own: Path) -> None:
    write_annotation(own / "0.xml", [("dog", (50, 30, 10, 5)), ("dog", (1, 1, 80, 20))])
    before = (own / "0.xml").read_bytes()
    refused(command("import", own, "--name", "pets"), "0.jpg: box", "empty or inverted")
    done = command("import", own, "--name", "pets", "--fix", "--json")
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["left_out"] == {}
    assert sum(report["num_objects"].values()) == 11
    assert {"Fixed: 1 × swap the corners", "Fixed: 1 × cut at the border"} <= set(report["notes"])
    assert (own / "0.xml").read_bytes() == before


def test_a_class_without_a_name_is_named_or_refused(command: Command, own: Path) -> None:
    write_annotation(own / "0.xml", [("", WHOLE)])
    refused(command("import", own, "--name", "pets"), "0.jpg: object 1 has no class")
    done = command("import", own, "--name", "pets", "--rename", "=bird", "--json")
    assert done.exit_code == 0, done.stderr
    assert set(json.loads(done.stdout)["class_names"]) == {"bird", "cat", "dog"}


def test_brackets_in_a_class_are_no_markup(command: Command, own: Path) -> None:
    write_annotation(own / "0.xml", [("[/x]", WHOLE)])
    assert command("import", own, "--name", "pets").exit_code == 0
    done = command("list")
    assert done.exit_code == 0, done.output
    assert "[/x]" in done.output


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


def test_frames_of_a_fixed_camera_are_cut_in_time_if_asked(command: Command, own: Path) -> None:
    for number in range(10):
        picture(own / f"{number}.jpg", 0)
    refused(
        command("import", own, "--name", "film"),
        "10 of 10 images look alike, as the frames of a fixed camera do",
        "(--in-time, or --train-list and --val-list)",
    )
    done = command("import", own, "--name", "film", "--in-time")
    assert "Imported film: 8 images to train on and 2 to validate on" in done.stderr


def test_texts_of_another_encoding_are_read_if_it_is_said(command: Command, own: Path) -> None:
    for path in own.glob("*.xml"):
        path.unlink()
    rows = "".join(f"{number}.jpg,Käfer,1,1,9,9\n" for number in range(10))
    (own / "a.csv").write_text(f"image,class,xmin,ymin,xmax,ymax\n{rows}", encoding="cp1252")
    refused(command("check", own), "a.csv is not in UTF-8", "--encoding cp1252")
    refused(command("import", own, "--name", "x", "--encoding", "klingon"), "'klingon' is no enc")
    done = command("import", own, "--name", "x", "--encoding", "cp1252")
    assert "10 objects of Käfer" in done.stderr


def test_lines_of_a_list_that_fit_nothing_are_counted(
    command: Command, own: Path, tmp_path: Path
) -> None:
    (tmp_path / "val.txt").write_text("3\n# the rest\n77\n")
    done = command("import", own, "--name", "x", "--val-list", "val.txt")
    assert "val.txt: 1 of its 3 lines fits no image" in done.stderr
    assert "9 images to train on and 1 to validate on" in done.stderr
    (tmp_path / "train.txt").write_text("0\n1\n")
    done = command(
        "import", own, "--name", "z", "--val-list", "val.txt", "--train-list", "train.txt"
    )
    assert "7 images are in neither list: they are shared out" in done.stderr
    (tmp_path / "val.txt").write_text("77\n78\n")
    done = command("import", own, "--name", "y", "--val-list", "val.txt")
    assert (
        "error: val.txt names no image that is here with a label: val.txt: 2 of its 2 lines"
        in done.stderr
    )
    assert not (tmp_path / "data" / "y").exists()


def test_a_given_list_wins_over_the_test_set_of_the_folder(
    command: Command, own: Path, tmp_path: Path
) -> None:
    lists = own / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "test.txt").write_text("1\n2\n3\n")
    (tmp_path / "val.txt").write_text("2\n3\n4\n")
    done = command("import", own, "--name", "x", "--val-list", "val.txt")
    assert "1 image of a test set is left out" in done.stderr
    assert "6 images to train on and 3 to validate on" in done.stderr


def test_a_class_without_an_object_is_none_of_the_set(
    command: Command, own: Path, tmp_path: Path
) -> None:
    for number in range(4):
        (own / f"{number}.xml").unlink()
        (own / f"{number}.txt").write_text("1 0.5 0.5 0.4 0.4\n")
    (own / "classes.txt").write_text("cow\nhorse\npig\n")
    done = command("import", own, "--name", "x", "--kind", "yolo")
    assert "2 classes of the list have no object" in done.stderr
    described = json.loads((tmp_path / "data" / "x" / "dataset.json").read_text())
    assert described["class_names"] == ["horse"]


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


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_only_a_data_set_is_replaced(command: Command, tmp_path: Path) -> None:
    for name, file in (("notes", "mine.txt"), ("mixed", "mine.txt"), ("lists", "train.lst")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("precious")
    (tmp_path / "mixed" / "train.rec").write_text("records")
    (tmp_path / "afile").write_text("precious")
    before = everything(tmp_path)
    make = ("make", "creature", "--train", 1, "--val", 1, "--force", "--out")
    refused(command(*make, "notes"), "notes holds mine.txt", "nothing was done")
    refused(command(*make, "mixed"), "mixed holds mine.txt")
    refused(command(*make, "lists"), "lists is not a data set")
    refused(command(*make, "afile"), "afile is a file")
    refused(command(*make, "."), ". holds afile")
    assert everything(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 4


def test_the_folder_where_one_stands_is_replaced_if_it_is_a_data_set(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "link").symlink_to(here)
    monkeypatch.chdir(here)
    make = ("make", "creature", "--train", 1, "--val", 2, "--force", "--out")
    done = command(*make, ".")
    assert done.exit_code == 0, done.stderr
    assert "Made creature: 1 image to train on and 2 to validate on, in ." in done.stderr
    assert len(open_dataset(here, "val")) == 2
    first = (here / "train.rec").read_bytes()
    assert command(*make, tmp_path / "link", "--seed", 1).exit_code == 0
    assert (here / "train.rec").read_bytes() != first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "link"]


def test_a_damaged_set_does_not_hide_the_others(command: Command, own: Path) -> None:
    command("import", own, "--name", "pets")
    command("import", own, "--name", "zoo")
    root = own.parent / "data"
    (root / "pets" / "train.rec").write_bytes(b"no records")
    (root / "creature" / "val.rec").mkdir(parents=True)
    done = command("list")
    assert done.exit_code == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:3] for line in done.stdout.splitlines() if line.strip()}
    assert rows["creature"] == ["–", "damaged"]
    assert rows["pets"] == ["damaged", "2"]
    assert rows["zoo"] == ["8", "2"]
    said = {row["name"]: row for row in json.loads(command("list", "--json").stdout)["data_sets"]}
    assert (said["pets"]["train"], said["pets"]["val"]) == (None, 2)
    assert "train.rec" in said["pets"]["problems"]["train"]
    assert said["zoo"]["class_names"] == ["cat", "dog"]


def test_the_name_of_a_set_means_the_same_everywhere(command: Command, own: Path) -> None:
    command("import", own, "--name", "pets")
    write_annotation(own.parent / "pets" / "a.xml", [("cat", WHOLE)])
    picture(own.parent / "pets" / "a.jpg")
    for arguments in (("data", "check", "pets"), ("anchors", "coverage", "pets")):
        done = CliRunner().invoke(app, [*arguments, "--json"])
        assert done.stderr.splitlines() == [
            "Taking the data set pets, not the folder of that name that is here: that one is ./pets"
        ]
        found = json.loads(done.stdout)
        assert found["num_objects"] == 10
        arguments = (*arguments[:-1], "./pets")
        there = CliRunner().invoke(app, [*arguments, "--json"])
        assert (there.stderr, json.loads(there.stdout)["num_objects"]) == ("", 1)


def test_a_zip_file_is_not_checked_but_it_is_said_how_to(command: Command, own: Path) -> None:
    shutil.make_archive(str(own), "zip", own)
    refused(command("check", "own.zip"), "own.zip is a file", "data import own.zip --name NAME")
