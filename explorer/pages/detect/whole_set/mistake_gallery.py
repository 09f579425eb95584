"""The selected cases as small pictures, each with its reason; a click opens the image."""

from __future__ import annotations

import html
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from explorer.evaluation.error_types import ErrorType
from explorer.i18n import _
from explorer.pages.detect.whole_set.mistake_cases import Case
from explorer.pages.detect.whole_set.mistake_reasons import case_reason
from explorer.pages.detect.whole_set.mistake_thumbnail import mistake_thumbnail_url
from explorer.pages.detect.whole_set.mistake_words import count_text, type_word
from explorer.pages.detect.whole_set.model import SHOWN, DatasetJudgement
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.notice import Notice
from explorer.pages.shared.page.parts import column, row, show, step_button
from explorer.pages.shared.pictures.picture_slots import PictureSlots

KEPT = 64
"""Pictures that are ready when the user turns back, some ten kilobytes each."""

LEAST_COST = 0.001
"""Written out; what costs less is only said to."""


class MistakeGallery:
    """A grid of cases, and buttons that turn its pages; `draw` brings it up to date.

    `open_picture` takes the data set's name and the number of the image that the user wants to see.
    """

    def __init__(
        self,
        model: DatasetJudgement,
        open_picture: Callable[[str, int], None],
        guard: Callable[[Callable[..., Any]], Callable[..., Any]],
    ) -> None:
        self._model = model
        self._urls: OrderedDict[tuple[str, Case], str] = OrderedDict()
        self._count = TextLine("ssdx-muted", flex="1 1 200px")
        self._opened = Notice()
        self._drawn: tuple[Case, ...] = ()
        self._before = step_button("‹", _("Earlier ones"), guard(lambda: model.turn(-1)))
        self._after = step_button("›", _("Further ones"), guard(lambda: model.turn(1)))

        def open_case(place: int) -> None:
            if place < len(model.cases):
                number = model.cases[place].image
                open_picture(model.dataset, number)
                self._opened.say(_("Image {number} is open above.").format(number=number + 1))

        self._slots = PictureSlots("mistake", SHOWN, guard(open_case))
        head = row(self._count, self._before, self._after, align_items="center")
        self.widget = column(head, self._opened, self._slots.widget, gap=10)

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        self._count.show(count_text(model))
        if model.cases != self._drawn:
            self._opened.clear()
            self._drawn = model.cases
        self._before.disabled = model.first == 0
        self._after.disabled = model.first + len(model.cases) >= model.num_cases
        several = model.num_cases > SHOWN
        show(several, self._before, self._after)
        self._slots.show_first(len(model.cases))
        for place, case in enumerate(model.cases):
            self._slots.draw(place, self._url(case))
            self._slots.captions[place].value = self._describe(case)
            number = case.image + 1
            text = _("Open image {number}: {reason}").format(
                number=number, reason=case_reason(model.verdict, case)
            )
            tooltip = _("Open image {number} on this page").format(number=number)
            self._slots.describe(place, text, tooltip)

    def _describe(self, case: Case) -> str:
        verdict = self._model.verdict
        if case.is_gt:
            missed = bool(verdict.errors.missed[case.row])
            title = type_word(ErrorType.MISSED) if missed else _("Not found")
            name = case.gt_class
        else:
            kind = int(verdict.errors.detection_type[case.row])
            title = type_word(ErrorType(kind)) if kind >= 0 else _("Right")
            name = f"{case.detection_class} {case.score:.2f}"
        lines = [_("Image {number}").format(number=case.image + 1)]
        if case.cost >= LEAST_COST:
            present, without = verdict.ap50_shown, verdict.ap50_shown + case.cost
            lines.append(f"AP50 {present:.3f} → {without:.3f}")
        elif case.cost > 0:
            lines.append(_("costs < {cost} AP50").format(cost=LEAST_COST))
        fine = "<br>".join(map(html.escape, lines))
        return (
            f"<b>{html.escape(title)}</b> {html.escape(name)}"
            f"<p>{html.escape(case_reason(verdict, case))}</p>"
            f'<p class="ssdx-muted">{fine}</p>'
        )

    def _url(self, case: Case) -> str:
        key = (self._model.dataset, case)
        if key not in self._urls:
            self._urls[key] = mistake_thumbnail_url(self._model.picture(case.image).image, case)
            if len(self._urls) > KEPT:
                self._urls.popitem(last=False)
        return self._urls[key]
