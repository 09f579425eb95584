from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.datasets import CancelledError, read_annotations
from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.own.label_folder import has_images, in_the_way, save_labels
from explorer.datasets.own.saved_labels import SavedLabels
from explorer.images import read_header
from tests.datasets.labelled import Objects, a_set, boxes_of, labelled, picture
from tests.datasets.record_files import BOX, write_records

HALF_A_PIXEL = 0.5
OBJECTS: dict[str, Objects] = {
    "1.jpg": [("Ace of ♠", (0.0, 0.0, 60.0, 40.0)), ("a & b <i>", (1.25, 2.5, 30.75, 33.0))],
    "x/1.jpg": [("Ace of ♠", (5.0, 6.0, 7.0, 8.0))],
    "b c/x/1.jpg": [("zehn Äpfel", (10.0, 20.0, 60.0, 40.0))],
    "b c/ü.png": [],
}


@pytest.fixture
def drawn(tmp_path: Path) -> AnnotationSet:
    """Names that are the ends of others, spaces, no ASCII; and classes not in order of names."""
    root = tmp_path / "my photos"
    images = []
    for seed, (name, objects) in enumerate(OBJECTS.items()):
        picture(root / name, seed, kind="PNG" if name.endswith("png") else "JPEG")
        images.append(labelled(name, objects, root / name))
    classes = ("zehn Äpfel", "Ace of ♠", "a & b <i>", "not drawn yet")
    return AnnotationSet(root, "images", tuple(images), classes, {})


def assert_same(read: AnnotationSet, above: str = "images/") -> None:
    found = {image.name: image for image in read.images}
    assert found.keys() == {f"{above}{name}" for name in OBJECTS}
    for name, objects in OBJECTS.items():
        image = found[f"{above}{name}"]
        assert image.path == read.root / image.name
        assert (image.problems, image.said_size_px) == ((), (60, 40))
        again = boxes_of(image)
        assert [label for label, _ in again] == [label for label, _ in objects]
        for (_, box), (_, moved) in zip(objects, again, strict=True):
            assert moved == pytest.approx(box, abs=HALF_A_PIXEL, rel=0)


def test_what_was_saved_is_read_again_with_its_images(drawn: AnnotationSet, tmp_path: Path) -> None:
    folder = tmp_path / "labels" / "my photos"
    saved = save_labels(drawn, folder, "my photos")
    assert (saved.num_images, saved.num_objects, saved.num_left_out) == (4, 4, 0)
    assert SavedLabels.load(folder) == saved
    assert sorted(path.name for path in folder.iterdir()) == [
        "coco.json", "images", "saved-labels.json", "voc",
    ]  # fmt: skip
    assert_same(read_annotations(folder, "voc"))
    read = read_annotations(folder)
    assert_same(read)
    assert read.kind == "coco"
    assert read.class_names == drawn.class_names
    assert read.notes[0].endswith("as Pascal VOC and as COCO: COCO was read")
    # A link, not a copy: no room is needed.
    assert (folder / "images/b c/ü.png").samefile(drawn.root / "b c/ü.png")


@pytest.mark.parametrize("formats", [["voc"], ["coco"]])
def test_one_format_alone(drawn: AnnotationSet, tmp_path: Path, formats: list[str]) -> None:
    save_labels(drawn, tmp_path / "out", formats=formats)
    assert_same(read_annotations(tmp_path / "out"))


@pytest.mark.parametrize("place", ["my photos/labels", "my photos", ""])
def test_in_or_above_the_folder_of_the_images_none_is_linked(
    drawn: AnnotationSet, tmp_path: Path, place: str
) -> None:
    folder = tmp_path / place
    assert has_images(folder, drawn.root)
    save_labels(drawn, folder)
    assert not (folder / "images").exists()
    for kind in ("voc", "coco"):
        assert_same(
            read_annotations(drawn.root if place else tmp_path, kind), "" if place else "my photos/"
        )


