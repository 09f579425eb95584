from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.datasets import read_annotations
from explorer.datasets.own.label_draft import default_folder, load_draft
from explorer.pages.data.labelling.model import Labelling
from tests.datasets.labelled import boxes_of, picture, set_of

CAT, DOG = ("cat", (10.0, 10.0, 30.0, 30.0)), ("dog", (5.0, 5.0, 50.0, 35.0))


@pytest.fixture(autouse=True)
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three images that nobody has labelled."""
    for number in range(3):
        picture(tmp_path / "my photos" / f"{number} é.jpg", number)
    return tmp_path / "my photos"


def opened(folder: Path) -> Labelling:
    """As a kernel that has just started sees the folder."""
    model = Labelling()
    model.show_set(read_annotations(folder, "images"))
    return model


def draw(model: Labelling, image: int = 0) -> None:
    model.go(image)
    model.create(1, 2, 30, 20)
    model.name("Ace ♠")
    model.saving.write_draft()


def save(model: Labelling) -> None:
    asyncio.run(model.saving.save())


def answer(model: Labelling, yes: bool) -> None:
    asyncio.run(model.saving.answer(yes))


def test_saved_labels_are_read_again(photos: Path, data_root: Path) -> None:
    model = opened(photos)
    assert model.saving.folder == str(data_root / "labels" / "my photos")
    assert model.saving.line == "Nothing is changed yet."
    draw(model, 0)
    draw(model, 2)
    assert model.saving.line == "Not saved yet: 2 images changed."
    save(model)
    assert (model.saving.state, model.saving.problem) == ("idle", "")
    assert model.saving.line.endswith(": 2 images, 2 boxes (1 image left out).")
    for kind in ("auto", "voc", "coco"):
        read = read_annotations(data_root / "labels" / "my photos", kind)
        assert {image.name: boxes_of(image) for image in read.images} == {
            f"images/{number} é.jpg": [("Ace ♠", (1.0, 2.0, 31.0, 22.0))] for number in (0, 2)
        }
    model.delete(0)
    assert model.saving.line.endswith("; 1 image changed since.")
    model.undo()
    assert model.saving.line.endswith("(1 image left out).")
    model.saving.keep_empty = True
    save(model)  # over labels of our own without a question
    assert model.saving.line.endswith(": 3 images, 2 boxes.")
    folder = data_root / "labels" / "my photos"
    assert [path.name for path in folder.iterdir() if path.name.endswith("~")] == []


def test_a_draft_outlives_the_kernel(photos: Path) -> None:
    model = opened(photos)
    assert model.saving.offer == ""
    draw(model, 0)
    draw(model, 2)
    drawn = model.annotations

    model = opened(photos)
    assert "You have unsaved labels for 2 images from " in model.saving.offer
    assert model.changed == 0
    with pytest.raises(ValueError, match="Decide first what becomes of the labels"):
        model.create(0, 0, 9, 9)
    model.saving.write_draft()  # nothing is lost while the user thinks
    model.saving.take_up()
    assert model.saving.offer == ""
    assert boxes_of(model.images[2]) == [("Ace ♠", (1.0, 2.0, 31.0, 22.0))]
    assert (model.changed, model.class_names) == (2, drawn.class_names)
    assert model.saving.line == "Not saved yet: 2 images changed."
    model.undo()
    assert model.changed == 0

    model = opened(photos)
    model.saving.discard()
    assert model.saving.offer == ""
    draw(model, 1)
    assert "for 1 image from" in opened(photos).saving.offer
    model.undo()
    model.undo()
    model.saving.write_draft()
    assert opened(photos).saving.offer == ""


def test_saved_labels_are_offered_too_and_go_on_where_they_were(
    photos: Path, tmp_path: Path
) -> None:
    model = opened(photos)
    model.saving.folder = str(tmp_path / "elsewhere")
    draw(model)
    save(model)
    model = opened(photos)
    assert model.saving.offer.startswith("You have labels for 1 image from ")
    assert model.saving.offer.endswith(f", saved in {tmp_path / 'elsewhere'}.")
    model.saving.take_up()
    assert model.saving.folder == str(tmp_path / "elsewhere")
    assert model.saving.line.startswith("Saved ")
    draw(model, 1)
    save(model)
    assert model.saving.question is None
    assert len(read_annotations(tmp_path / "elsewhere").images) == 2


def test_labels_that_were_not_taken_up_are_not_lost_at_the_next_saving(
    photos: Path, data_root: Path
) -> None:
    model = opened(photos)
    draw(model, 0)
    draw(model, 1)
    save(model)
    model = opened(photos)
    model.saving.discard()
    draw(model, 2)
    save(model)
    folder = data_root / "labels" / "my photos"
    assert model.saving.state == "asking"
    assert model.saving.question.text.startswith(f"Replace the labels in {folder}?")
    assert (model.saving.question.yes, model.saving.question.no) == ("Replace", "Keep")
    answer(model, False)
    assert (model.saving.state, model.saving.question) == ("idle", None)
    assert len(read_annotations(folder).images) == 2
    save(model)
    answer(model, True)
    assert [image.name for image in read_annotations(folder).images] == ["images/2 é.jpg"]
    assert len(list((folder / "voc~").iterdir())) == 2
    save(model)  # asked once
    assert model.saving.state == "idle"


def test_among_the_images_it_is_asked_once(photos: Path) -> None:
    model = opened(photos)
    draw(model)
    assert model.saving.needs_images
    model.saving.folder = str(photos / "labels")
    assert not model.saving.needs_images
    save(model)
    assert "lies among your images" in model.saving.question.text
    answer(model, True)
    assert read_annotations(photos).images[0].path == photos / "0 é.jpg"
    draw(model, 1)
    save(model)
    assert (model.saving.question, model.saving.problem) == (None, "")


def test_sources_of_the_same_name_have_places_of_their_own(
    photos: Path, tmp_path: Path, data_root: Path
) -> None:
    draw(opened(photos))
    picture(tmp_path / "b" / "my photos" / "x.jpg")
    other = opened(tmp_path / "b" / "my photos")
    assert other.saving.folder == str(data_root / "labels" / "my photos-2")
    assert other.saving.offer == ""
    draw(other)
    assert opened(photos).saving.folder == str(data_root / "labels" / "my photos")
    assert "1 image" in opened(tmp_path / "b" / "my photos").saving.offer
    zipped = Labelling()
    zipped.show_set(read_annotations(photos, "images"), "my photos.zip")
    assert zipped.saving.folder == str(data_root / "labels" / "my photos-3")


def test_a_draft_keeps_what_is_wrong_and_what_is_gone(tmp_path: Path) -> None:
    read = set_of(tmp_path / "in", [[CAT, ("", (float("nan"), 0, 1, 1))], [DOG]])
    model = Labelling()
    model.show_set(read)
    assert model.saving.keep_empty
    model.name("fox", 0)
    model.saving.write_draft()
    again = Labelling()
    again.show_set(replace(read, images=(*read.images[:1], replace(read.images[1], name="new"))))
    again.saving.take_up()
    ((first, box), (second, strange)) = boxes_of(again.images[0])
    assert (first, box, second) == ("fox", CAT[1], "")
    assert str(strange) == "(nan, 0.0, 1.0, 1.0)"
    assert [image.name for image in again.images] == ["0.jpg", "new"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', '{"version": 2}'])
def test_a_draft_that_is_damaged_is_none(content: str) -> None:
    folder = default_folder("x", "here")
    folder.parent.mkdir(parents=True)
    folder.with_name("x.draft.json").write_text(content)
    assert load_draft(folder) is None


def test_a_draft_with_a_strange_box_is_none(photos: Path) -> None:
    draw(opened(photos))
    path = next(photos.parent.glob("data/labels/*.draft.json"))
    content = json.loads(path.read_text())
    assert content["images"]["0 é.jpg"]["objects"][0]["box_px"] == [1, 2, 31, 22]
    content["images"]["0 é.jpg"]["objects"][0]["box_px"] = [1, 2, 3]
    path.write_text(json.dumps(content))
    assert opened(photos).saving.offer == ""


def test_what_cannot_be_saved_is_one_sentence(photos: Path) -> None:
    model = opened(photos)
    save(model)
    assert model.saving.problem == "There is nothing to save: no image has a box."
    draw(model)
    model.saving.folder = "labels"
    save(model)
    assert model.saving.problem == "Type the whole path of the folder, from / on."
    model.saving.folder = str(photos / "0 é.jpg" / "x")
    save(model)
    answer(model, True)
    assert model.saving.problem.startswith("Cannot write the labels to")
    model.saving.formats = ()
    save(model)
    answer(model, True)
    assert model.saving.problem == "Choose a format to save the labels in."
    assert (model.saving.state, model.saving.line) == ("idle", "Not saved yet: 1 image changed.")


def test_another_set_stops_the_saving(photos: Path) -> None:
    model = opened(photos)
    draw(model)

    async def leave() -> None:
        saving = asyncio.ensure_future(model.saving.save())
        await asyncio.sleep(0)
        assert model.saving.works
        model.show_set(None)
        await saving

    asyncio.run(leave())
    assert (model.saving.state, model.saving.line, model.saving.folder) == ("idle", "", "")
