"""What a run begins with, chosen in the settings: without a browser."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as widgets
import pytest

from explorer.engine.pretrained import pretrained_path
from explorer.pages.train.settings.model import TrainSettings
from explorer.pages.train.settings.panel import SettingsPanel

NOTHING = "Random weights"
SHIPPED = "Creature (comes with the explorer)"
TUTORIAL = "The tutorial’s detector (get it on the Detect page)"
OWN = "A .params file of yours…"


def all_of(widget: widgets.Widget) -> list[widgets.Widget]:
    inside = widget.children if isinstance(widget, widgets.Box) else ()
    return [widget, *(each for child in inside for each in all_of(child))]


class Page:
    """The settings' controls by their labels, and all their texts as one."""

    def __init__(self, root: Path) -> None:
        self.settings = TrainSettings(root)
        self.settings.change("dataset", "sample")
        self._panel = SettingsPanel(self.settings)
        self._panel.opened({})
        every = [each for section in self._panel.sections for each in all_of(section)]
        self.choice, self.path = (
            next(each for each in every if getattr(each, "description", "").startswith(label))
            for label in ("Start from", "Its .params file")
        )
        self._texts = [each for each in every if isinstance(each, widgets.HTML)]

    def text(self) -> str:
        return "".join(each.value for each in self._texts if each.layout.display != "none")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return Page(tmp_path)


def test_a_detector_is_chosen_explained_and_left_again(page: Page) -> None:
    assert [label for label, _value in page.choice.options] == [NOTHING, SHIPPED, TUTORIAL, OWN]
    assert (page.choice.label, page.path.layout.display) == (NOTHING, "none")
    assert "Taken" not in page.text()
    page.choice.label = SHIPPED
    assert page.settings.config.pretrained == "creature"
    assert "no other setting changes" in page.text()
    assert "<li>Taken from creature: body, 3 down-samplings, box and class heads" in page.text()
    page.settings.change("anchors", {"layers": [{"sizes": [0.2], "ratios": [1.0]}] * 5})
    assert "These anchors are not those of creature: the heads of all maps" in page.text()
    page.choice.label = NOTHING
    assert page.settings.config.pretrained == ""
    assert "Taken" not in page.text()


def test_the_tutorials_is_offered_before_it_is_here(page: Page, tmp_path: Path) -> None:
    page.choice.label = TUTORIAL
    assert page.settings.config.pretrained == "tutorial"
    assert "detector is not here: get it on the Detect page or with" in page.text()
    again = Page(tmp_path)
    again.settings.from_json(page.settings.config.to_json())
    assert (again.choice.label, again.path.layout.display) == (TUTORIAL, "none")


def test_a_file_is_typed_and_a_name_is_only_a_name(page: Page, tmp_path: Path) -> None:
    page.choice.label = OWN
    assert (page.path.layout.display, page.settings.config.pretrained) == (None, "")
    page.path.value = str(tmp_path / "none.params")
    assert "none.params does not exist: choose other weights to start from." in page.text()
    assert page.settings.config.pretrained == ""
    page.choice.label = NOTHING
    assert "does not exist" not in page.text()
    page.choice.label = OWN
    hostile = tmp_path / "<b>me&.params"
    for suffix in (".params", ".json"):
        content = pretrained_path("creature").with_suffix(suffix).read_bytes()
        hostile.with_suffix(suffix).write_bytes(content)
    page.path.value = str(hostile)
    assert page.settings.config.pretrained == str(hostile)
    assert "does not exist" not in page.text()
    assert "<li>Taken from &lt;b&gt;me&amp;.params: body" in page.text()
    assert "<b>me" not in page.text()


def test_the_settings_text_brings_it_back_and_runs_are_offered(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "20260101-fast" / "checkpoints"
    folder.mkdir(parents=True)
    (folder.parent / "config.json").write_text("{}")
    for suffix in (".params", ".json"):
        content = pretrained_path("creature").with_suffix(suffix).read_bytes()
        (folder / f"epoch-0002{suffix}").write_bytes(content)
    page.settings.change("epochs", 3)  # the list is as new as the settings
    weights = str(folder / "epoch-0002.params")
    page.choice.value = weights
    assert page.settings.config.pretrained == weights
    other = Page(tmp_path)
    other.settings.from_json(page.settings.config.to_json())
    assert other.choice.value == weights
    assert other.path.layout.display == "none"
    other.settings.change("pretrained", str(tmp_path / "mine.params"))
    assert (other.choice.label, other.path.value) == (OWN, str(tmp_path / "mine.params"))
    assert "mine.params does not exist" in other.text()
