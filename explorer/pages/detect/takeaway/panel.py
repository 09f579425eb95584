"""The detections of a picture for other programs: to save."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.detect.takeaway.takeaway import FileKind, Takeaway
from explorer.pages.shared.controls.save_buttons import SaveButtons
from explorer.pages.shared.controls.saved_file import SavedFile
from explorer.pages.shared.page.notice import Notice
from explorer.pages.shared.page.parts import column

LABELS: dict[FileKind, str] = {
    "png": N_("Picture with boxes (PNG)"),
    "csv": N_("Table (CSV)"),
    "coco": N_("COCO results (JSON)"),
}


class TakeawayPanel:
    """Buttons that save what is found, as it is when they are clicked: what `current` returns."""

    def __init__(self, current: Callable[[], Takeaway | None]) -> None:
        self._current = current
        problem = Notice()
        about = widgets.HTML(
            f'<p class="ssdx-muted">{_("What is shown above the score threshold.")} '
            f"{_('In the COCO file the picture is image 1, and classes count from 1.')}</p>"
        )
        buttons = SaveButtons(
            {kind: _(label) for kind, label in LABELS.items()}, self._maker, problem
        )
        self.widget = column(buttons, problem, about, gap=10)

    def _maker(self, kind: FileKind) -> Callable[[], SavedFile]:
        current = self._current()
        if current is None:
            raise ValueError(_("Nothing has been detected yet: choose a picture first."))
        return partial(current.file, kind)
