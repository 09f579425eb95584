"""The panel without a browser: its picture, its lists, its buttons."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from explorer.datasets import read_annotations
from explorer.exchange.class_colors import CLASS_COLORS
from explorer.pages.data.labelling.model import Labelling
from explorer.pages.data.labelling.panel import LabellingPanel
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.timing.background import all_done
from tests.datasets.labelled import boxes_of, picture, set_of

CAT, HOSTILE = ("cat", (10.0, 10.0, 30.0, 30.0)), ("<img src=x>", (5.0, 5.0, 50.0, 35.0))


@pytest.fixture(autouse=True)
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))


@pytest.fixture
def model(tmp_path: Path) -> Labelling:
    model = Labelling()
    model.show_set(set_of(tmp_path / "in", [[CAT, HOSTILE], [], [CAT]]))
    return model


@pytest.fixture
def panel(model: Labelling) -> LabellingPanel:
    return LabellingPanel(model, Page())


def wish(
    panel: LabellingPanel, what: str, box: tuple[int, ...] = (0, 0, 0, 0), key: str = ""
) -> None:
    """What `object_editor.js` sends."""
    wish.time += 1  # type: ignore[attr-defined]
    now = wish.time  # type: ignore[attr-defined]
    panel.figure.editor._wish.data = {"what": [what], "box": [box], "key": [key], "time": [now]}


wish.time = 0  # type: ignore[attr-defined]


def press(panel: LabellingPanel, *keys: str) -> None:
    for key in keys:
        wish(panel, "press", key=key)


def drawn(panel: LabellingPanel) -> dict[str, list[Any]]:
    """The selected box, then the others."""
    sources = (panel.figure.editor._selected.data, panel.figure.editor._others.data)
    return {name: [*sources[0][name], *sources[1][name]] for name in sources[0]}


def rows(panel: LabellingPanel) -> list[list[str]]:
    return [
        [box.children[0].value, box.children[1].description] for box in panel._boxes._place.children
    ]


def shown(widget: widgets.Widget) -> bool:
    return widget.layout.display != "none"


def test_what_is_there_is_shown_in_the_colours_of_its_class(panel: LabellingPanel) -> None:
    assert "<b>0.jpg</b> <span>1 of 3</span>" in panel._position.value
    assert "2 of 3 images have boxes" in panel._progress.value
    assert drawn(panel) == {
        "left": [10.0, 5.0], "top": [10.0, 5.0], "right": [30.0, 50.0], "bottom": [30.0, 35.0],
        "text": ["cat", "<img src=x>"], "color": [CLASS_COLORS[1], CLASS_COLORS[0]],
        "ink": ["white", "black"],
    }  # fmt: skip
    assert rows(panel) == [["cat", "20 × 20 px"], ["<img src=x>", "45 × 30 px"]]
    names = [button.description for button in panel._classes._place.children]
    assert names == ["1  <img src=x>", "2  cat"]  # a button's text is no HTML
    assert (panel._previous.disabled, panel._undo.disabled, shown(panel._offer.widget)) == (
        True, True, False,
    )  # fmt: skip


def test_boxes_are_drawn_and_edited_on_the_picture(panel: LabellingPanel, model: Labelling) -> None:
    wish(panel, "create", (40, 2, 52, 12))
    press(panel, "2")
    assert rows(panel)[2] == ["cat", "12 × 10 px"]
    assert panel.figure.editor._selected.data["left"] == [40]
    panel.figure.editor._selected.data = {
        **panel.figure.editor._selected.data, "left": [41], "right": [53],
    }  # fmt: skip
    assert boxes_of(model.images[0])[2][1] == (41.0, 2.0, 53.0, 12.0)
    press(panel, "Escape")
    assert panel.figure.editor._selected.data["left"] == []
    wish(panel, "pick", (20, 20, 20, 20))
    assert panel.figure.editor._selected.data["text"] == ["cat"]
    chosen = [each._dom_classes for each in panel._boxes._place.children]
    assert ["ssdx-chosen" in names for names in chosen] == [True, False, False]
    wish(panel, "delete")
    assert len(rows(panel)) == 2
    press(panel, "Ctrl+z")
    assert len(rows(panel)) == 3
    panel._redo.click()
    assert len(rows(panel)) == 2
    press(panel, "n", "c")
    assert len(rows(panel)) == 2
    assert "3 of 3 images have boxes" in panel._progress.value
    assert panel._empty.disabled
    press(panel, "c")
    assert panel._problem.text == "The previous image has no other boxes that would fit here."


def test_boxes_are_edited_in_the_list(panel: LabellingPanel, model: Labelling) -> None:
    first = panel._boxes._place.children[0]
    first.children[0].value = "<img src=x>"
    assert boxes_of(model.images[0])[0][0] == "<img src=x>"
    first.children[1].click()
    assert model.selected == 0
    panel._classes._place.children[1].click()
    assert boxes_of(model.images[0])[0][0] == "cat"
    panel._classes._typed.value = "a new one"
    assert boxes_of(model.images[0])[0][0] == "a new one"
    assert (panel._classes._typed.value, len(panel._classes._place.children)) == ("", 3)
    first.children[2].click()
    assert rows(panel) == [["<img src=x>", "45 × 30 px"]]


def test_more_boxes_than_the_list_holds(tmp_path: Path) -> None:
    many = [("cat", (float(n % 50), 0.0, n % 50 + 5.0, 5.0)) for n in range(33)]
    model = Labelling()
    model.show_set(set_of(tmp_path / "in", [many]))
    panel = LabellingPanel(model, Page())
    assert len(rows(panel)) == 30
    assert "The first 30; 3 more are on the picture." in panel._boxes._note.value
    assert len(drawn(panel)["left"]) == 33


def test_more_classes_than_there_are_buttons_for(tmp_path: Path) -> None:
    names = [f"class {number:02d}" for number in range(45)]
    model = Labelling()
    model.show_set(set_of(tmp_path / "in", [[(name, CAT[1])] for name in names]))
    buttons = LabellingPanel(model, Page())._classes

    def texts() -> list[str]:
        return [button.description for button in buttons._place.children]

    assert texts()[:2] + texts()[8:] == ["1  class 00", "2  class 01", "9  class 08", *names[9:40]]
    assert buttons._typed.options == tuple(names[40:])
    buttons._typed.value = "class 43"  # it has a button as long as it is chosen
    assert texts()[39:] == ["class 39", "class 43"]
    assert "ssdx-chosen" in buttons._place.children[40]._dom_classes
    buttons._place.children[4].click()
    assert texts()[39:] == ["class 39"]
    assert "ssdx-chosen" in buttons._place.children[4]._dom_classes


def test_boxes_without_numbers_or_class_are_in_the_list_alone(tmp_path: Path) -> None:
    strange = [("", (float("nan"), 0.0, 1.0, 1.0)), ("", (30.0, 30.0, 10.0, 10.0))]
    model = Labelling()
    model.show_set(set_of(tmp_path / "in", [strange]))
    panel = LabellingPanel(model, Page())
    assert rows(panel)[0] == ["", "no numbers"]
    assert (drawn(panel)["left"], drawn(panel)["right"]) == ([10.0], [30.0])
    assert drawn(panel)["text"] == ["no class"]
    panel._boxes._place.children[0].children[2].click()
    assert len(rows(panel)) == 1


def test_the_picture_is_shown_whole_and_nearer(tmp_path: Path) -> None:
    picture(tmp_path / "tall.jpg", size=(40, 100))
    model = Labelling()
    model.show_set(read_annotations(tmp_path, "images"))
    figure = LabellingPanel(model, Page()).figure
    x, y = figure.plot.x_range, figure.plot.y_range
    whole = [-37.5, 77.5, 0, 100]
    assert [x.start, x.end, y.end, y.start] == pytest.approx(whole)
    figure.zoom(2)
    assert [x.start, x.end, y.end, y.start] == pytest.approx([-8.75, 48.75, 25, 75])
    figure.zoom(1 / 4)
    assert [x.start, x.end, y.end, y.start] == pytest.approx(whole)


def test_an_image_that_cannot_be_drawn_on_says_what_to_do(tmp_path: Path) -> None:
    read = set_of(tmp_path / "in", [[CAT], []])
    other = replace(read.images[0], said_size_px=(120, 80))
    lost = replace(read.images[1], path=None)
    model = Labelling()
    model.show_set(replace(read, images=(other, lost)))
    panel = LabellingPanel(model, Page())
    assert "let the label doctor fix its boxes" in panel._image_problem.text
    assert shown(panel._take_size)
    assert panel._draw_mode.disabled
    panel._take_size.click()
    assert (panel._image_problem.text, panel._draw_mode.disabled) == ("", False)
    assert not shown(panel._take_size)
    panel._next.click()
    assert panel._image_problem.text == "The image is not there."
    assert not shown(panel._picture)
    model.show_set(None)
    assert shown(panel._nothing)
    assert not shown(panel._whole)


def test_labels_are_saved_after_a_question_and_offered_again(
    panel: LabellingPanel, model: Labelling, tmp_path: Path
) -> None:
    saving = panel._saving

    def click(button: widgets.Button) -> None:
        async def act() -> None:
            button.click()
            await all_done()

        asyncio.run(act())

    folder = tmp_path / "out"
    (folder / "voc").mkdir(parents=True)
    saving._folder.value = str(folder)
    saving._formats["coco"].value = False
    wish(panel, "delete")
    panel._boxes._place.children[1].children[2].click()
    click(saving._save)
    assert shown(saving._asked)
    assert "Replace the labels in" in saving._question.value
    assert (saving._save.disabled, saving._yes.description) == (True, "Replace")
    click(saving._no)
    assert not shown(saving._asked)
    click(saving._save)
    click(saving._yes)
    assert sorted(path.name for path in folder.iterdir()) == [
        "images", "saved-labels.json", "voc", "voc~",
    ]  # fmt: skip
    assert ": 3 images, 2 boxes." in saving._line.value
    saving._folder.value = "nowhere"
    click(saving._save)
    assert saving._problem.text == "Type the whole path of the folder, from / on."

    model.saving.write_draft()
    original = model.original
    model.show_set(original)
    assert shown(panel._offer.widget)
    assert panel._offer._discard.description == "Do not restore them"
    panel._draw_mode.value = True
    wish(panel, "create", (0, 0, 9, 9))
    assert panel._problem.text.startswith("Decide first what becomes of the labels")
    panel._offer.widget.children[1].click()
    assert not shown(panel._offer.widget)
    assert len(rows(panel)) == 1
