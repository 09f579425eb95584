"""Every format of labels is whole: an importer that can look and read, and a name of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.cli import app
from explorer.datasets.importers.folder.contents import Look
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS, importer
from explorer.datasets.own.label_folder import WRITTEN


@pytest.mark.parametrize("kind", FORMATS)
def test_its_importer_finds_nothing_in_an_empty_folder(kind: str, tmp_path: Path) -> None:
    files = ImageFiles(tmp_path)
    assert not importer(kind).is_here(Look(files))
    if kind != "yolo":  # it asks for the names of classes
        assert importer(kind).read(files).kind == kind


def test_names_are_told_apart_and_what_is_written_is_read() -> None:
    assert len({each.name for each in FORMATS.values()}) == len(FORMATS)
    assert WRITTEN.keys() <= FORMATS.keys()
    assert WITHOUT_LABELS not in FORMATS


@pytest.mark.parametrize("command", ["check", "import"])
def test_commands_offer_them_all(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = CliRunner().invoke(app, ["data", command, "--help"]).output
    assert "|".join(("auto", *FORMATS, WITHOUT_LABELS)) in text
