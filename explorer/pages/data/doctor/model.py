"""State of the label doctor: what was found in a set, which finding is shown, what was mended.

Examining and mending run in threads; traits change on the event loop alone. Every step makes
another set in memory and can be taken back: the user's files stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import traitlets as t

from explorer.datasets.doctor import Kind, Report, examine, leave_out, mend, review
from explorer.datasets.doctor.report_files import diagnosis_text, report_summary
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.i18n import _
from explorer.pages.data.doctor.shown_finding import ShownFinding, shown_finding
from explorer.pages.shared.timing.job import Attempt, Job

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet

Action = Literal["fix", "leave-out"]


@dataclass(frozen=True)
class KindRow:
    """One kind in the list."""

    kind: Kind
    count: int
    """Findings."""
    num_fixable: int
    """Findings that can be mended without a person."""


@dataclass(frozen=True)
class MendingStep:
    """Something that was done, and the report of before."""

    kind: Kind
    action: Action
    count: int
    before: Report


class LabelDoctor(Job):
    """The examination of a set, and its mending.

    Attributes
    ----------
    state : {"idle", "working", "ready", "failed"}
        "ready" if there is a `report`.
    """

    report = t.Any(None, allow_none=True)
    """Report or None: of the set as it is mended so far."""
    current: AnnotationSet | None = None
    """The set as it stands where something else changes it, too; what is mended is this."""
    rows = t.Tuple()
    """tuple of KindRow: the kinds that occur, what spoils most first."""
    kind = t.Any(None, allow_none=True)
    """Kind or None: the one that is looked at; None if nothing is found."""
    position = t.Int(0)
    """Of the shown finding among those of its kind."""
    shown = t.Any(None, allow_none=True)
    """ShownFinding or None."""
    steps = t.Tuple()
    """tuple of MendingStep: what was done since the examination; `undo` takes the last one back."""

    def __init__(self) -> None:
        super().__init__()
        self._contents: ImageBytes | None = None

    @property
    def annotations(self) -> AnnotationSet | None:
        """The set as it is mended so far: what is to be imported."""
        report: Report | None = self.report
        return None if report is None else report.annotations

    @property
    def row(self) -> KindRow | None:
        """Of the kind that is looked at."""
        return next((row for row in self.rows if row.kind is self.kind), None)

    def headline(self) -> str:
        """Return how much was examined and how much was found."""
        report: Report | None = self.report
        if report is None:
            return _("Nothing was examined yet.")
        return report_summary(report)

    def diagnoses(self) -> tuple[str, ...]:
        """Return what holds for a part of the set, and how sure that is."""
        report: Report | None = self.report
        return () if report is None else tuple(map(diagnosis_text, report.diagnoses))

    async def examine(self, annotations: AnnotationSet, input_size: int = 256) -> None:
        """Examine a set.

        What was shown of an earlier set goes at once. `cancel` or a later call end it without a
        result.
        """
        self.cancel()
        self._forget()
        report = await self.perform(
            lambda attempt: examine(
                annotations, input_size, progress=attempt.progress, cancelled=attempt.is_cancelled
            )
        )
        if report is not None:
            self._contents = ImageBytes()
            self._take(report, ())

    async def follow(self, annotations: AnnotationSet, input_size: int) -> None:
        """Judge the set again as something else has changed it; no image is read.

        What was done here cannot be taken back here any more.
        """
        before: Report | None = self.report
        if self.state != "ready" or before is None:
            return
        if before.annotations is annotations and before.input_size == input_size:
            return
        work = partial(review, annotations, before.facts, input_size, before.label_pad)
        after = await Attempt(self).run(work)
        # What the user began to mend meanwhile looks at the set as it stands by itself, and a box
        # that was drawn meanwhile asks again: this report would take it away.
        drawn_on = self.current is not None and self.current is not annotations
        if self.report is before and self.state == "ready" and not drawn_on:
            self._take(after, (), self.kind)

    @property
    def at_rest(self) -> str:
        """Then what was there is still there."""
        return "idle" if self.report is None else "ready"

    def choose(self, kind: Kind) -> None:
        """Look at the first finding of a kind."""
        if any(row.kind is kind for row in self.rows):
            self._look(kind, 0)

    def turn(self, by: int) -> None:
        """Go on by this many findings of the kind, or back; at its ends it stays."""
        row = self.row
        if row is not None:
            self._look(row.kind, min(max(self.position + by, 0), row.count - 1))

    async def fix(self, kind: Kind) -> None:
        """Mend all findings of a kind that can be mended."""
        if any(row.kind is kind and row.num_fixable for row in self.rows):
            await self._do(kind, "fix", lambda report: mend(report, [kind]))

    async def leave_out(self, kind: Kind) -> None:
        """Take the boxes away that a kind is about, or the images where these are meant."""
        if any(row.kind is kind for row in self.rows):
            await self._do(kind, "leave-out", lambda report: _without(report, kind))

    def undo(self) -> None:
        """Take the last step back, and look at the kind that it was about."""
        if self.steps and self.state == "ready":
            *steps, last = self.steps
            known = (None, self.annotations, last.before.annotations)
            if not any(self.current is each for each in known):
                return  # boxes were drawn since: `follow` comes, and forgets the steps
            self._take(last.before, tuple(steps), last.kind)

    async def _do(self, kind: Kind, action: Action, change: Callable[[Report], Report]) -> None:
        report: Report | None = self.report
        if self.state != "ready" or report is None:
            return
        attempt = self.begin()
        while True:
            current = self.current
            before, after = await attempt.run(partial(_changed, report, current, change))
            if attempt.is_cancelled():
                return
            if current is self.current:  # no box was drawn meanwhile
                break
        findings = before.of(kind)
        if action == "fix":
            findings = tuple(finding for finding in findings if finding.fix is not None)
        steps = self.steps if before is report else ()
        self._take(after, (*steps, MendingStep(kind, action, len(findings), before)), kind)

    def _forget(self) -> None:
        with self.hold_trait_notifications():
            self.report, self.rows, self.kind, self.shown, self.steps = None, (), None, None, ()
        if self._contents is not None:
            self._contents.close()
            self._contents = None

    def _take(
        self, report: Report, steps: tuple[MendingStep, ...], kind: Kind | None = None
    ) -> None:
        """Show a report, at a kind if it is there, else at what has taken its place in the list."""
        before, rows = [row.kind for row in self.rows], _rows(report)
        kinds = [row.kind for row in rows]
        if kind not in kinds:
            place = before.index(kind) if kind in before else 0
            kind = kinds[min(place, len(kinds) - 1)] if kinds else None
        with self.hold_trait_notifications():
            self.report, self.rows, self.steps, self.state = report, rows, steps, "ready"
            self._look(kind, 0)

    def _look(self, kind: Kind | None, position: int) -> None:
        report: Report | None = self.report
        shown: ShownFinding | None = None
        if report is not None and kind is not None and self._contents is not None:
            shown = shown_finding(report, report.of(kind)[position], self._contents)
        with self.hold_trait_notifications():
            self.kind, self.position, self.shown = kind, position, shown


def _rows(report: Report) -> tuple[KindRow, ...]:
    """Return the kinds that occur, what spoils most first."""
    counts = Counter(finding.kind for finding in report.findings)
    fixable = Counter(finding.kind for finding in report.findings if finding.fix is not None)
    return tuple(KindRow(kind, count, fixable[kind]) for kind, count in counts.items())


def _changed(
    report: Report, current: AnnotationSet | None, change: Callable[[Report], Report]
) -> tuple[Report, Report]:
    """Return the report of the set as it stands, and that of the changed one."""
    if current is not None and report.annotations is not current:
        report = review(current, report.facts, report.input_size, report.label_pad)
    return report, change(report)


def _without(report: Report, kind: Kind) -> Report:
    left = leave_out(report, [kind])
    return review(left, report.facts, report.input_size, report.label_pad, report.class_names)
