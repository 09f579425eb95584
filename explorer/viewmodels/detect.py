"""State of the detect page: a picture and a model in, candidates out.

The network works in one thread of its own; traits change on the event loop alone. Whoever asks
for a result while another is being made gets theirs: the newest request wins.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Bool, Float, HasTraits, Instance, Int, Tuple, Unicode, observe

from explorer.config import DetectConfig
from explorer.engine import Engine
from explorer.i18n import _
from explorer.images import read_image, resize
from explorer.ssd.detection import NOT_FINITE, detect
from explorer.ssd.probabilities import softmax
from explorer.viewmodels.candidates import LOWEST_SCORE, Candidates
from explorer.viewmodels.model_choices import ModelChoice, list_models
from explorer.viewmodels.pictures import Picture

__all__ = ["DetectModel", "Seconds"]


@dataclass(frozen=True)
class Seconds:
    """How long each stage of the last detection took."""

    resize: float
    network: float
    decode_and_nms: float

    @property
    def total(self) -> float:
        """All stages together."""
        return self.resize + self.network + self.decode_and_nms


@dataclass(frozen=True, eq=False)
class _Output:
    """What the network said about one picture; everything after it is quick."""

    path: Path
    engine: Engine
    picture: Picture
    anchors: NDArray[np.float32]
    class_scores: NDArray[np.float32]
    offsets: NDArray[np.float32]
    resize_s: float
    network_s: float


class DetectModel(HasTraits):
    """Everything that the detect page shows.

    Parameters
    ----------
    pretrained : path
        The ``.params`` that is loaded first.
    samples : sequence of Picture
        May be empty.
    runs_root : path, optional
        Where other checkpoints are looked for; by default `run_directory.runs_root`.

    Attributes
    ----------
    model_path : str
        The chosen checkpoint; goes back to the loaded one where loading fails.
    picture : Picture or None
        What is on the page; `sample` is its index, or -1 after an upload.
    candidates : Candidates or None
        None while nothing is known of `picture`.
    working : str
        What is under way, one word for the user; empty when nothing is.
    problem, model_problem, picture_problem : str
        One sentence each, empty when all is well.
    """

    models = Tuple()
    model_path = Unicode()
    picture = Instance(Picture, allow_none=True)
    sample = Int(-1)
    score_threshold = Float(0.5, min=0.0, max=1.0)
    nms_iou_threshold = Float(0.45)
    nms_topk = Int(400)
    force_suppress = Bool(False)
    clip = Bool(True)
    show_gt = Bool(False)
    candidates = Instance(Candidates, allow_none=True)
    seconds = Instance(Seconds, allow_none=True)
    working = Unicode()
    problem = Unicode()
    model_problem = Unicode()
    picture_problem = Unicode()

    def __init__(
        self, pretrained: Path, samples: Sequence[Picture] = (), runs_root: Path | None = None
    ) -> None:
        super().__init__()
        self.samples = samples
        self._pretrained = pretrained
        self._runs_root = runs_root
        self._executor: Executor = ThreadPoolExecutor(1, thread_name_prefix="detect")
        self._output: _Output | None = None
        self._request = 0
        self._upload = 0
        if samples:
            self.choose_sample(0)

    @property
    def config(self) -> DetectConfig:
        """The settings of the page."""
        return DetectConfig(
            score_threshold=self.score_threshold,
            nms_iou_threshold=self.nms_iou_threshold,
            nms_topk=self.nms_topk,
            force_suppress=self.force_suppress,
            clip=self.clip,
        )

    @property
    def num_above(self) -> int:
        """Objects on the page: candidates at or above the score threshold."""
        return 0 if self.candidates is None else self.candidates.above(self.score_threshold)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The loaded model's classes; empty before one is loaded."""
        return () if self._output is None else self._output.engine.class_names

    def prepare(self) -> None:
        """Import MXNet in the thread, so that the first detection need not wait for it."""
        self._executor.submit(import_module, "explorer.net.checkpoint")

    def list_models(self) -> None:
        """Look for checkpoints again; choose the shipped one if none is chosen."""
        self.models = list_models(self._pretrained, self._runs_root)
        paths = [str(choice.path) for choice in self.models]
        if self.model_path not in paths:
            self.model_path = paths[0] if paths else ""
        if str(self._pretrained) not in paths:
            self.model_problem = _(
                "The shipped model {path} is missing: get it back with “git checkout -- "
                "data/pretrained”, or train one on the Train live page."
            ).format(path=self._pretrained.name)

    def model_choice(self) -> ModelChoice | None:
        """Return the chosen checkpoint as the list shows it."""
        return next((c for c in self.models if str(c.path) == self.model_path), None)

    def choose_sample(self, index: int) -> None:
        """Put a sample on the page; the index wraps around. Call `refresh` after it."""
        index %= len(self.samples)
        self._upload += 1  # an upload that is still being decoded comes too late
        self._show(self.samples[index], index)

    async def upload(self, name: str, content: bytes | memoryview) -> bool:
        """Put a user's image on the page; call `refresh` after it.

        Returns
        -------
        bool
            False where it is no image, and `picture_problem` says so, or where another picture
            was chosen meanwhile; the page is as it was.
        """
        self._upload += 1
        mine = self._upload
        self.working = _("Reading…")
        try:
            image = await self._in_thread(read_image, content, name)
        except ValueError as error:
            if mine == self._upload:
                self.picture_problem = str(error)
            return False
        finally:
            self.working = ""
        if mine != self._upload:
            return False
        self._show(Picture(image, name), -1)
        return True

    async def refresh(self) -> None:
        """Bring the candidates up to date with the chosen model and picture.

        A model that cannot be loaded leaves the earlier one and its result in place.
        """
        picture, path = self.picture, self.model_path
        if picture is None or not path:
            return
        self._request += 1
        mine = self._request
        loaded = self._output.engine if self._output and str(self._output.path) == path else None
        self.working = _("Detecting…") if loaded else _("Loading the model…")
        try:
            output = await self._in_thread(self._compute, mine, Path(path), loaded, picture)
        except ValueError as error:
            if mine == self._request:
                self.model_problem = str(error)
                self.model_path = str(self._output.path) if self._output else path
            return
        finally:
            if mine == self._request:
                self.working = ""
        if output is not None and mine == self._request:
            self._output = output
            if loaded is None:
                self.model_problem = ""
            self._decode()

    def _compute(
        self, request: int, path: Path, loaded: Engine | None, picture: Picture
    ) -> _Output | None:
        """Run in the thread: load if needed, and ask the network; None if it is out of date."""
        if request != self._request:
            return None
        engine = loaded or Engine.load(path)
        size = engine.detector.input_size
        began = time.perf_counter()
        image = resize(picture.image, size, size)
        resized = time.perf_counter()
        said = engine.predict([image])
        ended = time.perf_counter()
        return _Output(
            path=path,
            engine=engine,
            picture=picture,
            anchors=said.anchors,
            class_scores=said.class_scores[0],
            offsets=said.offsets[0],
            resize_s=resized - began,
            network_s=ended - resized,
        )

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)

    def _show(self, picture: Picture, sample: int) -> None:
        self.picture_problem = ""
        self.problem = ""
        self.candidates = None
        self.seconds = None
        self.picture = picture
        self.sample = sample

    @observe("nms_iou_threshold", "nms_topk", "force_suppress", "clip")
    def _settings_changed(self, _change: Any) -> None:
        if self._output is not None and self._output.picture is self.picture:
            self._decode()

    def _decode(self) -> None:
        """Make the candidates anew from what the network said: no forward pass."""
        output = self._output
        if output is None:
            return
        began = time.perf_counter()
        try:
            if not np.isfinite(output.class_scores).all():
                raise ValueError(NOT_FINITE)
            found = detect(
                output.anchors,
                softmax(output.class_scores),
                output.offsets,
                self.config.with_(score_threshold=LOWEST_SCORE),
            )
        except ValueError as error:
            self.candidates, self.seconds = None, None
            self.problem = str(error)
            return
        ended = time.perf_counter()
        self.problem = ""
        self.candidates = Candidates.of(
            found, output.engine.anchors(), output.engine.class_names, output.picture
        )
        self.seconds = Seconds(output.resize_s, output.network_s, ended - began)
