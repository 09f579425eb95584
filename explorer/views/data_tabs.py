"""The parts below the source on the data page, each made when it is first asked for."""

from __future__ import annotations

from explorer.i18n import _
from explorer.viewmodels.own_data import OwnData
from explorer.views.doctor_panel import DoctorPanel
from explorer.views.page import Page
from explorer.views.tabs import Tabs

__all__ = ["FIRST_PART", "data_tabs"]

FIRST_PART = _("Check the labels")


def data_tabs(data: OwnData, page: Page) -> Tabs:
    """Return the row of parts."""
    return Tabs({FIRST_PART: lambda: DoctorPanel(data.doctor, page).widget})
