"""The questions below the picture of the detect page, each a part that is made when first asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.detect.feature_maps.panel import ScoreMapPanel
from explorer.pages.detect.missed.panel import MissedPanel
from explorer.pages.detect.model import SETTINGS, DetectModel
from explorer.pages.detect.nms.panel import NmsPanel
from explorer.pages.detect.one_box.panel import ProvenancePanel
from explorer.pages.detect.takeaway.panel import TakeawayPanel
from explorer.pages.detect.takeaway.takeaway import takeaway_of
from explorer.pages.detect.two_models.panel import BesidePanel
from explorer.pages.detect.whole_set.model import DatasetJudgement
from explorer.pages.detect.whole_set.panel import JudgementPanel
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.tabs import Tabs
from explorer.pages.shared.timing.throttle import Throttle

FIRST_QUESTION = "one_box"
"""Its key."""


def detect_questions(
    model: DetectModel, page: Page, open_picture: Callable[[str, int], None]
) -> Tabs:
    """Return the row of questions.

    `open_picture` gets data set and number of a picture that the user wants to see.
    """
    return Tabs(
        {
            FIRST_QUESTION: (_("One box"), lambda: ProvenancePanel(model, page).widget),
            "feature_maps": (_("Feature maps"), lambda: ScoreMapPanel(model, page).widget),
            "nms": (_("Why only one box?"), lambda: NmsPanel(model, page).widget),
            "missed": (_("Found or missed?"), lambda: MissedPanel(model, page).widget),
            "two_models": (_("Two models"), lambda: BesidePanel(model, page).widget),
            "whole_set": (_("The whole data set"), lambda: _judgement(model, page, open_picture)),
            "takeaway": (_("Download"), lambda: _takeaway(model)),
        }
    )


def _takeaway(model: DetectModel) -> widgets.Widget:
    return TakeawayPanel(model.detector, lambda: takeaway_of(model)).widget


def _judgement(
    model: DetectModel, page: Page, open_picture: Callable[[str, int], None]
) -> widgets.Widget:
    """Return the panel of a whole data set, which follows the page's model and thresholds."""
    judgement = DatasetJudgement()

    def follow() -> None:
        reading = model.detector.reading
        if reading is not None:
            judgement.use_engine(reading.engine, reading.output.path)
        judgement.set_config(model.config)
        judgement.go_along(model.dataset)

    pace = Throttle[object](lambda _change: follow())
    model.detector.observe(pace.push, "reading")
    model.observe(pace.push, ["picture", *SETTINGS])
    follow()
    set_threshold = partial(model.set_trait, "score_threshold")
    return JudgementPanel(judgement, page, open_picture, set_threshold).widget
