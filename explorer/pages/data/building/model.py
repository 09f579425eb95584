"""State of building: the name, the split, what is left out, and the work in a thread.

Traits change on the event loop alone. A set is there whole or not at all.
"""

from __future__ import annotations

from pathlib import Path

import traitlets as t

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.catalog import check_new_name, is_named
from explorer.datasets.own.class_list import ClassMapping
from explorer.i18n import _
from explorer.pages.data.set_plan import Progress, Report, SetPlan, suggested_name
from explorer.pages.data.state import BuildState
from explorer.pages.shared.timing.job import Attempt, Job


class SetBuilder(Job):
    """How a set is to be built, and the building."""

    annotations = t.Any(None, allow_none=True)
    """AnnotationSet or None: as it is built but for `mapping`."""
    mapping = t.Instance(ClassMapping)
    """ClassMapping."""
    name = t.Unicode("")
    val_fraction = t.Float(0.2)
    """float in [0, 0.5]: part of the images to validate on."""
    seed = t.Int(0)
    as_listed = t.Bool(True)
    """Keep to the split that the files say, where they say one."""
    in_time = t.Bool(False)
    """See `split_images`."""
    alike = t.Any(None, allow_none=True)
    """sequence of sets of names, or None: images that look the same, which a split does not
    part; None as long as nobody has looked, and then `build` does it.
    """
    keep_empty = t.Bool(True)
    skip_bad = t.Bool(False)
    """See `build_dataset`."""
    comes_to_its_end = True
    taken = t.Bool(False)
    """A set of that name is there: `build` takes its place only if it is told to."""
    counts = t.Any(None, allow_none=True)
    """SplitCounts or None."""
    built = t.Any(None, allow_none=True)
    """Built or None: the last one of this source."""

    def __init__(self) -> None:
        super().__init__(mapping=ClassMapping())
        self._as_read: AnnotationSet | None = None
        settings = [*BuildState.model_fields.keys() - {"name"}, "alike"]
        self.observe(lambda _change: self._count(), settings)
        self.observe(lambda _change: self._say_nothing(), "name")

    @property
    def has_list(self) -> bool:
        """Whether the files say which images are to train on and which to validate on."""
        if self.annotations is None:
            return False
        names = [image.name for image in self.annotations.images]
        given = [side for name in names if (side := self.annotations.split.get(name)) is not None]
        return len(set(given)) > 1 or 0 < len(given) < len(names)

    def show_set(
        self, annotations: AnnotationSet | None, mapping: ClassMapping, where: str = ""
    ) -> None:
        """Take the set as it stands; another one gets its name from `where` it comes from."""
        if where:
            self.cancel()  # what is under way is of the set before
            self._as_read = None
        if self._as_read is None:
            self._as_read = annotations
        with self.hold_trait_notifications():
            self.annotations, self.mapping = annotations, mapping
            if where:
                self.name, self.built, self.alike = suggested_name(where), None, None
        self._say_nothing()
        self._count()

    async def build(self, replace: bool = False) -> None:
        """Build the set, in place of one of that name only if it is to `replace` it.

        `cancel` ends it and leaves nothing behind.
        """
        if self.annotations is None or self.works:
            return
        self._say_nothing()
        try:
            folder = check_new_name(self.name.strip())
        except ValueError as error:
            self.problem = str(error)
            return
        if folder.exists():
            self.problem = self._why_not_replaced(folder)
            self.taken = not replace and not self.problem
        if self.taken or self.problem:
            return
        self.built = None
        plan = self._plan(folder, replace)
        built = await self.perform(
            lambda attempt: plan.build(self._report(attempt), attempt.is_cancelled)
        )
        if built is not None:
            self.built = built
            self.rest()

    def cancel(self) -> None:
        """Stop building; what was there stays."""
        super().cancel()
        if self.works:
            self.doing = _("Stopping…")

    def _report(self, attempt: Attempt) -> Report:
        def report(doing: str) -> Progress:
            attempt.tell(self.set_trait, "doing", doing)
            attempt.progress(0)
            return attempt.progress

        return report

    def _plan(self, folder: Path, replace: bool) -> SetPlan:
        """Return the settings as they are now: they may change while the set is built."""
        return SetPlan(
            annotations=self.annotations,
            as_read=self._as_read or self.annotations,
            mapping=self.mapping,
            folder=folder,
            val_fraction=self.val_fraction,
            seed=self.seed,
            given=None if self.as_listed else {},
            in_time=self.in_time,
            alike=self.alike,
            keep_empty=self.keep_empty,
            skip_bad=self.skip_bad,
            replace=replace,
        )

    def _why_not_replaced(self, folder: Path) -> str:
        """Return why a folder that is there must stay, or ""."""
        home, images = folder.resolve(), self.annotations.images
        if any(each.path and each.path.resolve().is_relative_to(home) for each in images):
            text = _("The images are read from {name} itself: choose another name.")
        elif not is_named(folder.name):
            text = _("{name} is a folder but not a data set: choose another name.")
        else:
            return ""
        return text.format(name=folder.name)

    def _say_nothing(self) -> None:
        self.problem, self.taken = "", False

    def _count(self) -> None:
        there = self.annotations is not None
        self.counts = self._plan(Path(), replace=False).counts() if there else None
