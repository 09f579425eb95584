"""What passes between the parts of the data page, on real files."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from explorer.datasets import open_dataset
from explorer.datasets.doctor import Kind
from explorer.datasets.exporters import write_voc
from explorer.pages.data.model import OwnData
from explorer.pages.data.set_plan import suggested_name
from explorer.pages.data.state import BuildState, DataState
from explorer.pages.shared.page.sentences import read_state
from tests.datasets.labelled import picture, set_of

CAT, DOG = ("cat", (6.0, 8.0, 30.0, 20.0)), ("dog", (10.0, 4.0, 58.0, 38.0))
TURNED = ("dog", (40.0, 30.0, 12.0, 6.0))


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Five photographs, of which two are the same, with one bad box."""
    folder = tmp_path / "pets"
    write_voc(set_of(folder, [[CAT, TURNED], [DOG], [CAT], [DOG], [CAT]]), folder)
    picture(folder / "4.jpg", seed=1)
    return folder


def opened(where: Path | str) -> OwnData:
    data = OwnData()

    async def open_() -> None:
        await data.source.open(str(where))
        await data.examine()

    asyncio.run(open_())
    return data


def found(data: OwnData) -> dict[Kind, int]:
    return {row.kind: row.count for row in data.doctor.rows}


def test_what_is_read_is_examined_and_planned(pets: Path) -> None:
    data = opened(pets)
    assert data.headline() == "5 images, 6 objects, 2 classes"
    assert found(data) == {Kind.INVERTED: 1, Kind.DUPLICATE_IMAGE: 1}
    assert [each.found.name for each in data.classes.classes] == ["cat", "dog"]
    assert data.builder.name == "pets"
    assert data.builder.alike == [frozenset({"1.jpg", "4.jpg"})]
    assert data.shown is data.annotations
    assert data.dataset == ""


def test_a_data_set_with_a_name_can_be_gone_on_with_at_once() -> None:
    data = opened("sample")
    assert data.dataset == "sample"
    assert data.headline() == "80 images, 80 objects of one class"


def test_what_is_mended_is_built_and_can_be_taken_back_among_the_labels(pets: Path) -> None:
    data = opened(pets)
    asyncio.run(data.doctor.fix(Kind.INVERTED))
    mended = data.annotations.images[0].objects[1].box_px
    assert mended == (12.0, 6.0, 40.0, 30.0)
    assert data.builder.annotations is data.labels.annotations is data.annotations
    data.labels.undo()
    assert data.annotations.images[0].objects[1].box_px == TURNED[1]
    asyncio.run(data.doctor.follow(data.annotations, 256))
    assert found(data)[Kind.INVERTED] == 1


def test_what_is_drawn_is_judged_named_and_built(pets: Path) -> None:
    data = opened(pets)
    asyncio.run(data.doctor.fix(Kind.INVERTED))
    data.labels.go(2)
    data.labels.name("bird")
    for _time in range(2):
        data.labels.create(40.0, 10.0, 9.0, 9.0)
    names = [one.class_name for one in data.annotations.images[2].objects]
    assert names == ["cat", "bird", "bird"]
    assert data.builder.annotations is not data.annotations  # a drag may go on
    data.settle()
    assert [each.found.name for each in data.classes.classes] == ["cat", "dog", "bird"]
    assert data.builder.annotations is data.annotations
    asyncio.run(data.doctor.follow(data.annotations, 256))
    assert found(data)[Kind.DUPLICATE_BOX] == 1
    data.builder.seed = 3
    asyncio.run(data.builder.build())
    assert data.dataset == "pets"
    sets = [open_dataset("pets", side) for side in ("train", "val")]
    assert sets[0].class_names == ("cat", "dog", "bird")
    assert sum(len(labels) for each in sets for labels in each.labels) == 8