def test_the_command_line_imports_what_was_saved(drawn: AnnotationSet, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    more = [replace(image, name=f"more/{image.name}") for image in drawn.images]
    for seed, image in enumerate(more, start=10):
        picture(drawn.root / image.name, seed, kind="PNG" if image.name.endswith("png") else "JPEG")
    there = [replace(image, path=drawn.root / image.name) for image in more]
    save_labels(replace(drawn, images=(*drawn.images, *there)), folder)
    command = ["data", "import", str(folder), "--name", "mine", "--val", "0.5", "--json"]
    result = CliRunner().invoke(
        app, command, env={"SSD_EXPLORER_DATA": str(tmp_path / "data")}, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.output.splitlines()[-1])
    assert sum(report["num_images"].values()) == 8
    assert sum(report["num_objects"].values()) == 8
    assert report["left_out"] == {}


def test_images_without_a_box_or_a_file_are_left_out(drawn: AnnotationSet, tmp_path: Path) -> None:
    lost = labelled("../../away.jpg", [("cat", (0, 0, 9, 9))], said_size_px=(60, 40))
    (drawn.root / "no.jpg").write_bytes(b"no image")
    broken = labelled("no.jpg", [("cat", (0, 0, 9, 9))], drawn.root / "no.jpg")
    unread = replace(drawn.images[3], problems=("3.xml is not readable",))
    mixed = replace(drawn, images=(*drawn.images[:3], unread, lost, broken))
    saved = save_labels(mixed, tmp_path / "out")
    assert (saved.num_images, saved.num_left_out) == (3, 3)
    saved = save_labels(drawn, tmp_path / "out", keep_empty=False)
    assert (saved.num_images, saved.num_left_out) == (3, 1)
    with pytest.raises(ValueError, match="nothing to save: no image has a box"):
        save_labels(replace(drawn, images=drawn.images[3:]), tmp_path / "n", keep_empty=False)
    assert not (tmp_path / "n").exists()


def test_what_is_in_the_way_is_kept_and_not_read(drawn: AnnotationSet, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "voc").mkdir(parents=True)
    (folder / "voc" / "old.xml").write_text("<annotation/>")
    (folder / "coco.json").write_text("mine")
    (folder / "notes.txt").write_text("notes")
    assert [path.name for path in in_the_way(folder)] == ["coco.json", "voc"]
    save_labels(drawn, folder)
    assert (folder / "voc~" / "old.xml").read_text() == "<annotation/>"
    assert (folder / "coco.json~").read_text() == "mine"
    save_labels(drawn, folder)
    assert len(list((folder / "voc.2~").rglob("*.xml"))) == 4
    assert (folder / "voc~" / "old.xml").exists()
    assert (folder / "notes.txt").read_text() == "notes"
    for kind in ("voc", "coco"):
        assert_same(read_annotations(folder, kind))


def test_without_keeping_the_labels_of_before_are_gone(
    drawn: AnnotationSet, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    save_labels(drawn, folder)
    save_labels(drawn, folder, formats=["coco"], with_images=False, keep_old=False)
    assert sorted(path.name for path in folder.iterdir()) == ["coco.json", "saved-labels.json"]


def test_a_failure_leaves_everything_as_it_was(drawn: AnnotationSet, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    save_labels(drawn, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    image = labelled("1.jpg", [("cat", (float("nan"), 0, 1, 1))], drawn.root / "1.jpg")
    nan = replace(drawn, images=(image,))
    with pytest.raises(ValueError, match=r"1\.jpg, object 1: COCO needs a box of numbers"):
        save_labels(nan, folder)
    with pytest.raises(CancelledError, match="stopped after 1 of 4 images"):
        save_labels(drawn, folder, cancelled=lambda: True)
    with pytest.raises(ValueError, match="choose a format"):
        save_labels(drawn, folder, formats=[])
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    with pytest.raises(OSError, match=r"cannot write the labels to .*1\.jpg"):
        save_labels(drawn, drawn.root / "1.jpg" / "labels")


def test_the_folder_of_the_images_itself_is_never_moved(tmp_path: Path) -> None:
    picture(tmp_path / "voc" / "a.jpg")
    image = labelled("a.jpg", [("cat", (0, 0, 9, 9))], tmp_path / "voc" / "a.jpg")
    mine = a_set(image, root=tmp_path / "voc")
    with pytest.raises(ValueError, match="voc holds the images: choose another folder"):
        save_labels(mine, tmp_path)
    assert (tmp_path / "voc" / "a.jpg").exists()


def test_images_of_a_record_file_become_files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_records(tmp_path / "in" / "train.rec", [[BOX], []])
    records = read_annotations(tmp_path / "in")
    save_labels(records, tmp_path / "out")
    read = read_annotations(tmp_path / "out")
    assert [image.name for image in read.images] == [
        "images/train.rec/0.jpg", "images/train.rec/1.jpg",
    ]  # fmt: skip
    ((label, box),) = boxes_of(read.images[0])
    assert label == "class 0"
    assert box == pytest.approx((6.0, 8.0, 30.0, 32.0), abs=0.01)
    assert [read_header(image.path).size_px for image in read.images] == [(60, 40)] * 2


def test_the_upright_size_is_saved(tmp_path: Path) -> None:
    picture(tmp_path / "in/a.jpg", size=(60, 40), orientation=6)
    image = labelled("a.jpg", [("cat", (0.0, 0.0, 40.0, 60.0))], tmp_path / "in/a.jpg")
    save_labels(a_set(image, root=tmp_path / "in"), tmp_path / "out")
    (read,) = read_annotations(tmp_path / "out").images
    assert read.said_size_px == (40, 60) == read_header(read.path).size_px
    assert boxes_of(read) == [("cat", (0.0, 0.0, 40.0, 60.0))]


def test_an_image_that_is_labelled_twice_is_linked_once(tmp_path: Path) -> None:
    path = tmp_path / "photos" / "a.jpg"
    picture(path)
    twice = [labelled("a.jpg", [(name, (5.0, 6.0, 20.0, 30.0))], path) for name in ("cat", "dog")]
    folder = tmp_path / "labels"
    save_labels(a_set(*twice, root=path.parent), folder, "photos", formats=("coco",))
    assert [each.name for each in (folder / "images").iterdir()] == ["a.jpg"]
