"""What was found in a set, as rows of a list: one per kind."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.datasets.doctor import ABOUT, Finding, Kind, Report, Severity
from explorer.i18n import _


@dataclass(frozen=True)
class KindRow:
    """One kind in the list."""

    kind: Kind
    title: str
    severity: Severity
    why: str
    remedy: str
    count: int
    """Findings."""
    num_images: int
    """That they are on."""
    num_fixable: int
    """Findings that can be mended without a person."""


def kind_rows(report: Report) -> tuple[KindRow, ...]:
    """Return the kinds that occur, what spoils most first."""
    by_kind: dict[Kind, list[Finding]] = {}
    for finding in report.findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    return tuple(
        KindRow(
            kind,
            _(ABOUT[kind].title),
            ABOUT[kind].severity,
            _(ABOUT[kind].why),
            _(ABOUT[kind].remedy),
            len(findings),
            len({finding.number for finding in findings}),
            sum(finding.fix is not None for finding in findings),
        )
        for kind, findings in by_kind.items()
    )
