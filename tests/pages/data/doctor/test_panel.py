"""The panel without a browser: its list, its buttons, its picture."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.doctor import examine
from explorer.datasets.exporters import write_voc
from explorer.datasets.importers import read_annotations
from explorer.pages.data.doctor.model import LabelDoctor
from explorer.pages.data.doctor.panel import DoctorPanel, report_file
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.timing.background import all_done
from tests.datasets.doctor.sets import changed, converted, good_set, with_box
from tests.datasets.labelled import set_of


@pytest.fixture
def planted(tmp_path: Path) -> AnnotationSet:
    good = good_set(tmp_path)
    good = with_box(good, 0, 0, (-32.0, 50.0, 80.0, 150.0))
    good = with_box(good, 1, 1, (160.0, 50.0, 240.0, 300.0))
    good = with_box(good, 3, 0, (10.0, 50.0, 90.0, 150.0), class_name="<img src=x>")
    return changed(good, 4, path=None)


@pytest.fixture
def model(planted: AnnotationSet) -> LabelDoctor:
    model = LabelDoctor()
    listed = replace(planted, class_names=("cat", "dog"))
    asyncio.run(model.examine(listed))
    return model


def titles(panel: DoctorPanel) -> list[str]:
    return [row.children[0].description for row in panel._list.children]


def buttons(panel: DoctorPanel, row: int) -> dict[str, widgets.Button]:
    """What can be pressed in a row, beside its title."""
    box = panel._list.children[row].children[2]
    if box.layout.display == "none":
        return {}
    return {each.description: each for each in box.children if each.layout.display != "none"}


def drawn(panel: DoctorPanel) -> dict[str, int]:
    return {
        name: len(panel.figure.plot.select_one({"name": f"doctor-{name}"}).data_source.data["left"])
        for name in ("other", "fixed", "found")
    }


def press(panel: DoctorPanel, button: widgets.Button) -> None:
    """Click a button whose work goes on on the kernel's loop, and wait for its end."""

    async def click() -> None:
        button.click()
        await all_done()

    asyncio.run(click())


def test_kinds_are_listed_and_the_chosen_one_says_more(model: LabelDoctor) -> None:
    panel = DoctorPanel(model, Page())
    assert "6 images, 18 objects: 4 errors." in panel._headline.value
    assert titles(panel) == [
        "Error: The image is not there (1)",
        "Error: Box reaches out of the image (2)",
        "Error: Class that is not in the list (1)",
    ]
    assert list(buttons(panel, 0)) == ["Leave these out"]
    assert buttons(panel, 1) == {}
    assert "The image cannot be shown." in panel._reason.value
    assert panel._picture.layout.display == "none"
    panel._list.children[1].children[0].click()
    assert list(buttons(panel, 1)) == ["Fix all 2", "Leave these out"]
    assert "The anchors end at the border" in panel._list.children[1].children[1].value
    assert "ssdx-chosen" in panel._list.children[1]._dom_classes
    assert "ssdx-chosen" not in panel._list.children[0]._dom_classes
    assert panel._picture.layout.display is None


def test_findings_of_a_kind_come_one_after_another(model: LabelDoctor) -> None:
    panel = DoctorPanel(model, Page())
    panel._list.children[1].children[0].click()
    assert "1 of 2" in panel._position.value
    assert (panel._previous.disabled, panel._next.disabled) == (True, False)
    assert "<b>00.jpg, object 1, 00.xml</b>" in panel._reason.value
    assert "A fix would cut at the border." in panel._reason.value
    assert drawn(panel) == {"other": 2, "fixed": 1, "found": 1}
    panel._next.click()
    assert "2 of 2" in panel._position.value
    assert "<b>01.jpg, object 2, 01.xml</b>" in panel._reason.value
    assert (panel._previous.disabled, panel._next.disabled) == (False, True)


def test_names_from_files_are_no_html(model: LabelDoctor) -> None:
    panel = DoctorPanel(model, Page())
    panel._list.children[2].children[0].click()
    assert "&lt;img src=x&gt;, and the list has 2: cat, dog" in panel._reason.value
    assert "<img" not in panel._reason.value


def test_fixing_all_leaving_out_and_undo(model: LabelDoctor) -> None:
    panel = DoctorPanel(model, Page())
    assert panel._undo.layout.display == "none"
    panel._list.children[1].children[0].click()
    press(panel, buttons(panel, 1)["Fix all 2"])
    assert titles(panel) == [
        "Error: The image is not there (1)",
        "Error: Class that is not in the list (1)",
    ]
    assert "ssdx-chosen" in panel._list.children[1]._dom_classes  # what has taken its place
    assert (panel._undo.layout.display, panel._undo.description) == (None, "Undo: 2 fixed")
    press(panel, buttons(panel, 1)["Leave these out"])
    assert panel._undo.description == "Undo: 1 left out"
    assert model.annotations is not None
    assert len(model.annotations.images[3].objects) == 2
    panel._undo.click()
    panel._undo.click()
    assert len(titles(panel)) == 3
    assert panel._undo.layout.display == "none"


def test_before_an_examination_and_after_a_good_one_there_is_nothing_to_look_at(
    tmp_path: Path,
) -> None:
    model = LabelDoctor()
    panel = DoctorPanel(model, Page())
    assert "Nothing was examined yet." in panel._headline.value
    assert panel._columns.layout.display == "none"
    asyncio.run(model.examine(good_set(tmp_path)))
    assert "6 images, 18 objects: nothing is wrong." in panel._headline.value
    assert panel._columns.layout.display == "none"
    assert panel._cancel.layout.display == panel._progress.layout.display == "none"


def test_what_holds_for_the_whole_set_stands_above(tmp_path: Path) -> None:
    model = LabelDoctor()
    panel = DoctorPanel(model, Page())
    swapped = converted(good_set(tmp_path), lambda b: (b[1], b[0], b[3], b[2]))
    asyncio.run(model.examine(swapped))
    assert panel._diagnoses.layout.display is None
    told = "<p>x and y swapped, in 6 of 6 images (likely): as they stand, 6 of 18 boxes"
    assert told in panel._diagnoses.value
    assert titles(panel) == ["Error: x and y swapped (18)"]


def test_the_report_that_is_saved_is_the_one_that_the_command_prints(tmp_path: Path) -> None:
    turned = ("dog", (40.0, 30.0, 12.0, 6.0))
    write_voc(set_of(tmp_path, [[turned], [("cat", (1.0, 2.0, 30.0, 20.0))]]), tmp_path)
    report = examine(read_annotations(tmp_path))
    check = CliRunner().invoke(app, ["data", "check", str(tmp_path)])
    text = report_file(report, "text")
    assert (text.name, text.media_type) == ("label-report.txt", "text/plain")
    assert text.content.decode() == check.stdout
    check = CliRunner().invoke(app, ["data", "check", str(tmp_path), "--json"])
    assert json.loads(report_file(report, "json").content) == json.loads(check.stdout)
    assert check.exit_code == 1
