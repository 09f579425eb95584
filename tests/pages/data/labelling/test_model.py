from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.datasets import read_annotations
from explorer.datasets.annotations import AnnotationSet
from explorer.pages.data.labelling.boxes import UNNAMED
from explorer.pages.data.labelling.model import NOTHING, Labelling
from tests.datasets.labelled import Box, boxes_of, labelled, picture, set_of

CAT, DOG = ("cat", (10.0, 10.0, 30.0, 30.0)), ("dog", (5.0, 5.0, 50.0, 35.0))


@pytest.fixture(autouse=True)
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def model(tmp_path: Path) -> Labelling:
    """Images of 60×40 px: with a cat and a dog around it, with a dog, and without objects."""
    model = Labelling()
    model.show_set(set_of(tmp_path / "in", [[CAT, DOG], [DOG], []]))
    return model


def boxes(model: Labelling) -> list[tuple[str, Box]]:
    return boxes_of(model.images[model.image])


def test_drawn_moved_named_deleted(model: Labelling) -> None:
    model.go(2)
    assert (model.objects, model.selected, model.class_name) == ((), NOTHING, "cat")
    model.create(-5, 10, 20, 15)  # cut at the border
    assert boxes(model) == [("cat", (0.0, 10.0, 15.0, 25.0))]
    assert (model.selected, model.changed, model.num_with_boxes) == (0, 1, 3)
    model.create(20, 20, 1.9, 30)  # a slip
    model.create(70, 20, 10, 10)  # outside
    assert len(model.objects) == 1
    model.create(50, 30, 100, 100)
    model.name("dog")
    assert boxes(model)[1] == ("dog", (50.0, 30.0, 60.0, 40.0))
    model.create(1, 1, 2, 2)
    assert boxes(model)[2] == ("dog", (1.0, 1.0, 3.0, 3.0))  # the class chosen last
    model.move(55, -3, 8, 8)
    assert boxes(model)[2] == ("dog", (55.0, 0.0, 60.0, 5.0))
    model.move(59, 0, 8, 8)  # nothing would be left
    assert boxes(model)[2] == ("dog", (55.0, 0.0, 60.0, 5.0))
    model.select(1)
    model.delete()
    assert [box[0] for _, box in boxes(model)] == [0.0, 55.0]
    assert model.selected == NOTHING
    model.delete()
    model.move(0, 0, 9, 9)
    assert len(model.objects) == 2
    model.select(1)
    model.delete(0)
    assert (boxes(model), model.selected) == ([("dog", (55.0, 0.0, 60.0, 5.0))], 0)
    assert [len(image.objects) for image in model.images] == [2, 1, 1]


def test_a_set_without_classes_gets_them_by_typing(tmp_path: Path) -> None:
    picture(tmp_path / "in/a.jpg")
    model = Labelling()
    model.show_set(read_annotations(tmp_path / "in", "images"))
    assert (model.class_names, model.class_name) == ((), "")
    model.create(0, 0, 10, 10)
    assert (model.class_names, boxes(model)[0][0]) == (("object",), "object")
    model.name("  Ace ♠ ")  # the name that was for want of a better one goes
    assert (model.class_names, model.class_name) == (("Ace ♠",), "Ace ♠")
    assert boxes(model) == [("Ace ♠", (0.0, 0.0, 10.0, 10.0))]
    model.select(NOTHING)
    model.name("king")
    assert (model.class_names, model.class_name) == (("Ace ♠", "king"), "king")
    assert boxes(model)[0][0] == "Ace ♠"
    model.create(20, 0, 10, 10)
    model.name_by_key(1)
    model.name_by_key(3)
    assert [name for name, _ in boxes(model)] == ["Ace ♠", "Ace ♠"]
    assert model.annotations.class_names == ("Ace ♠", "king")
    for text, said in ((" ", "Type the name"), ("x" * 101, "up to 100 characters")):
        with pytest.raises(ValueError, match=said):
            model.name(text)
    while model.can_undo:
        model.undo()
    assert (model.class_names, model.changed) == ((), 0)


def test_a_click_means_the_smallest_box_then_the_next(model: Labelling) -> None:
    for x, y, number in ((20, 20, 0), (20, 20, 1), (20, 20, 0), (40, 20, 1), (59, 39, NOTHING)):
        model.pick(x, y)
        assert model.selected == number
    model.select(5)
    assert model.selected == NOTHING


