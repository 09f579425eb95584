"""The list of a detector's classes on the detect page, without a browser."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from explorer.config import CREATURE
from explorer.engine import Engine
from explorer.pages.detect.class_toggles import MOST, ClassToggles
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.pictures.photographs import Photographs


def model_of(num_classes: int, folder: Path) -> DetectModel:
    """Return a page that has read a picture with an untrained detector of that many classes."""
    path = folder / f"of{num_classes}.params"
    names = tuple(f"class {number:02d}" for number in range(num_classes))
    Engine(names, CREATURE, input_size=64, device="cpu", seed=1).save(path)
    model = DetectModel(path, Photographs(), folder / "runs")
    model.list_models()
    asyncio.run(model.refresh())
    return model


def listed(toggles: ClassToggles) -> dict[str, bool]:
    return {box.description: box.value for box in toggles._boxes}


@pytest.mark.parametrize(("number", "shown"), [(1, "none"), (MOST, None)])
def test_all_of_a_few_classes_are_listed(number: int, shown: str | None, tmp_path: Path) -> None:
    model = model_of(number, tmp_path)
    toggles = ClassToggles(model)
    assert listed(toggles) == dict.fromkeys(model.class_names, True)
    assert toggles.section.layout.display == shown
    assert toggles._note.layout.display == "none"


def test_of_many_classes_those_are_listed_that_matter_here(tmp_path: Path) -> None:
    model = model_of(MOST + 5, tmp_path)
    toggles = ClassToggles(model)
    rows = model.detector.reading.rows
    best = list(dict.fromkeys(rows.class_id.tolist()))
    assert len(best) > 1
    found = [model.class_names[number] for number in sorted(best[:MOST])]
    assert list(listed(toggles)) == found
    assert toggles._note.layout.display is None
    assert f"Of {MOST + 5} classes" in toggles._note.value

    other = next(name for name in model.class_names if name not in found)
    model.hidden_classes = (other,)
    assert listed(toggles)[other] is False
    assert len(listed(toggles)) == min(len(best) + 1, MOST)
    toggles._boxes[list(listed(toggles)).index(other)].value = True
    assert (model.hidden_classes, list(listed(toggles))) == ((), found)
