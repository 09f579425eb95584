"""The panel without a browser: figures, sentences, and what a click opens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.datasets.annotations import AnnotationSet
from explorer.exchange.class_colors import class_color
from explorer.pages.data.class_marks import class_legend, class_marker
from explorer.pages.data.sizes.model import BoxStatistics
from explorer.pages.data.sizes.panel import BoxStatisticsPanel
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.timing.background import all_done
from tests.datasets.labelled import a_set, labelled
from tests.pages.data.images.test_panel import is_shown
from tests.pages.data.looked_at import mixed_set


@pytest.fixture
def opened() -> list[str]:
    return []


@pytest.fixture
def panel(tmp_path: Path, opened: list[str]) -> BoxStatisticsPanel:
    return panel_of(mixed_set(tmp_path), opened)


def panel_of(annotations: AnnotationSet, opened: list[str]) -> BoxStatisticsPanel:
    model = BoxStatistics()
    panel = BoxStatisticsPanel(model, Page(), opened.append)
    model.show_set(annotations, 100)
    asyncio.run(model.measure())
    return panel


def data(panel: BoxStatisticsPanel, figure: Any, name: str) -> dict[str, Any]:
    columns: dict[str, Any] = figure.select_one({"name": name}).data_source.data
    return columns


def test_each_object_is_a_dot_of_its_class(panel: BoxStatisticsPanel) -> None:
    dots = data(panel, panel.scatter.figure, "objects")
    assert len(dots["w"]) == 14  # 03.jpg is no image, but its label says its size
    assert dots["color"][:2] == [class_color(0), class_color(1)]
    assert dots["image"][:3] == ["00.jpg", "00.jpg", "01.jpg"]
    np.testing.assert_allclose(dots["w"][:2], [10, 50], rtol=1e-6)
    assert panel.scatter.figure.x_range.end == pytest.approx(55)


def test_every_figure_says_what_it_shows(panel: BoxStatisticsPanel) -> None:
    assert "ToySSD’s anchors reach IoU 0.50" in panel._sentences["fit"].value
    assert "smaller than 10 px at 100 px" in panel._sentences["sizes"].value
    assert "Squeezed to a square" in panel._sentences["aspects"].value
    assert "5 of 16 images have none" in panel._sentences["images"].value
    assert "Objects are found most" in panel._sentences["places"].value
    assert "3 objects are in no figure" in panel._unmeasured.value
    assert is_shown(panel._unmeasured)
    assert not is_shown(panel._dots)
    counts = data(panel, panel.on_images.figure, "on_images")
    assert counts["count"] == [5, 6, 4, 1]
    assert counts["range"] == ["0", "1", "2", "3"]
    places = data(panel, panel.places.figure, "places")["image"][0]
    assert places[16, 16] == pytest.approx(25)  # 4 of 16 have a dog in the middle
    assert places[0, 0] == 0
    assert places[14, 0] == pytest.approx(100 * 8 / 16 + 100 * 2 / 16)


def test_a_click_opens_the_image_of_the_nearest_object(
    panel: BoxStatisticsPanel, opened: list[str]
) -> None:
    panel.scatter._pick.data = {"x": [50.5], "y": [49.0], "time": [1]}
    assert opened == ["00.jpg"]
    assert panel._opened.text == "00.jpg is open among the images."
    ring = data(panel, panel.scatter.figure, "selected_object")
    np.testing.assert_allclose((ring["w"], ring["h"]), [[50], [50]], rtol=1e-6)
    panel.scatter._pick.data = {"x": [30.0], "y": [30.0], "time": [2]}
    assert opened == ["00.jpg"]
    assert panel._opened.text == "No object is there; click nearer to a dot."


def test_a_class_is_chosen(panel: BoxStatisticsPanel) -> None:
    async def choose(class_id: int) -> None:
        panel._class.value = class_id
        await all_done()

    asyncio.run(choose(1))
    assert set(data(panel, panel.scatter.figure, "objects")["name"]) == {"dog"}
    assert "12 of 16 images have none of this class" in panel._sentences["images"].value
    assert not is_shown(panel._unmeasured)
    asyncio.run(choose(2))  # its only box cannot be trained on
    assert data(panel, panel.scatter.figure, "objects")["w"] == []
    assert "1 object is in no figure" in panel._unmeasured.value
    assert panel._sentences["fit"].value == ""


def test_nothing_is_measured_before_the_panel_is_shown(tmp_path: Path) -> None:
    model = BoxStatistics()
    panel = BoxStatisticsPanel(model, Page(), print)
    assert panel._state.value == "There is no set to look at yet."
    annotations = mixed_set(tmp_path)

    async def look() -> None:
        panel.widget.layout.display = "none"
        model.show_set(annotations, 100)
        assert len(asyncio.all_tasks()) == 1  # this one
        panel.widget.layout.display = None
        assert panel._state.value == "Measuring the boxes…"
        await all_done()

    asyncio.run(look())
    assert is_shown(panel._content)
    assert not is_shown(panel._state)


def test_a_set_without_objects() -> None:
    panel = panel_of(a_set(labelled("a", said_size_px=(9, 9))), [])
    assert panel._state.value == "No image has an object: there is nothing to measure."
    assert not is_shown(panel._content)


def test_classes_are_told_apart_by_shape_where_colours_begin_again() -> None:
    assert class_color(0) == class_color(7)
    assert [class_marker(each) for each in (0, 6, 7, 14, 21, 28)] == [
        "circle", "circle", "square", "triangle", "diamond", "circle",
    ]  # fmt: skip
    names = tuple(f"<{each}>" for each in range(40))
    legend = class_legend(names, [3, 3, 7, 1])
    assert legend.count("<svg") == 3
    assert legend.index("&lt;1&gt;") < legend.index("&lt;3&gt;") < legend.index("&lt;7&gt;")
    assert "+ 12" in class_legend(names, range(40))
    long = class_legend(("<" * 30,), [0])
    assert f'<span title="{"&lt;" * 30}">{"&lt;" * 23}…</span>' in long
