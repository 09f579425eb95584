"""The report that the page saves is the one that the command prints."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from explorer.cli import app
from explorer.datasets.doctor import examine
from explorer.datasets.exporters import write_voc
from explorer.datasets.importers import read_annotations
from explorer.pages.data.doctor.report_file import report_file
from tests.datasets.labelled import set_of


def test_both_forms_are_those_of_the_command(tmp_path: Path) -> None:
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
