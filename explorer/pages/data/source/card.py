"""Where the images and labels are, and what is in them."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from explorer.datasets.catalog import dataset_names, is_named
from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS
from explorer.i18n import _
from explorer.pages.data.model import OwnData
from explorer.pages.data.source.class_bars import ClassBars
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import button, classed, column, labelled, row, show
from explorer.pages.shared.timing.background import start
from explorer.pages.shared.uploads.file_upload import FileUpload, Picker

_NOTES = 4
"""Sentences of the importer that are shown; the rest is in `ssd-explorer data check`."""


class DataSource:
    """A path, an upload or a data set; the progress of reading; and what was read."""

    def __init__(self, data: OwnData, page: Page) -> None:
        self._data = data
        self._asked = ""
        self._problem = Notice()
        guard = self._guard = guarded(self._problem)
        self._following = Following(guard)
        self._where = labelled(
            _("Folder or zip on the server"),
            widgets.Text(
                placeholder=_("/path/to/images-and-labels"),
                tooltip=_("Its path on the machine that serves this page"),
                continuous_update=False,
            ),
        )
        self._read = button(
            _("Read"), guard(lambda: self._open(self._where.value)), style="primary"
        )
        self._dataset = labelled(
            _("or a data set that is here"), widgets.Dropdown(), flex="1 1 190px"
        )
        self._upload = FileUpload(
            data.source.open_upload,
            guard,
            (
                Picker(_("Upload a folder…"), folder=True),
                Picker(_("Upload a zip file…"), accept=".zip,application/zip"),
            ),
            hint=_("or drop one anywhere on this page"),
            drop=_("Drop a folder or a zip file here"),
        )
        self._doing = TextLine("ssdx-muted", flex="0 0 auto")
        self._progress = widgets.FloatProgress(min=0.0, max=1.0, layout={"flex": "1 1 120px"})
        self._cancel = button(_("Cancel"), guard(data.source.cancel), flex="auto", width="auto")
        self._kinds = classed(widgets.Box(), "ssdx-row")
        self._headline, self._notes = widgets.HTML(), widgets.HTML()
        self._bars = ClassBars()
        self._split = widgets.HTML(_split_legend())
        self.widget = self._build(page)

        self._following.listen(self._where, self._open)
        self._following.listen(self._dataset, self._choose)
        source = ["state", "doing", "problem", "kinds", "encodings", "where"]
        data.source.observe(guard(lambda _change: self.draw()), source)
        data.source.observe(guard(lambda _change: self._advance()), "progress")
        data.source.observe(guard(lambda _change: self._draw_path()), "where")
        data.observe(guard(lambda _change: self._draw_set()), "annotations")
        data.builder.observe(guard(lambda change: self._bars.draw(change["new"])), "counts")
        data.builder.observe(guard(lambda _change: self.draw()), "built")
        self.draw()
        self._draw_set()

    def _build(self, page: Page) -> widgets.VBox:
        path = classed(widgets.Box([self._where, self._read]), "ssdx-path")
        choice = row(path, self._dataset, align_items="flex-end")
        self._working = row(self._doing, self._progress, self._cancel, align_items="center")
        self._what = widgets.VBox([page.plot(self._bars.figure), self._split])
        return column(
            choice, self._upload, self._working, self._problem, self._kinds, self._headline,
            self._notes, self._what, gap=12,
        )  # fmt: skip

    def _open(self, where: str) -> None:
        if self._data.source.state == "working" and where == self._asked:
            return  # a click on the button takes the cursor out of the field, which reads it, too
        self._asked = where
        start(self._data.source.open(where), self._guard)

    def _choose(self, dataset: str) -> None:
        if dataset:
            self._open(dataset)

    def _advance(self) -> None:
        self._progress.value = self._data.source.progress

    def draw(self) -> None:
        """Follow the source, and look which data sets are here by now."""
        source = self._data.source
        names = ["", *dataset_names()]
        chosen = source.where if source.where in names else ""
        self._following.offer(self._dataset, names, chosen)
        working = source.state == "working"
        show(working, self._working)
        self._doing.show(source.doing)
        self._advance()
        self._problem.fail(source.problem)
        self._kinds.children = [
            *(self._kind_button(kind) for kind in source.kinds),
            *(self._encoding_button(encoding) for encoding in source.encodings),
        ]
        show(self._kinds.children, self._kinds)

    def _draw_path(self) -> None:
        """Let the field say what is open, not what was typed before that."""
        source = self._data.source
        with self._following:
            is_path = source.lasts and not is_named(source.where)
            self._where.value = source.where if is_path else ""

    def _kind_button(self, kind: str) -> widgets.Button:
        read = self._guard(lambda: start(self._data.source.open_as(kind), self._guard))
        if kind == WITHOUT_LABELS:
            return button(_("Label these images"), read, style="primary", flex="0 0 auto")
        text = _("Read {kind}").format(kind=FORMATS[kind].title)
        return button(text, read, flex="0 0 auto")

    def _encoding_button(self, encoding: str) -> widgets.Button:
        source = self._data.source
        read = self._guard(lambda: start(source.open_as(encoding=encoding), self._guard))
        text = _("Read the texts as {encoding}", encoding=encoding)
        return button(text, read, flex="0 0 auto", width="auto")

    def _draw_set(self) -> None:
        data, annotations = self._data, self._data.annotations
        # Not as soon as there is a class: the picture that is drawn on would move.
        unlabelled = annotations is not None and annotations.kind == WITHOUT_LABELS
        show(not unlabelled, self._what)
        if annotations is None:
            self._headline.value = f'<p class="ssdx-muted">{escape(data.headline())}</p>'
            self._notes.value = ""
            return
        known = FORMATS.get(annotations.kind)
        kind = _("without labels") if known is None else known.title
        name = escape(data.source.where)
        self._headline.value = (
            f'<div class="ssdx-caption"><b>{name}</b><span>{escape(data.headline())}</span>'
            f"<span>{escape(kind)}</span></div>"
        )
        notes = [*annotations.notes[:_NOTES]]
        if len(annotations.notes) > _NOTES:
            more = len(annotations.notes) - _NOTES
            notes.append(_("… and {number:,} more").format(number=more))
        items = "".join(f"<li>{escape(note)}</li>" for note in notes)
        self._notes.value = f'<ul class="ssdx-muted ssdx-fine">{items}</ul>' if items else ""
        show(items, self._notes)


def _split_legend() -> str:
    train, validation = theme.ROLES["train"], theme.ROLES["validation"]
    swatch = '<i class="ssdx-swatch" style="background: {color}" aria-hidden="true"></i>'
    striped = (
        f"repeating-linear-gradient(45deg, {validation.color} 0 2px, {validation.color}55 2px 5px)"
    )
    return (
        '<div class="ssdx-batchlegend">'
        f"<span>{swatch.format(color=train.color)}{_('objects to train on')}</span>"
        f"<span>{swatch.format(color=striped)}{_('to validate on')}</span></div>"
    )