def test_undo_goes_back_to_where_it_happened(model: Labelling) -> None:
    first = model.annotations
    model.select(0)
    for x in (11, 12, 13):  # one drag
        model.move(x, 10, 20, 20)
    model.go(2)
    model.create(0, 0, 10, 10)
    model.go(1)
    model.delete(0)
    assert (model.changed, model.can_redo) == (3, False)
    last = model.annotations
    model.go(0)
    for image, selected in ((1, NOTHING), (2, NOTHING), (0, 0)):
        model.undo()
        assert (model.image, model.selected) == (image, selected)
    assert (model.annotations, model.can_undo, model.changed) == (first, False, 0)
    model.undo()
    model.go(1)
    for image, selected in ((0, 0), (2, 0), (1, NOTHING)):
        model.redo()
        assert (model.image, model.selected) == (image, selected)
    assert (model.annotations, model.can_redo) == (last, False)
    model.undo()
    model.go(0)
    model.delete(0)
    assert not model.can_redo
    assert [len(image.objects) for image in model.images] == [1, 1, 1]


def test_two_drags_of_one_box_are_two_steps(model: Labelling) -> None:
    model.select(0)
    model.move(11, 10, 20, 20)
    model.select(0)
    model.move(12, 10, 20, 20)
    model.undo()
    assert boxes(model)[0][1] == (11.0, 10.0, 31.0, 30.0)


EDITS: list[tuple[str, st.SearchStrategy[tuple[object, ...]]]] = [
    ("create", st.tuples(*[st.integers(-20, 80)] * 4)),
    ("move", st.tuples(*[st.integers(-20, 80)] * 4)),
    ("select", st.tuples(st.integers(-1, 3))),
    ("pick", st.tuples(*[st.integers(0, 60)] * 2)),
    ("delete", st.tuples(st.none() | st.integers(0, 3))),
    ("name", st.tuples(st.sampled_from(["cat", "dog", "new", "object"]), st.none() | st.just(0))),
    ("turn", st.tuples(st.sampled_from([-1, 1]))),
    ("copy_previous", st.just(())),
    ("undo", st.just(())),
    ("redo", st.just(())),
]
ANY_EDITS = st.lists(
    st.one_of([st.tuples(st.just(name), arguments) for name, arguments in EDITS]), max_size=25
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> AnnotationSet:
    return set_of(tmp_path_factory.mktemp("small"), [[CAT, DOG], [DOG], []])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=ANY_EDITS)
def test_any_edits_undone_give_the_set_back(
    small: AnnotationSet, edits: list[tuple[str, tuple[object, ...]]]
) -> None:
    model = Labelling()
    model.show_set(small)
    for name, arguments in edits:
        act: Callable[..., None] = getattr(model, name)
        try:
            act(*arguments)
        except ValueError:
            assert name == "copy_previous"
        assert model.objects == model.images[model.image].objects
        assert NOTHING <= model.selected < len(model.objects)
        for image in model.images:
            for _name, (x0, y0, x1, y1) in boxes_of(image):
                assert 0 <= x0 <= x1 - 2 <= 58
                assert 0 <= y0 <= y1 - 2 <= 38
    last = model.annotations
    steps = 0
    while model.can_undo:
        model.undo()
        steps += 1
    assert model.annotations == small
    assert model.changed == 0
    for _ in range(steps):
        model.redo()
    assert model.annotations == last


def test_through_the_images(model: Labelling) -> None:
    seen = []
    model.observe(lambda change: seen.append((change["new"], model.picture.name)), "image")
    model.turn(-1)
    model.turn(1)
    model.go(99)
    assert seen == [(1, "1.jpg"), (2, "2.jpg")]
    model.go_to_empty()  # the only one without boxes is here
    assert model.image == 2
    model.go(0)
    model.go_to_empty()
    assert model.image == 2
    model.copy_previous()
    assert boxes(model) == [DOG]
    with pytest.raises(ValueError, match="no other boxes that would fit here"):
        model.copy_previous()
    with pytest.raises(ValueError, match="Every image has a box"):
        model.go_to_empty()
    model.go(0)
    with pytest.raises(ValueError, match="no other boxes"):
        model.copy_previous()


def test_copied_boxes_are_cut_at_a_smaller_image(tmp_path: Path) -> None:
    both = set_of(tmp_path / "in", [[CAT, DOG], []])
    picture(tmp_path / "in/1.jpg", size=(20, 8))
    model = Labelling()
    model.show_set(both)
    model.go(1)
    model.copy_previous()
    assert boxes(model) == [("dog", (5.0, 5.0, 20.0, 8.0))]


def test_an_image_of_another_size_than_its_label_says_is_not_drawn_on(tmp_path: Path) -> None:
    read = set_of(tmp_path / "in", [[CAT]])
    other = replace(read, images=(replace(read.images[0], said_size_px=(120, 80)),))
    model = Labelling()
    model.show_set(other)
    assert "has 120 × 80 px, but it has 60 × 40 px" in model.problem
    for edit in (lambda: model.create(0, 0, 9, 9), lambda: model.delete(0)):
        with pytest.raises(ValueError, match="let the label doctor fix its boxes"):
            edit()
    model.take_size()
    assert (model.problem, model.images[0].said_size_px) == ("", (60, 40))
    model.create(0, 0, 9, 9)
    assert len(model.objects) == 2
    model.undo()
    model.undo()
    assert model.annotations == other


