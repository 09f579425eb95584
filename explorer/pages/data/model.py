"""State of the data page: what was brought, what the doctor mended, what is to be built of it.

Data flow one way: `source` is read, `labels` holds it as the user and the `doctor` have changed
it, `classes` names it, `builder` builds it. Whatever is changed, all that follows is brought up to
date.
"""

from __future__ import annotations

import asyncio
from typing import Any

import traitlets as t

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.catalog import dataset_names, is_named
from explorer.datasets.doctor.finding import facts_key
from explorer.datasets.label_formats import WITHOUT_LABELS
from explorer.datasets.own.class_list import ClassMapping
from explorer.datasets.own.near_duplicates import alike
from explorer.i18n import _, ngettext
from explorer.pages.data.building.model import SetBuilder
from explorer.pages.data.classes.model import ClassPlan
from explorer.pages.data.doctor.model import LabelDoctor
from explorer.pages.data.labelling.model import Labelling
from explorer.pages.data.source.model import OwnSource
from explorer.pages.data.state import BuildState, DataState

FIRST = "sample"
"""It ships: the page has something to show before the user brings anything."""


class OwnData(t.HasTraits):
    """The parts of the page and what passes between them."""

    annotations = t.Any(None, allow_none=True)
    """AnnotationSet or None: as it stands: read, mended and drawn on."""
    shown = t.Any(None, allow_none=True)
    """AnnotationSet or None: the same with its classes renamed and left out: what a training
    would see.
    """
    input_size = t.Int(256)
    """Side that images are resized to for the network, px: it decides how large objects are."""
    dataset = t.Unicode("")
    """The data set that the user can go on with: built here, or opened by its name; or ""."""

    def __init__(self) -> None:
        super().__init__()
        self.source = OwnSource()
        self.labels = Labelling()
        self.doctor = LabelDoctor()
        self.classes = ClassPlan()
        self.builder = SetBuilder()
        self._settled: AnnotationSet | None = None
        self.source.observe(self._came, "annotations")
        self.labels.observe(self._stands, "annotations")
        self.doctor.observe(self._mended, "report")
        self.classes.observe(lambda _change: self._plan(), "mapping")
        self.builder.observe(lambda _change: self._go_on(), "built")

    def headline(self) -> str:
        """Return what was brought, in a line."""
        annotations: AnnotationSet | None = self.annotations
        if annotations is None:
            return _("Nothing is open yet.")
        images = annotations.images
        objects = sum(len(image.objects) for image in images)
        classes = len(annotations.class_names)
        return ngettext(
            "{images:,} images, {objects:,} objects of one class",
            "{images:,} images, {objects:,} objects, {n:,} classes",
            classes,
            images=len(images),
            objects=objects,
        )

    async def examine(self) -> None:
        """Have the doctor look at what came."""
        annotations: AnnotationSet | None = self.source.annotations
        if annotations is None:
            return
        await self.doctor.examine(annotations, self.input_size)
        if self.annotations is not None:
            await self.doctor.follow(self.annotations, self.input_size)
        report = self.doctor.report
        if report is not None and self.source.annotations is annotations:
            seen = ((image, report.facts[facts_key(image)]) for image in annotations.images)
            groups = await asyncio.get_running_loop().run_in_executor(None, alike, seen)
            if self.source.annotations is annotations:
                self.builder.alike = groups

    def to_state(self, tab: str = "") -> DataState:
        """Return what the user has chosen."""
        source, builder, mapping = self.source, self.builder, self.classes.mapping
        return DataState(
            where=source.where if source.lasts else "",
            kind=source.kind,
            encoding=source.encoding,
            tab=tab,
            rename=dict(mapping.rename),
            left_out=tuple(sorted(mapping.left_out)),
            input_size=self.input_size,
            **{name: getattr(builder, name) for name in BuildState.model_fields},
        )

    async def show_state(self, state: DataState) -> None:
        """Open what a state names, and take its settings; what is not there is said."""
        where = state.where.strip()
        if not where:
            if self.annotations is None:
                await self.source.open(FIRST)
                self.source.problem = _("Uploads go with their page: upload it again.")
            return
        kind = "records" if is_named(where) else state.kind
        if (where, kind) != (self.source.where, self.source.kind):
            await self.source.open(where, kind, state.encoding)
            if (where, kind) != (self.source.where, self.source.kind):
                return
        self.input_size = state.input_size
        self.classes.use(ClassMapping(state.rename, frozenset(state.left_out)))
        with self.builder.hold_trait_notifications():
            for name in BuildState.model_fields:
                if getattr(state, name) != "":
                    setattr(self.builder, name, getattr(state, name))

    def settle(self) -> None:
        """Bring up to date what follows from `annotations`.

        They change ten times a second while a box is dragged: whoever shows what follows calls
        this when that is over, and whoever builds before.
        """
        if self.annotations is not self._settled:
            self.classes.show_set(self.annotations)
            self._plan()
            self._settled = self.annotations

    def _came(self, change: dict[str, Any]) -> None:
        self.classes.forget()
        annotations: AnnotationSet | None = change["new"]
        self.builder.show_set(None, ClassMapping(), self.source.where)
        # An image that was not labelled yet is no image of nothing.
        self.builder.keep_empty = self.source.kind != WITHOUT_LABELS
        self.labels.show_set(annotations, self.source.archive)
        self.settle()
        self._go_on()

    def _mended(self, change: dict[str, Any]) -> None:
        report = change["new"]
        if change["old"] is None or report is None:
            return  # an examination changes nothing, and boxes may be drawn while it lasts
        if report.annotations is not self.annotations:
            try:
                self.labels.take(report.annotations)
            except ValueError:
                self.doctor.undo()
                raise
            self.settle()

    def _stands(self, change: dict[str, Any]) -> None:
        self.annotations = self.doctor.current = change["new"]

    def _go_on(self) -> None:
        where, built = self.source.where, self.builder.built
        if built is not None:
            self.dataset = built.name
        else:
            self.dataset = where if where in dataset_names() else ""

    def _plan(self) -> None:
        """Bring up to date what follows from the classes."""
        annotations, mapping = self.annotations, self.classes.mapping
        self.shown = None if annotations is None else mapping.apply(annotations)
        self.builder.show_set(annotations, mapping)
