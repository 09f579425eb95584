"""The label doctor's report as files to save."""

from __future__ import annotations

import json
from typing import Literal

from explorer.datasets.doctor import Report, report_json, report_text
from explorer.pages.shared.controls.saved_file import SavedFile

ReportKind = Literal["text", "json"]


def report_file(report: Report, kind: ReportKind) -> SavedFile:
    """Return what ``ssd-explorer data check`` prints, or what it prints with ``--json``."""
    if kind == "json":
        text = json.dumps(report_json(report), ensure_ascii=False, allow_nan=False)
        return SavedFile("label-report.json", "application/json", text.encode())
    return SavedFile("label-report.txt", "text/plain", report_text(report).encode())
