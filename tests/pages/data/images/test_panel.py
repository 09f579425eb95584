"""The panel without a browser: filters, the grid, the image that is open."""

from __future__ import annotations

import asyncio
import base64
import io
import re
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image, ImageColor

from explorer.datasets.annotations import AnnotationSet
from explorer.exchange.class_colors import class_color
from explorer.pages.data.image_thumbnail import image_thumbnail_url
from explorer.pages.data.images.model import ImageGallery
from explorer.pages.data.images.panel import ImageGalleryPanel
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.timing.background import all_done, start
from tests.pages.data.looked_at import mixed_set


@pytest.fixture
def annotations(tmp_path: Path) -> AnnotationSet:
    return mixed_set(tmp_path)


@pytest.fixture
def panel(annotations: AnnotationSet) -> ImageGalleryPanel:
    model = ImageGallery()
    model.show_set(annotations, 100)
    asyncio.run(model.measure())
    return ImageGalleryPanel(model, Page())


def run(panel: ImageGalleryPanel, *actions: object) -> None:
    """Do what the user does on a kernel's loop, and wait for what follows from it."""

    async def act() -> None:
        for action in actions:
            action()  # type: ignore[operator]
            await all_done()

    asyncio.run(act())


def is_shown(widget: widgets.Widget) -> bool:
    return widget.layout.display != "none"


def captions(panel: ImageGalleryPanel) -> list[str]:
    shown = zip(panel.grid.slots.captions, panel.grid.slots.places, strict=True)
    return [caption.value for caption, slot in shown if is_shown(slot)]


def pixels(panel: ImageGalleryPanel, place: int) -> np.ndarray:
    content = re.search(r"base64,([^)]+)", panel.grid.slots._styles[place].value)
    assert content is not None
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content[1]))))


def is_near(pixel: np.ndarray, color: str) -> bool:
    return bool(np.abs(pixel.astype(int) - ImageColor.getrgb(color)).max() < 60)


def test_a_page_of_images_with_what_is_on_them(panel: ImageGalleryPanel) -> None:
    assert panel._count.value == "1–12 of 16 images"
    assert len(captions(panel)) == 12
    assert '<p title="00.jpg">00.jpg</p>' in captions(panel)[0]
    assert ">cat, dog</p>" in captions(panel)[0]
    assert "The image is not there." in captions(panel)[1]
    assert ">cat × 2, &lt;b&gt;bird&lt;/b&gt;</p>" in captions(panel)[5]
    assert ">no object</p>" in captions(panel)[7]
    assert panel.grid.slots.pictures[0].description == "Open 00.jpg"
    assert "&lt;b&gt;bird&lt;/b&gt;" in panel._legend.value
    assert "<b>bird" not in panel._legend.value + "".join(captions(panel))
    assert not is_shown(panel._one)


def test_pages_are_turned(panel: ImageGalleryPanel) -> None:
    assert (panel._before.disabled, panel._after.disabled) == (True, False)
    assert (panel._page.value, panel._pages.value) == (1, "of 2")
    panel._after.click()
    assert (panel._count.value, panel._page.value) == ("13–16 of 16 images", 2)
    assert (panel._before.disabled, panel._after.disabled) == (False, True)
    assert len(captions(panel)) == 4
    panel._page.value = 1
    assert panel._count.value == "1–12 of 16 images"


def test_filters_and_what_is_said_when_nothing_is_found(panel: ImageGalleryPanel) -> None:
    assert not is_shown(panel._everything)
    panel._what.value = 1
    assert (panel._count.value, is_shown(panel._turning)) == ("1–4 of 4 images", False)
    panel._sizes.value = (60, 100)
    assert panel._count.value.startswith("No image matches")
    assert not is_shown(panel._found)
    panel._everything.click()
    assert (panel._what.value, panel._sizes.value) == (-1, (0, 100))
    assert panel._count.value == "1–12 of 16 images"
    panel._text.value = "07"
    assert (panel._count.value, is_shown(panel._found)) == ("1–1 of 1 images", True)
    panel._everything.click()
    assert panel._text.value == ""
    panel._what.value = -2
    assert panel._sizes.disabled


