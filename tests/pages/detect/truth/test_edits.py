from __future__ import annotations

from pathlib import Path

import pytest

from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.truth.edits import TruthEdits
from explorer.pages.shared.pictures.ground_truth import MAX_OBJECTS
from explorer.pages.shared.pictures.photographs import UPLOAD, Photographs
from tests.pages.detect.readings import picture


@pytest.fixture
def model(tmp_path: Path) -> DetectModel:
    photographs = Photographs()
    photographs.add(picture(128, 64))
    model = DetectModel(tmp_path / "none.params", photographs, tmp_path)
    model.choose(UPLOAD, 0)
    return model


def boxes(model: DetectModel) -> list[tuple[float, ...]]:
    return [each.box for each in model.truth]


def test_drawn_moved_named_deleted_and_all_of_it_undone(model: DetectModel) -> None:
    edits = TruthEdits(model)
    assert (edits.object, edits.can_undo) == (None, False)
    edits.delete()
    edits.move(0, 0, 10, 10)
    assert model.truth == ()

    edits.create(32, 16, 64, 32)
    edits.create(0, 0, 16, 16)
    assert boxes(model) == [(0.25, 0.25, 0.75, 0.75), (0.0, 0.0, 0.125, 0.25)]
    assert edits.selected == 1
    edits.name("dog")
    assert [each.class_name for each in model.truth] == ["object", "dog"]
    for x in (1, 2, 3):  # one drag
        edits.move(x, 0, 16, 16)
    assert boxes(model)[1] == (3 / 128, 0.0, 19 / 128, 0.25)
    edits.create(-8, 32, 32, 64)  # cut at the border; of the class that was last chosen
    assert model.truth[2].box == (0.0, 0.5, 0.1875, 1.0)
    assert model.truth[2].class_name == "dog"
    edits.delete()
    assert edits.selected == 1

    for count in (3, 2, 2, 2, 1, 0):
        assert edits.can_undo
        edits.undo()
        assert len(model.truth) == count
    assert not edits.can_undo
    edits.undo()


def test_labels_come_back_and_leave_with_undo(tmp_path: Path) -> None:
    model = DetectModel(tmp_path / "none.params", Photographs(), tmp_path)
    edits = TruthEdits(model)
    (label,) = model.truth
    edits.load_labels()
    assert not edits.can_undo
    edits.delete()
    edits.load_labels()
    assert model.truth == (label,)
    edits.undo()
    assert model.truth == ()
    model.choose("sample", 1)
    assert not edits.can_undo
    assert len(model.truth) == 1


def test_what_cannot_be_drawn(model: DetectModel) -> None:
    edits = TruthEdits(model)
    with pytest.raises(ValueError, match="no area inside of the picture"):
        edits.create(130, 0, 10, 10)
    for _ in range(MAX_OBJECTS):
        edits.create(0, 0, 10, 10)
    with pytest.raises(ValueError, match="delete one first"):
        edits.create(0, 0, 10, 10)
    assert len(model.truth) == MAX_OBJECTS