def test_the_readers_files_stay_as_they_are(pets: Path) -> None:
    before = {path: path.read_bytes() for path in pets.iterdir()}
    data = opened(pets)
    asyncio.run(data.doctor.fix(Kind.INVERTED))
    data.labels.delete(0)
    data.settle()
    asyncio.run(data.builder.build())
    assert {path: path.read_bytes() for path in pets.iterdir()} == before


def test_while_left_labels_are_offered_nothing_is_mended(pets: Path) -> None:
    first = opened(pets)
    first.labels.delete(0)
    first.labels.saving.write_draft()
    data = opened(pets)
    assert data.labels.saving.offer
    with pytest.raises(ValueError, match="Decide first what becomes of the labels"):
        asyncio.run(data.doctor.fix(Kind.INVERTED))
    assert found(data)[Kind.INVERTED] == 1
    assert data.doctor.annotations is data.annotations
    data.labels.saving.take_up()
    assert len(data.annotations.images[0].objects) == 1


def test_classes_are_shown_as_they_are_planned(pets: Path) -> None:
    data = opened(pets)
    data.classes.rename("dog", "wolf")
    data.classes.keep("cat", False)
    assert data.shown.class_names == ("wolf",)
    assert [len(image.objects) for image in data.shown.images] == [1, 1, 0, 1, 0]
    assert data.annotations.class_names == ("cat", "dog")


def test_images_without_labels_are_opened_to_be_labelled(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "plain" / f"{number}.jpg", number)
    data = opened(tmp_path / "plain")
    assert data.source.kinds == ("images",)
    assert data.annotations is None
    asyncio.run(data.source.open_as("images"))
    assert data.headline() == "3 images, 0 objects, 0 classes"
    assert not data.builder.keep_empty
    data.labels.name("cat")
    data.labels.create(5.0, 5.0, 20.0, 20.0)
    data.settle()
    assert data.builder.counts.objects == {"cat": (1, 0)}


def test_the_page_is_kept_as_text(pets: Path) -> None:
    data = opened(pets)
    data.classes.rename("cat", "lion")
    data.builder.val_fraction, data.builder.seed, data.input_size = 0.4, 5, 320
    text = data.to_state("images").to_json()
    assert json.loads(text)["where"] == str(pets)
    other = OwnData()
    asyncio.run(other.show_state(read_state(DataState, text)))
    assert other.to_state("images").to_json() == text
    assert (other.shown.class_names, other.input_size) == (("lion", "dog"), 320)


def test_a_state_that_names_no_set_leaves_the_name_of_its_folder(pets: Path) -> None:
    data = OwnData()
    asyncio.run(data.show_state(DataState(where=str(pets), seed=9)))
    assert (data.builder.name, data.builder.seed) == (suggested_name(str(pets)), 9)


OTHER = {
    "name": "other",
    "val_fraction": 0.4,
    "seed": 5,
    "as_listed": False,
    "in_time": True,
    "keep_empty": False,
    "skip_bad": True,
}
"""A second value for each setting of the builder."""


def test_every_setting_of_the_builder_is_kept_and_brought_back(pets: Path) -> None:
    assert OTHER.keys() == BuildState.model_fields.keys()
    data, other = opened(pets), OwnData()
    for name, value in OTHER.items():
        data.builder.set_trait(name, value)
    asyncio.run(other.show_state(data.to_state()))
    assert {name: getattr(other.builder, name) for name in OTHER} == OTHER
    assert other.builder.counts == data.builder.counts


def test_addresses_of_before_open_the_same_part() -> None:
    for title, key in (("Check the labels", "doctor"), ("Images", "images"), ("", "")):
        assert read_state(DataState, json.dumps({"tab": title})).tab == key
        assert DataState(tab=key).tab == key


def test_a_state_whose_folder_is_gone_says_so_and_changes_nothing(pets: Path) -> None:
    data = opened(pets)
    state = DataState(where="no/such/place", seed=9)
    asyncio.run(data.show_state(state))
    assert data.source.problem.startswith("no/such/place is not there")
    assert data.builder.seed == 0
    assert data.annotations is not None