def test_pictures_have_their_boxes_and_those_looked_for_are_stronger(
    panel: ImageGalleryPanel,
) -> None:
    run(panel, lambda: start(panel.grid.draw_pictures()))
    picture = pixels(panel, 0)
    assert picture.shape == (100, 200, 3)
    cat, dog = class_color(0), class_color(1)
    # Lines lie outside of the boxes: a cat of 0, 40, 20, 50, a dog of 50, 25, 150, 75.
    assert is_near(picture[45, 22], cat)
    assert is_near(picture[22, 100], dog)
    assert panel.grid.slots._styles[3].value == ""
    assert "The image cannot be read." in captions(panel)[3]
    assert "cannot be read" not in captions(panel)[1] + captions(panel)[5]
    panel._what.value = 1
    run(panel, lambda: start(panel.grid.draw_pictures()))
    picture = pixels(panel, 0)
    assert is_near(picture[22, 100], dog)
    assert not is_near(picture[45, 23], cat)


def test_an_image_is_opened_in_place_of_the_grid(panel: ImageGalleryPanel) -> None:
    run(panel, panel.grid.slots.pictures[4].click)
    assert (is_shown(panel._many), is_shown(panel._one)) == (False, True)
    assert "5 of 16" in panel._place.value
    opened = panel.opened
    assert "<b>04.jpg</b><br>200 × 100 px<br>Label: labels" in opened._about.value
    assert "10 × 10" in opened._table.value
    assert "50 × 50" in opened._table.value
    for class_id in (0, 1):
        source = opened.figure.plot.select_one({"name": f"image-{class_color(class_id)}"})
        assert len(source.data_source.data["left"]) == 1
    run(panel, panel._next.click)
    assert "6 of 16" in panel._place.value
    wrong = opened.figure.plot.select_one({"name": "image-wrong"}).data_source.data
    assert len(wrong["left"]) == 2
    assert "Dashed boxes cannot be trained on" in opened._table.value
    assert "&lt;b&gt;bird" in opened._table.value
    assert "<b>bird" not in opened._table.value
    panel._back.click()
    assert (is_shown(panel._many), is_shown(panel._one)) == (True, False)


def test_at_the_ends_there_is_nothing_before_and_nothing_after(panel: ImageGalleryPanel) -> None:
    run(panel, lambda: start(panel._model.open_image("00.jpg")))
    assert (panel._previous.disabled, panel._next.disabled) == (True, False)
    run(panel, lambda: start(panel._model.open_image("15.jpg")))
    assert (panel._previous.disabled, panel._next.disabled) == (False, True)
    assert "It has no object." in panel.opened._table.value


def test_an_image_that_cannot_be_read_says_why(panel: ImageGalleryPanel) -> None:
    run(panel, lambda: start(panel._model.open_image("03.jpg")))
    assert "03.jpg is not a readable image" in panel.opened._about.value
    assert not is_shown(panel.opened._picture)
    run(panel, panel._next.click)
    assert is_shown(panel.opened._picture)


def test_nothing_is_measured_before_the_panel_is_shown(annotations: AnnotationSet) -> None:
    model = ImageGallery()
    panel = ImageGalleryPanel(model, Page())
    assert panel._state.value == "There is no set to look at yet."
    assert not is_shown(panel._many)
    panel.widget.layout.display = "none"
    run(panel, lambda: model.show_set(annotations, 100))
    assert model.table is None

    def show() -> None:
        panel.widget.layout.display = None
        assert panel._state.value == "Measuring the boxes…"

    run(panel, show)
    assert panel._count.value == "1–12 of 16 images"
    run(panel, lambda: model.show_set(None))
    assert panel._state.value == "There is no set to look at yet."
    assert not is_shown(panel._many)


def test_a_small_picture_shows_boxes_that_reach_out_of_it() -> None:
    url = image_thumbnail_url(
        np.zeros((40, 60, 3), np.uint8), [((-0.5, 0.5, 0.5, 3.0), "#ff0000", 4)]
    )
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))
    assert picture.shape == (40, 60, 3)
    assert is_near(picture[18, 10], "#ff0000")
    assert is_near(picture[30, 32], "#ff0000")
    assert is_near(picture[30, 10], "#000000")
