"""State of “the whole data set”: a detector judged on every image of one.

The network runs once for each checkpoint and data set, in a thread; what it said is kept, so that
thresholds can be tried at once. Traits change on the event loop alone.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import traitlets as t

from explorer.config import DetectConfig
from explorer.datasets import dataset_names, dataset_path
from explorer.datasets.description import Description
from explorer.i18n import _
from explorer.pages.detect.whole_set.predictions import DatasetPredictions, predict
from explorer.pages.shared.choices.names_text import names_text
from explorer.pages.shared.pictures.pictures import Picture
from explorer.pages.shared.timing.job import Job
from explorer.training.run.following import written_ns

if TYPE_CHECKING:
    from explorer.engine import Engine
    from explorer.pages.detect.whole_set.mistake_cases import Selection

SHOWN = 8
"""This many cases are shown at a time."""

KEPT = 4
"""This many sets of predictions are kept, the last ones used; each may take some ten megabytes."""

Key = tuple[str, int, str, int]


class DatasetJudgement(Job):
    """A detector and a data set, and all that follows from the thresholds.

    Its `state` is "ready" if there is a `verdict`.
    """

    datasets = t.Tuple()
    """tuple of str: the named data sets that are here, "sample" first."""
    dataset = t.Unicode("sample")
    """The chosen one."""
    has_engine = t.Bool(False)
    """Whether there is a detector to judge."""
    mismatch = t.Unicode("")
    """One sentence where it knows other classes than the data set has, so that there is nothing
    to judge; else "". Names are as they are: escape them.
    """
    verdict = t.Any(None, allow_none=True)
    """Verdict or None: of the present detector, data set and thresholds."""
    selection = t.Any(None, allow_none=True)
    """Selection or None: what the cases are of; None while there is no verdict."""
    num_cases = t.Int(0)
    """How many cases the selection has."""
    first = t.Int(0)
    """The first one of those that are shown."""
    cases = t.Tuple()
    """tuple of Case: `SHOWN` of them at most."""

    def __init__(self) -> None:
        super().__init__()
        self._engine: Engine | None = None
        self._checkpoint = ("", 0)
        self._is_chosen = False
        self.config = DetectConfig()
        """The thresholds that the verdict is for; `set_config` changes them."""
        self._kept: OrderedDict[Key, DatasetPredictions] = OrderedDict()
        self._said: DatasetPredictions | None = None
        self.list_datasets()

    @property
    def state_sentence(self) -> str:
        """What is under way, or what there is to do."""
        if self.works:
            return _("Running the detector on every image…")
        if self._said is not None and self.state == "ready":
            raw = self._said.nms.raw
            return _(
                "{images} images with {objects} objects. Everything here follows the thresholds."
            ).format(images=raw.num_images, objects=raw.num_objects)
        if not self.has_engine:
            return _("As soon as a checkpoint is loaded, it can be judged here.")
        if self.mismatch:
            return self.mismatch
        return _("Run the detector on every image once; then all thresholds can be tried at once.")

    def list_datasets(self) -> None:
        """Look again which data sets are here."""
        names = dataset_names()
        self.datasets = tuple(sorted(names, key=lambda name: name != "sample"))
        if names and self.dataset not in names:
            self._use_dataset(self.datasets[0])

    def use_engine(self, engine: Engine, path: Path) -> None:
        """Judge this detector from now on; `path` is the checkpoint that it was loaded from."""
        checkpoint = (str(path), written_ns(path))
        if engine is not self._engine or checkpoint != self._checkpoint:
            self._engine, self._checkpoint = engine, checkpoint
            self.has_engine = True
            self._look_again()

    def choose_dataset(self, name: str) -> None:
        """Judge on this data set from now on."""
        self._is_chosen = True
        self._use_dataset(name)

    def go_along(self, name: str) -> None:
        """Judge on the data set of the page's picture, until the user has chosen or judged."""
        if not self._is_chosen and name in self.datasets:
            self._use_dataset(name)

    def set_config(self, config: DetectConfig) -> None:
        """Take other thresholds, and bring the verdict up to date."""
        if config != self.config:
            self.config = config
            if self._said is not None:
                self._judge(self._said)

    async def run(self) -> None:
        """Run the detector on the data set, in a thread, unless that was done already.

        A second call while one is under way does nothing, and so does one where the classes do
        not match. `cancel`, another detector or another data set end it without a result.
        """
        engine = self._engine
        if self.works or engine is None or self.mismatch:
            return
        self._is_chosen = True
        key, dataset, config = self._key(), self.dataset, self.config
        said = self._kept.get(key) or await self.perform(
            lambda go: predict(engine, dataset, config, go.progress, go.is_cancelled)
        )
        if said is None:
            return
        self._kept[key] = said
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self._judge(said)

    def select(self, selection: Selection) -> None:
        """Look at other cases."""
        if self.verdict is not None:
            self._show_cases(selection, 0)

    def turn(self, pages: int) -> None:
        """Go on in the cases by this many pages, or back."""
        if self.verdict is not None:
            self._show_cases(self.selection, self.first + pages * SHOWN)

    def picture(self, number: int) -> Picture:
        """Return an image of the data set that was judged.

        Raises
        ------
        ValueError
            If it cannot be read, or none was judged.
        """
        if self._said is None:
            raise ValueError(_("The data set has not been judged yet."))
        return self._said.samples[number]

    def _use_dataset(self, name: str) -> None:
        if name != self.dataset:
            self.dataset = name
            self._look_again()

    def _key(self) -> Key:
        return *self._checkpoint, self.dataset, written_ns(dataset_path(self.dataset) / "val.rec")

    def _look_again(self) -> None:
        """Show what is known of the present detector and data set."""
        self.cancel()
        self._said = None
        with self.hold_trait_notifications():
            self.problem, self.state = "", "idle"
            known = () if self._engine is None else self._engine.class_names
            self.mismatch = _class_mismatch(known, self.dataset)
            self.verdict = self.selection = None
            self.cases, self.num_cases, self.first = (), 0, 0
        key = self._key()
        if key in self._kept:
            self._kept.move_to_end(key)
            self._judge(self._kept[key])

    def _judge(self, said: DatasetPredictions) -> None:
        """Reach a verdict on what the present detector said about the present data set."""
        from explorer.pages.detect.whole_set.mistake_cases import Selection
        from explorer.pages.detect.whole_set.verdict import reach_verdict

        self._said = said
        try:
            verdict = reach_verdict(said.nms, self.config, self.verdict)
        except ValueError as error:
            with self.hold_trait_notifications():
                self.verdict = None
                self.state, self.problem = "failed", str(error)
            return
        with self.hold_trait_notifications():
            self.verdict, self.state, self.problem = verdict, "ready", ""
            self._show_cases(self.selection or Selection(), self.first)

    def _show_cases(self, selection: Selection, first: int) -> None:
        """Show the cases from `first` on, or the nearest page that there is."""
        from explorer.pages.detect.whole_set.mistake_cases import case_of, members_of

        members = members_of(self.verdict, selection)
        num_cases = len(members.row)
        first = min(max(first, 0), max(num_cases - 1, 0)) // SHOWN * SHOWN
        shown = slice(first, first + SHOWN)
        with self.hold_trait_notifications():
            self.selection, self.num_cases, self.first = selection, num_cases, first
            self.cases = tuple(
                case_of(self.verdict, bool(is_gt), int(row))
                for is_gt, row in zip(members.is_gt[shown], members.row[shown], strict=True)
            )


def _class_mismatch(known: tuple[str, ...], dataset: str) -> str:
    """Return one sentence where a data set has other classes than the detector, else "".

    The set's description tells, and its records are not read. Everything matches before there is
    a detector, which then knows no class.
    """
    try:
        description = Description.load(dataset_path(dataset))
    except ValueError:  # whoever opens the set says so
        return ""
    if not known or description is None or description.class_names == known:
        return ""
    return _(
        "This model knows {known}; {dataset} has {classes}: choose another model or another set.",
        known=names_text(known),
        dataset=dataset,
        classes=names_text(description.class_names),
    )
