"""The panel without a browser: the image before, its throws, and which crop is shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from explorer.datasets.annotations import AnnotationSet
from explorer.pages.data.augmentation.model import AugmentationModel
from explorer.pages.data.augmentation.panel import AugmentationPanel
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.timing.background import all_done
from tests.datasets.labelled import a_set
from tests.pages.data.images.test_panel import is_shown
from tests.pages.data.looked_at import mixed_set


@pytest.fixture
def annotations(tmp_path: Path) -> AnnotationSet:
    return mixed_set(tmp_path)


@pytest.fixture
def panel(annotations: AnnotationSet) -> AugmentationPanel:
    model = AugmentationModel()
    panel = AugmentationPanel(model, Page())
    run(panel, lambda: model.show_set(annotations, 64))
    return panel


def run(panel: AugmentationPanel, *actions: object) -> None:
    """Do what the user does on a kernel's loop, and wait for what follows from it."""

    async def act() -> None:
        for action in actions:
            action()  # type: ignore[operator]
            await all_done()

    asyncio.run(act())


def boxes(panel: AugmentationPanel, kind: str) -> list[list[float]]:
    columns = panel.figure.plot.select_one({"name": f"augmented-{kind}"}).data_source.data
    edges = [columns[edge] for edge in ("left", "top", "right", "bottom")]
    return [list(box) for box in zip(*edges, strict=True)]


def test_throws_stand_beside_the_image_with_the_crop_of_the_chosen_one(
    panel: AugmentationPanel,
) -> None:
    model = panel._model
    assert panel._name.value == "Image 1 of 16: 00.jpg"
    assert all("base64," in style.value for style in panel.slots._styles)
    assert "brightness" in panel.slots.captions[0].value
    for chosen in (0, 3):
        panel.slots.pictures[chosen].click()
        crop = model.thrown.throws[chosen].change.crop_px
        assert boxes(panel, "crop") == ([] if crop is None else [pytest.approx(list(crop))])
        assert len(boxes(panel, "whole") + boxes(panel, "cut")) == 2
        marked = ["ssdx-chosen" in slot._dom_classes for slot in panel.slots.places]
        assert marked.index(True) == chosen
        assert sum(marked) == 1


def test_another_throw_and_another_mode(panel: AugmentationPanel) -> None:
    before = [style.value for style in panel.slots._styles]
    run(panel, panel._another.click)
    assert all(old != new.value for old, new in zip(before, panel.slots._styles, strict=True))

    def choose() -> None:
        panel._modes.value = "none"

    run(panel, panel.slots.pictures[4].click, choose)
    assert [is_shown(slot) for slot in panel.slots.places] == [True] + [False] * 5
    assert panel._another.disabled
    assert "the same in every epoch" in panel._rule.value
    assert boxes(panel, "crop") == []
    assert "ssdx-chosen" in panel.slots.places[0]._dom_classes


def test_one_goes_through_the_images(panel: AugmentationPanel) -> None:
    assert (panel._previous.disabled, panel._next.disabled) == (True, False)
    run(panel, panel._next.click)
    assert panel._name.value == "Image 2 of 16: 01.jpg"
    assert panel._problem.text == "The image is not there."
    assert not is_shown(panel._result)
    run(panel, *[panel._next.click] * 4)
    assert panel._problem.text == ""
    assert "3 boxes are left out here" in panel._unused.value
    assert "It has no object to keep." in panel.slots.captions[0].value
    run(panel, panel._next.click)
    assert not is_shown(panel._unused)


def test_nothing_is_thrown_before_the_panel_is_shown(annotations: AnnotationSet) -> None:
    model = AugmentationModel()
    panel = AugmentationPanel(model, Page())
    assert panel._state.value == "There is no set to look at yet."
    panel.widget.layout.display = "none"
    run(panel, lambda: model.show_set(annotations))
    assert model.thrown is None

    def show() -> None:
        panel.widget.layout.display = None

    run(panel, show)
    assert model.thrown is not None
    assert is_shown(panel._content)
    run(panel, lambda: model.show_set(a_set()))
    assert panel._state.value == "The set has no image."
    assert not is_shown(panel._content)
