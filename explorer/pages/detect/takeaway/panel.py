"""The detections of a picture, and the detector, for other programs: to save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.takeaway.detector_files import DetectorKind, detector_file
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


DETECTOR_LABELS: dict[DetectorKind, str] = {
    "onnx": N_("Detector (ONNX)"),
    "torch": N_("Detector for PyTorch (ZIP)"),
}


class TakeawayPanel:
    """Buttons that save the detector, and what is found, as it is when they are clicked.

    Parameters
    ----------
    detector : LoadedDetector
    current : callable
        Returns what is found; None while nothing is.
    """

    def __init__(self, detector: LoadedDetector, current: Callable[[], Takeaway | None]) -> None:
        self._current = current
        problem = Notice()
        found = widgets.HTML(
            f'<p class="ssdx-muted">{_("What is shown above the score threshold.")} '
            f"{_('In the COCO file the picture is image 1, and classes count from 1.')}</p>"
        )
        about = _(
            "The detector itself, for programs without MXNet. Before it is saved, it is run and "
            "compared with MXNet; the one for PyTorch only where PyTorch is installed."
        )
        self.widget = column(
            SaveButtons(_labels(LABELS), self._found, problem),
            found,
            SaveButtons(_labels(DETECTOR_LABELS), partial(detector_file, detector), problem),
            widgets.HTML(f'<p class="ssdx-muted">{about}</p>'),
            problem,
            gap=10,
        )

    def _found(self, kind: FileKind) -> Callable[[], SavedFile]:
        current = self._current()
        if current is None:
            raise ValueError(_("Nothing has been detected yet: choose a picture first."))
        return partial(current.file, kind)


def _labels(labels: Mapping[Any, str]) -> dict[Any, str]:
    return {kind: _(label) for kind, label in labels.items()}
