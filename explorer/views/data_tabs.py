"""The parts below the source on the data page, each made when it is first asked for."""

from __future__ import annotations

import ipywidgets as widgets

from explorer.datasets.catalog import dataset_path
from explorer.i18n import _
from explorer.viewmodels.own_data import OwnData
from explorer.viewmodels.record_view import RecordView
from explorer.views.background import start
from explorer.views.doctor_panel import DoctorPanel
from explorer.views.notice import Notice, guarded
from explorer.views.page import Page
from explorer.views.record_panel import RecordPanel
from explorer.views.tabs import Tabs

__all__ = ["FIRST_PART", "data_tabs"]

FIRST_PART = _("Check the labels")


def data_tabs(data: OwnData, page: Page) -> Tabs:
    """Return the row of parts."""
    return Tabs(
        {
            FIRST_PART: lambda: DoctorPanel(data.doctor, page).widget,
            _("Records"): lambda: _records(data, page),
        }
    )


def _records(data: OwnData, page: Page) -> widgets.Widget:
    """Return the panel of the records that were built, or that the reader opened by name."""
    model, problem = RecordView(), Notice()
    panel = RecordPanel(model, page)

    def follow() -> None:
        there = bool(data.dataset)
        panel.widget.layout.display = None if there else "none"
        if there:
            problem.clear()
        else:
            problem.say(_("Build the data set: then its records are shown here, byte by byte."))
        start(model.open_set(dataset_path(data.dataset) if there else None), guarded(problem))

    data.observe(lambda _change: follow(), "dataset")
    data.builder.observe(lambda _change: follow(), "built")  # also the same name, built anew
    follow()
    return widgets.VBox([problem, panel.widget])
