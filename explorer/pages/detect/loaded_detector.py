"""A detector loaded from a checkpoint: it asks the network about a picture and decodes the answer.

The network works in a thread; traits change on the event loop alone. Whoever asks for a reading
while another is being made gets theirs: the newest request wins.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, TypeVar

from traitlets import HasTraits, Instance, Unicode, observe

from explorer.config import DetectConfig
from explorer.engine import Engine
from explorer.i18n import _
from explorer.images import resize
from explorer.pages.detect.detection_rows import LOWEST_SCORE
from explorer.pages.detect.reading import NetworkOutput, Reading
from explorer.pages.shared.pictures.pictures import Picture

T = TypeVar("T")


class LoadedDetector(HasTraits):
    """One of the models on the detect page.

    Parameters
    ----------
    executor : Executor
        Of one thread, which all detectors of a page share: MXNet's networks are not safe to call
        from two.
    """

    config = Instance(DetectConfig)
    """DetectConfig: how what the network says is decoded; a change is seen at once, without a
    forward pass.
    """
    path = Unicode()
    """The chosen checkpoint, or empty; goes back to the loaded one where loading fails."""
    reading = Instance(Reading, allow_none=True)
    """Reading or None: None while nothing is known of the picture."""
    working = Unicode()
    """What is under way, one word for the user; empty when nothing is."""
    load_problem = Unicode()
    problem = Unicode()
    """One sentence each about the checkpoint and about the result, empty when all is well."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._output: NetworkOutput | None = None
        self._picture: Picture | None = None
        self._request = 0
        super().__init__(config=DetectConfig(score_threshold=LOWEST_SCORE))

    @property
    def engine(self) -> Engine | None:
        """The loaded model; None before there is one."""
        return None if self._output is None else self._output.engine

    @property
    def loaded(self) -> tuple[Engine, Path] | None:
        """The loaded model with its checkpoint."""
        return None if self._output is None else (self._output.engine, self._output.path)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have something done in the thread in which the networks work."""
        return self._executor.submit(work)

    async def read(self, picture: Picture) -> None:
        """Bring `reading` up to date with the chosen checkpoint and `picture`.

        A checkpoint that cannot be loaded leaves the earlier one and its reading in place.
        """
        self._request += 1
        mine, path = self._request, self.path
        loaded = self._output.engine if self._output and str(self._output.path) == path else None
        self.working = _("Detecting…") if loaded else _("Loading the model…")
        try:
            output = await asyncio.get_running_loop().run_in_executor(
                self._executor, self._ask, mine, Path(path), loaded, picture
            )
        except ValueError as error:
            if mine == self._request:
                self.load_problem = str(error)
                self.path = str(self._output.path) if self._output else path
            return
        finally:
            if mine == self._request:
                self.working = ""
        if output is not None and mine == self._request:
            self._output = output
            if loaded is None:
                self.load_problem = ""
            self._picture = picture
            self._decode()

    def forget(self) -> None:
        """Take the reading away: another picture has come."""
        self._request += 1
        self._picture = None
        self.working = self.problem = ""
        self.reading = None

    @observe("config")
    def _config_changed(self, _change: Any) -> None:
        if self._picture is not None:
            self._decode()

    @observe("path")
    def _path_changed(self, change: Any) -> None:
        if not change["new"]:
            self.forget()

    def _ask(
        self, request: int, path: Path, loaded: Engine | None, picture: Picture
    ) -> NetworkOutput | None:
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
        return NetworkOutput(
            path=path,
            engine=engine,
            picture=picture,
            predictions=said,
            resize_s=resized - began,
            network_s=ended - resized,
        )

    def _decode(self) -> None:
        if self._output is None:
            return
        try:
            reading = Reading.of(self._output, self.config)
        except ValueError as error:
            self.reading, self.problem = None, str(error)
            return
        self.problem = ""
        self.reading = reading
