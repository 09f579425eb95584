"""The label doctor: what is wrong with a user's labels and images, shown, said and mended.

`examine` reads each image once and returns a `Report`; `apply`, `leave_out` and `mend` make another
`AnnotationSet` of the examined one, and never touch a source file.
"""

from __future__ import annotations

from explorer.datasets.doctor.examine import LABEL_PAD, examine, review
from explorer.datasets.doctor.finding import Finding, Report
from explorer.datasets.doctor.fixes import apply, leave_out, mend
from explorer.datasets.doctor.kinds import ABOUT, Kind, Severity
from explorer.datasets.doctor.record_labels import read_record_labels
from explorer.datasets.doctor.report_files import report_json, report_text

__all__ = [
    "ABOUT",
    "LABEL_PAD",
    "Finding",
    "Kind",
    "Report",
    "Severity",
    "apply",
    "examine",
    "leave_out",
    "mend",
    "read_record_labels",
    "report_json",
    "report_text",
    "review",
]
