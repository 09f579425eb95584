"""The film's card, without a browser: whose images it shows, and which runs it offers."""

from __future__ import annotations

import shutil
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pytest

from explorer.config import recipe
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.files import write_json
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.page import Page
from explorer.pages.train.film.panel import FilmPanel
from explorer.pages.train.model import TrainLiveModel
from explorer.pages.train.run_list import RunList
from explorer.training.film import watched_images, write_watched
from explorer.training.run.directory import RunDirectory
from tests.datasets.record_files import write_records


class Card:
    """The card of a page that has just been opened."""

    def __init__(self, root: Path) -> None:
        self.model = TrainLiveModel(root)
        self.model.settings.change("dataset", "sample")
        self.runs = RunList(root)
        self.runs.refresh()
        self.panel = FilmPanel(self.model, self.runs)
        widget = self.panel.widget(Page())
        self.panel.opened()
        self.caption = next(each for each in widget.children if isinstance(each, TextLine))
        row = next(each for each in widget.children if type(each) is widgets.Box)
        (self.beside,) = (each for each in row.children if isinstance(each, widgets.Dropdown))

    def shows(self, images: list[np.ndarray]) -> bool:
        """Return whether the first row of tiles is the first three of `images`, of 256 px."""
        source = self.panel.figure.plot.select_one({"name": "image"}).data_source
        mosaic = source.data["image"][0]
        tiles = [mosaic[:256, left : left + 256] for left in (0, 264, 528)]
        expected = [theme.rgba(image) for image in images[:3]]
        return all(np.array_equal(*pair) for pair in zip(tiles, expected, strict=True))

    def offered(self) -> list[str]:
        return [run_id for _label, run_id in self.beside.options if run_id]


def images_of(dataset: str) -> list[np.ndarray]:
    found = open_dataset(dataset, "val")
    config = recipe("fast")
    watched = watched_images(found, Engine.of(config.with_(class_names=found.class_names)))
    return [each.image for each in watched]


@pytest.fixture
def own(tmp_path: Path) -> str:
    folder = tmp_path / "own"
    folder.mkdir()
    write_records(folder / "val.rec", [[[0, 0.1, 0.1, 0.5, 0.5]]] * 9)
    return str(folder)


def test_the_images_are_those_that_a_run_on_the_chosen_set_watches(
    tmp_path: Path, own: str
) -> None:
    card = Card(tmp_path / "runs")
    assert card.caption.value.startswith("Six validation images of sample;")
    assert card.shows(images_of("sample"))
    card.model.settings.change("dataset", own)
    assert card.caption.value.startswith("Six validation images of own;")
    assert card.shows(images_of(own))

    run = RunDirectory.create(recipe("fast", dataset="sample"), tmp_path / "runs")
    card.model.follow(run)  # which has none of its own yet
    assert card.caption.value.startswith("Six validation images of sample;")
    assert card.shows(images_of("sample"))
    config, found = recipe("fast"), open_dataset("sample", "val")
    watched = watched_images(found, Engine.of(config.with_(class_names=found.class_names)))[::-1]
    write_watched(watched, found.class_names, run.film)
    write_json(run.film / "frame-00000003.json", {"step": 3, "images": []})
    card.model.poll()
    assert card.caption.value == "Six validation images after step 3"
    assert card.shows(images_of("sample")[::-1])

    card.model.settings.change("dataset", own)
    assert card.shows(images_of("sample")[::-1])  # the run that is shown is another matter


def test_a_run_beside_it_that_was_deleted_is_offered_no_more(tmp_path: Path) -> None:
    runs = [RunDirectory.create(recipe(name), tmp_path) for name in ("fast", "tutorial")]
    card = Card(tmp_path)
    card.model.follow(runs[0])
    assert card.offered() == [runs[1].run_id]
    card.beside.value = runs[1].run_id
    assert card.model.beside.run == runs[1]
    shutil.rmtree(runs[1].path)
    card.model.poll()
    assert card.beside.value == ""
    card.runs.refresh()
    assert card.offered() == []
