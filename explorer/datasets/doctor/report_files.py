"""A report as text for a person and as JSON for a program."""

from __future__ import annotations

import math
from typing import Any

from explorer.datasets.doctor.finding import Diagnosis, Finding, Report
from explorer.datasets.doctor.fixes import FIX_WORDS
from explorer.datasets.doctor.kinds import ABOUT, Kind
from explorer.i18n import _, ngettext

FORMAT = 1
"""Of the JSON. New keys may come without a new number; a key that is there keeps its meaning."""

_EXAMPLES = 3
"""Findings of a kind that are shown in the text."""


def report_json(report: Report) -> dict[str, Any]:
    """Return a report for `json.dumps`; a number that is none, or infinite, is null.

    ``kinds`` counts the findings of each kind that occurs, worst first; ``diagnoses`` says what
    holds for a part of the set; ``findings`` are all of them. A finding's ``box_px`` is the box as
    the label file has it, ``object`` its number on the image from 0 and ``place`` where it stands
    in ``label_file``; they are null where the image as a whole is meant. ``fix`` is the name of
    what mends it, or null.
    """
    annotations = report.annotations
    counts = report.counts
    return {
        "format": FORMAT,
        "path": str(annotations.root),
        "labels": annotations.kind,
        "notes": list(annotations.notes),
        "num_images": report.num_images,
        "num_objects": report.num_objects,
        "class_names": list(report.class_names),
        "input_size": report.input_size,
        "label_pad": report.label_pad,
        "kinds": [_kind(report, kind, counts[kind]) for kind in counts],
        "diagnoses": [_diagnosis(each) for each in report.diagnoses],
        "findings": [_finding(report, each) for each in report.findings],
    }


def _kind(report: Report, kind: Kind, count: int) -> dict[str, Any]:
    about, findings = ABOUT[kind], report.of(kind)
    return {
        "kind": kind.value,
        "severity": about.severity,
        "title": _(about.title),
        "why": _(about.why),
        "remedy": _(about.remedy),
        "num_findings": count,
        "num_images": len({each.number for each in findings}),
        "num_fixable": sum(each.fix is not None for each in findings),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "kind": diagnosis.kind.value,
        "sentence": diagnosis_text(diagnosis),
        "certain": diagnosis.is_certain,
        "num_images": diagnosis.num_images,
        "of_images": diagnosis.of_images,
        "num_boxes": diagnosis.num_boxes,
        "num_misfits": diagnosis.num_misfits,
        "num_fitting": diagnosis.num_fitting,
    }


def _finding(report: Report, finding: Finding) -> dict[str, Any]:
    image = report.image(finding)
    one = None if finding.object is None else image.objects[finding.object]
    return {
        "kind": finding.kind.value,
        "severity": ABOUT[finding.kind].severity,
        "image": image.name,
        "label_file": str(image.label_file),
        "object": finding.object,
        "place": None if one is None else one.place,
        "class": None if one is None else one.class_name,
        "box_px": None if one is None else [_number(value) for value in one.box_px],
        "reason": finding.reason,
        "fix": finding.fix,
    }


def _number(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def report_text(report: Report) -> str:
    """Return a report to read: each kind with its first examples and what to do."""
    lines = [report_summary(report)]
    lines += report.annotations.notes
    lines += [diagnosis_text(each) for each in report.diagnoses]
    for kind, count in report.counts.items():
        about, findings = ABOUT[kind], report.of(kind)
        lines += [
            "",
            f"{_severity(about.severity)}: {_(about.title)} ({count:,})",
            f"  {_(about.why)}",
        ]
        lines += [f"  – {report.place(each)}: {each.reason}" for each in findings[:_EXAMPLES]]
        if count > _EXAMPLES:
            lines.append("  " + _("… and {more:,} more").format(more=count - _EXAMPLES))
        lines.append("  " + _("What to do: {remedy}", remedy=_(about.remedy)))
        fixes = {_(FIX_WORDS[each.fix]): None for each in findings if each.fix}
        if fixes:
            lines.append(
                "  " + _("`data import --fix` can, and the page: {fixes}", fixes=", ".join(fixes))
            )
    return "".join(f"{_printable(line)}\n" for line in lines)


def report_summary(report: Report) -> str:
    """Return the first line: how much was examined, and how much was found."""
    images = ngettext("{n:,} image", "{n:,} images", report.num_images)
    objects = ngettext("{n:,} object", "{n:,} objects", report.num_objects)
    seen = _("{images}, {objects}", images=images, objects=objects)
    if not report.findings:
        return _("{seen}: nothing is wrong.", seen=seen)
    severities = [ABOUT[each.kind].severity for each in report.findings]
    errors, warnings, notes = map(severities.count, ("error", "warning", "note"))
    words = (
        (errors, ngettext("{n:,} error", "{n:,} errors", errors)),
        (warnings, ngettext("{n:,} warning", "{n:,} warnings", warnings)),
        (notes, ngettext("{n:,} note", "{n:,} notes", notes)),
    )
    found = ", ".join(text for number, text in words if number)
    return _("{seen}: {found}.", seen=seen, found=found)


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """Return what holds for a part of the set, and how sure that is."""
    sure = _("certain") if diagnosis.is_certain else _("likely")
    return _(
        "{title}, in {images:,} of {all:,} images ({sure}): as they stand, {misfits:,} of "
        "{boxes:,} boxes are impossible; read as {means}, {fitting:,} of {boxes:,} are possible.",
        title=_(ABOUT[diagnosis.kind].title),
        images=diagnosis.num_images,
        all=diagnosis.of_images,
        sure=sure,
        misfits=diagnosis.num_misfits,
        boxes=diagnosis.num_boxes,
        means=diagnosis.means,
        fitting=diagnosis.num_fitting,
    )


def _severity(severity: str) -> str:
    return {"error": _("Error"), "warning": _("Warning"), "note": _("Note")}[severity]


def _printable(line: str) -> str:
    """Keep names from files from steering a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in line)