@pytest.mark.parametrize("text", ["", "{", '{"seed": -1}', '{"nonsense": 1}', "[]"])
def test_a_text_that_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the page stays as it was"):
        read_state(DataState, text)


def test_the_text_of_a_page_with_an_upload_says_that_this_is_gone() -> None:
    data = OwnData()
    asyncio.run(data.show_state(DataState(seed=4)))
    assert data.source.where == "sample"
    assert data.source.problem.startswith("Uploads go with their page")


def test_a_set_that_is_open_already_is_not_read_again(pets: Path) -> None:
    data = opened("sample")
    before = data.annotations
    asyncio.run(data.show_state(DataState(where=" sample ", seed=4)))
    assert data.annotations is before
    assert data.builder.seed == 4


def test_boxes_drawn_while_the_doctor_examines_stay(pets: Path) -> None:
    data = OwnData()

    async def draw_meanwhile() -> None:
        await data.source.open(str(pets))
        data.labels.turn(1)
        examining = asyncio.ensure_future(data.examine())
        await asyncio.sleep(0)
        assert data.doctor.state == "working"
        data.labels.create(40.0, 10.0, 9.0, 9.0)
        await examining

    asyncio.run(draw_meanwhile())
    assert len(data.annotations.images[1].objects) == 2
    assert data.doctor.annotations is data.annotations
    assert found(data)[Kind.INVERTED] == 1


def test_boxes_drawn_while_the_doctor_follows_stay(pets: Path) -> None:
    data = opened(pets)
    data.labels.turn(1)
    data.labels.create(40.0, 10.0, 9.0, 9.0)

    async def draw_meanwhile() -> None:
        following = asyncio.ensure_future(data.doctor.follow(data.annotations, 256))
        await asyncio.sleep(0)
        data.labels.create(20.0, 20.0, 5.0, 5.0)
        await following

    asyncio.run(draw_meanwhile())
    assert len(data.annotations.images[1].objects) == 3
    asyncio.run(data.doctor.follow(data.annotations, 256))
    assert data.doctor.annotations is data.annotations
    data.labels.undo()
    assert len(data.annotations.images[1].objects) == 2


def test_boxes_that_the_doctor_has_not_followed_yet_stay_when_it_mends(pets: Path) -> None:
    data = opened(pets)
    data.labels.turn(1)
    data.labels.create(40.0, 10.0, 9.0, 9.0)

    async def mend_and_draw() -> None:
        mending = asyncio.ensure_future(data.doctor.fix(Kind.INVERTED))
        await asyncio.sleep(0)
        data.labels.create(20.0, 20.0, 5.0, 5.0)
        await data.doctor.follow(data.annotations, 256)
        await mending

    asyncio.run(mend_and_draw())
    assert len(data.annotations.images[1].objects) == 3
    assert Kind.INVERTED not in found(data)
    assert [step.count for step in data.doctor.steps] == [1]
    data.doctor.undo()
    assert found(data)[Kind.INVERTED] == 1
    assert len(data.annotations.images[1].objects) == 3


def test_a_step_is_not_taken_back_over_boxes_that_were_drawn_since(pets: Path) -> None:
    data = opened(pets)
    asyncio.run(data.doctor.fix(Kind.INVERTED))
    data.labels.turn(1)
    data.labels.create(40.0, 10.0, 9.0, 9.0)
    data.doctor.undo()
    assert len(data.annotations.images[1].objects) == 2


def test_after_a_cancelled_step_the_doctor_follows_again(pets: Path) -> None:
    data = opened(pets)

    async def give_up() -> None:
        mending = asyncio.ensure_future(data.doctor.fix(Kind.INVERTED))
        await asyncio.sleep(0)
        data.doctor.cancel()
        await mending

    asyncio.run(give_up())
    assert found(data)[Kind.INVERTED] == 1
    data.labels.delete(1)
    asyncio.run(data.doctor.follow(data.annotations, 256))
    assert Kind.INVERTED not in found(data)
