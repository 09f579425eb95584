"""The parts below the source on the data page, each made when it is first asked for."""

from __future__ import annotations

import ipywidgets as widgets

from explorer.datasets.catalog import dataset_path
from explorer.i18n import _
from explorer.pages.data.augmentation.model import AugmentationModel
from explorer.pages.data.augmentation.panel import AugmentationPanel
from explorer.pages.data.box_tables import BoxTables
from explorer.pages.data.doctor.panel import DoctorPanel
from explorer.pages.data.images.model import ImageGallery
from explorer.pages.data.images.panel import ImageGalleryPanel
from explorer.pages.data.labelling.panel import LabellingPanel
from explorer.pages.data.model import OwnData
from explorer.pages.data.records.model import RecordViewer
from explorer.pages.data.records.panel import RecordPanel
from explorer.pages.data.sizes.model import BoxStatistics
from explorer.pages.data.sizes.panel import BoxStatisticsPanel
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import show
from explorer.pages.shared.page.tabs import Tabs
from explorer.pages.shared.timing.background import start

FIRST_PART, LABELLING = "doctor", "labelling"
"""Keys of parts."""


def data_tabs(data: OwnData, page: Page) -> Tabs:
    """Return the row of parts."""
    tables = BoxTables()
    gallery, statistics = ImageGallery(tables), BoxStatistics(tables)
    augmentation = AugmentationModel(tables)

    def follow() -> None:
        for model in (gallery, statistics, augmentation):
            model.show_set(data.shown, data.input_size)

    def open_image(name: str) -> None:
        tabs.choose("images")
        start(gallery.open_image(name), guarded(page.notice))

    data.observe(lambda _change: follow(), ["shown", "input_size"])
    follow()
    tabs = Tabs(
        {
            FIRST_PART: (_("Check the labels"), lambda: DoctorPanel(data.doctor, page).widget),
            "images": (_("Images"), lambda: ImageGalleryPanel(gallery, page).widget),
            "sizes": (
                _("Sizes and places"),
                lambda: BoxStatisticsPanel(statistics, page, open_image).widget,
            ),
            "augmentation": (
                _("Augmentation"),
                lambda: AugmentationPanel(augmentation, page).widget,
            ),
            LABELLING: (_("Draw labels"), lambda: LabellingPanel(data.labels, page).widget),
            "records": (_("Records"), lambda: _records(data, page)),
        }
    )
    return tabs


def _records(data: OwnData, page: Page) -> widgets.Widget:
    """Return the panel of the records that were built, or that the user opened by name."""
    model, problem = RecordViewer(), Notice()
    panel = RecordPanel(model, page)

    def follow() -> None:
        there = bool(data.dataset)
        show(there, panel.widget)
        if there:
            problem.clear()
        else:
            problem.say(_("Build the data set: then its records are shown here, byte by byte."))
        start(model.open_set(dataset_path(data.dataset) if there else None), guarded(problem))

    data.observe(lambda _change: follow(), "dataset")
    data.builder.observe(lambda _change: follow(), "built")  # also the same name, built again
    follow()
    return widgets.VBox([problem, panel.widget])
