"""State of the detect page: a picture, a model or two, and the settings of detection."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

from traitlets import Bool, Float, HasTraits, Instance, Int, Tuple, Unicode, observe

from explorer.config import DetectConfig
from explorer.i18n import _
from explorer.images import read_image
from explorer.pages.detect.detection_rows import LOWEST_SCORE
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.state import NOTHING_SELECTED, DetectState
from explorer.pages.shared.choices.checkpoints import list_models
from explorer.pages.shared.pictures.ground_truth import read_truth
from explorer.pages.shared.pictures.photographs import UPLOAD, Photographs
from explorer.pages.shared.pictures.pictures import Picture

SETTINGS = tuple(DetectConfig.model_fields)
"""Each is a trait of `DetectModel` of the same name; what follows from one follows from all."""


class DetectModel(HasTraits):
    """Everything that the detect page shows of one picture.

    Parameters
    ----------
    pretrained : path
        The ``.params`` that is loaded first.
    runs_root : path, optional
        Where other checkpoints are looked for; by default `run_directory.runs_root`.
    """

    models = Tuple()
    dataset = Unicode()
    number = Int(0)
    """str, int: which of `photographs` is on the page."""
    picture = Instance(Picture, allow_none=True)
    """Picture or None."""
    truth = Tuple()
    """tuple of NamedTruth: the objects in the picture: its labels, until the user changes them."""
    score_threshold = Float(0.5, min=0.0, max=1.0)
    nms_iou_threshold = Float(0.45)
    nms_topk = Int(400)
    force_suppress = Bool(False)
    clip = Bool(True)
    variances = Tuple(None, allow_none=True)
    multi_label = Bool(None, allow_none=True)
    hidden_classes = Tuple()
    """tuple of str: classes whose detections are not shown."""
    selected = Int(NOTHING_SELECTED)
    """The anchor that is explained, or `NOTHING_SELECTED`."""
    working = Unicode()
    """What is under way with an upload, one word for the user; empty when nothing is."""
    model_problem = Unicode()
    picture_problem = Unicode()
    """One sentence each, empty when all is well."""

    def __init__(
        self, pretrained: Path, photographs: Photographs, runs_root: Path | None = None
    ) -> None:
        super().__init__()
        self.photographs = photographs
        self._pretrained = pretrained
        self._runs_root = runs_root
        self._executor: Executor = ThreadPoolExecutor(1, thread_name_prefix="detect")
        self.detector = LoadedDetector(self._executor)
        self.beside = LoadedDetector(self._executor)
        """Another model to compare the page's with; its path may be empty."""
        self._choice = 0
        first = next(iter(photographs.counts), None)
        if first is not None:
            self.choose(first, 0)

    @property
    def config(self) -> DetectConfig:
        """The settings of the page."""
        return DetectConfig(**{name: getattr(self, name) for name in SETTINGS})

    @property
    def class_names(self) -> tuple[str, ...]:
        """The loaded model's classes; the picture's before there is one."""
        engine = self.detector.engine
        if engine is not None:
            return engine.class_names
        return () if self.picture is None else self.picture.class_names

    def toggled_classes(self, most: int) -> tuple[int, ...]:
        """Return the numbers of the classes to switch on and off: all, or `most` of them.

        Those that are hidden come first then, and of the others those with the best scores here.
        """
        names = self.class_names
        if len(names) <= most:
            return tuple(range(len(names)))
        hidden = [names.index(name) for name in self.hidden_classes if name in names]
        reading = self.detector.reading
        found = [] if reading is None else reading.rows.class_id.tolist()
        return tuple(sorted(list(dict.fromkeys((*hidden, *found)))[:most]))

    def prepare(self) -> None:
        """Import MXNet in the thread, so that the first detection need not wait for it."""
        self._executor.submit(import_module, "explorer.engine.checkpoint")

    def list_models(self) -> None:
        """Look for checkpoints again; choose the shipped one if none is chosen."""
        self.models = list_models(self._pretrained, self._runs_root)
        paths = [str(choice.path) for choice in self.models]
        if self.detector.path not in paths:
            self.detector.path = paths[0] if paths else ""
        if self.beside.path not in paths:
            self.beside.path = ""
        self.model_problem = ""
        if str(self._pretrained) not in paths:
            self.model_problem = _(
                "The shipped model {path} is missing: get it back with “git checkout -- "
                "data/pretrained”, or train one on the Train live page."
            ).format(path=self._pretrained.name)

    def model_name(self, detector: LoadedDetector) -> str:
        """Return what the list of models calls the checkpoint of a detector."""
        return next((c.label for c in self.models if str(c.path) == detector.path), "")

    def choose(self, dataset: str, number: int) -> None:
        """Put a picture on the page; the number wraps around. Call `refresh` after it."""
        number %= self.photographs.counts[dataset]
        self._choice += 1  # an upload that is still being decoded comes too late
        picture = self.photographs.get(dataset, number)
        self.picture_problem = ""
        for detector in (self.detector, self.beside):
            detector.forget()
        with self.hold_trait_notifications():
            self.dataset, self.number = dataset, number
            self.picture = picture
            self.truth = read_truth(picture.labels, picture.class_names)
            self.selected = NOTHING_SELECTED

    def to_state(self, tab: str = "") -> DetectState:
        """Return all that the user chose; `show_state` makes the same page again."""
        labels = self.picture and read_truth(self.picture.labels, self.picture.class_names)
        return DetectState(
            dataset=self.dataset,
            number=self.number,
            truth=None if self.truth == labels else self.truth,
            model=self._key(self.detector),
            beside=self._key(self.beside),
            **dict(self.config),
            hidden_classes=self.hidden_classes,
            selected=self.selected,
            tab=tab,
        )

    def show_state(self, state: DetectState) -> None:
        """Make the page that `to_state` described. Call `refresh` after it.

        Raises
        ------
        ValueError
            If its picture or a model of it is not here; the page stays as it was.
        """
        count = self.photographs.counts.get(state.dataset, 0)
        if state.number >= count:
            raise ValueError(
                _(
                    "Picture {number} of {dataset} is not here (your own pictures stay with their "
                    "page); the page stays as it was."
                ).format(number=state.number + 1, dataset=state.dataset or "?")
            )
        paths = {"": "", **{choice.key: str(choice.path) for choice in self.models}}
        for key in (state.model, state.beside):
            if key not in paths:
                raise ValueError(
                    _(
                        "The checkpoint {key} is not here: was its run deleted? The page stays as "
                        "it was."
                    ).format(key=key)
                )
        self.choose(state.dataset, state.number)
        if state.truth is not None:
            self.truth = state.truth
        for name in (*SETTINGS, "hidden_classes", "selected"):
            setattr(self, name, getattr(state, name))
        self.beside.path = paths[state.beside]
        self.detector.path = paths[state.model] or self.detector.path

    def _key(self, detector: LoadedDetector) -> str:
        return next((c.key for c in self.models if str(c.path) == detector.path), "")

    async def upload(self, name: str, content: bytes | memoryview) -> bool:
        """Put a user's image on the page; call `refresh` after it.

        Returns
        -------
        bool
            False where it is no image, and `picture_problem` says so, or where another picture
            was chosen meanwhile; the page is as it was.
        """
        self._choice += 1
        mine = self._choice
        self.working = _("Reading…")
        try:
            image = await asyncio.get_running_loop().run_in_executor(
                self._executor, read_image, content, name
            )
        except ValueError as error:
            self.picture_problem = str(error)
            return False
        finally:
            self.working = ""
        number = self.photographs.add(Picture(image, name))
        if mine != self._choice:
            return False
        self.choose(UPLOAD, number)
        return True

    async def refresh(self) -> None:
        """Let the models read the picture."""
        picture = self.picture
        if picture is not None:
            detectors = (each for each in (self.detector, self.beside) if each.path)
            await asyncio.gather(*(detector.read(picture) for detector in detectors))

    def load_labels(self) -> None:
        """Bring back the picture's own objects."""
        if self.picture is not None:
            self.truth = read_truth(self.picture.labels, self.picture.class_names)

    @observe(*SETTINGS)
    def _settings_changed(self, _change: Any) -> None:
        # A reading goes down to the lowest score, whatever the page's threshold is.
        config = self.config.with_(score_threshold=LOWEST_SCORE)
        for detector in (self.detector, self.beside):
            detector.config = config