def test_boxes_are_of_the_upright_image(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", size=(60, 40), orientation=6)
    model = Labelling()
    model.show_set(read_annotations(tmp_path, "images"))
    assert (model.picture.width_px, model.picture.height_px) == (40, 60)
    model.create(30, 50, 99, 99)
    assert boxes(model)[0][1] == (30.0, 50.0, 40.0, 60.0)


def test_images_that_cannot_be_shown_say_why(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"no image")
    lost = labelled("a.jpg", [CAT])
    broken = labelled("b.jpg", [], tmp_path / "b.jpg")
    model = Labelling()
    model.show_set(AnnotationSet(tmp_path, "voc", (lost, broken), ("cat",), {}))
    assert (model.picture, model.problem) == (None, "The image is not there.")
    with pytest.raises(ValueError, match="The image is not there"):
        model.create(0, 0, 9, 9)
    model.go(1)
    assert model.problem.startswith("b.jpg is not a readable image")
    model.show_set(None)
    assert (model.images, model.picture, model.problem, model.class_names) == ((), None, "", ())
    with pytest.raises(ValueError, match="no image to draw on"):
        model.create(0, 0, 9, 9)
    with pytest.raises(ValueError, match="no image to draw on"):
        model.name("cat")


def test_drawing_takes_the_place_of_what_could_not_be_read(model: Labelling) -> None:
    broken = replace(model.images[1], problems=("1.xml is not readable as XML",))
    model.take(replace(model.annotations, images=(model.images[0], broken)))
    model.go(1)
    model.name("fox")  # a class alone is no label
    assert model.images[1].problems != ()
    model.create(0, 0, 9, 9)
    assert model.images[1].problems == ()


def test_what_the_doctor_mended_can_be_taken_back(model: Labelling) -> None:
    first = model.annotations
    model.go(2)
    model.take(replace(first, images=first.images[1:]))
    assert (model.image, model.picture.name) == (1, "2.jpg")
    model.undo()
    assert model.annotations == first


def test_a_set_begins_at_its_first_image_and_without_one_there_is_nothing(
    model: Labelling, tmp_path: Path
) -> None:
    assert (model.image, boxes(model)) == (0, [CAT, DOG])
    model.go(-5)
    assert model.image == 0
    model.go(99)
    assert model.image == 2
    model.show_set(set_of(tmp_path / "other", [[DOG], [CAT]]))
    assert (model.image, boxes(model)) == (0, [DOG])
    model.show_set(None)
    assert (model.image, model.objects, model.class_names, model.changed) == (0, (), (), 0)


def test_any_object_can_be_selected_and_deleted_by_its_number(model: Labelling) -> None:
    for number, selected in ((0, 0), (1, 1), (2, NOTHING), (-1, NOTHING)):
        model.select(number)
        assert model.selected == selected
    model.select(1)
    before = model.annotations
    model.delete(2)
    model.delete(-1)
    assert model.annotations is before
    assert model.selected == 1
    model.delete(0)
    assert (boxes(model), model.selected) == ([DOG], 0)  # still the dog


def test_the_next_image_without_boxes_is_looked_for_all_around(model: Labelling) -> None:
    model.go_to_empty()
    assert model.image == 2
    model.go_to_empty()  # it is the only one
    assert model.image == 2
    model.create(5, 5, 20, 20)
    with pytest.raises(ValueError, match="Every image has a box"):
        model.go_to_empty()
    model.go(1)
    model.delete(0)
    model.go(2)
    model.go_to_empty()
    assert model.image == 1


def test_where_the_doctor_left_the_image_out_the_last_one_is_shown(model: Labelling) -> None:
    model.go(2)
    model.take(replace(model.annotations, images=model.annotations.images[:2]))
    assert (model.image, boxes(model)) == (1, [DOG])


def test_classes_of_the_set_are_kept_when_their_last_box_goes(tmp_path: Path) -> None:
    model = Labelling()
    model.show_set(set_of(tmp_path / "in", [[CAT, (UNNAMED, DOG[1])]]))
    model.delete(0)
    model.delete(0)
    assert (model.objects, model.class_names) == ((), ("cat", UNNAMED))
    model.show_set(set_of(tmp_path / "other", [[CAT], []]))
    model.go(1)
    model.class_name = ""
    model.create(5, 5, 20, 20)
    assert model.class_names == ("cat", UNNAMED)
    model.delete(0)  # only what was drawn was called so
    assert model.class_names == ("cat",)
