"""One model's reading of one picture: what the network said, and what became of every anchor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig, Variances
from explorer.engine import Engine
from explorer.pages.detect.detection_rows import LOWEST_SCORE, DetectionRows
from explorer.pages.shared.pictures.pictures import Picture
from explorer.ssd.anchors import AnchorGrid
from explorer.ssd.detection import Detections, suppress
from explorer.ssd.predictions import Predictions


class Seconds(NamedTuple):
    """How long each stage of a reading took."""

    resize: float
    network: float
    decode_and_nms: float


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """What a network said about a picture; all that follows from it is quick."""

    path: Path
    """The checkpoint of `engine`."""
    engine: Engine
    picture: Picture
    predictions: Predictions
    """Of the picture alone."""
    resize_s: float
    network_s: float
    """Seconds that it took."""

    @property
    def offsets(self) -> NDArray[np.float32]:
        """(A, 4) float32: where the network puts each anchor's box."""
        offsets: NDArray[np.float32] = self.predictions.offsets[0]
        return offsets

    @cached_property
    def class_prob(self) -> NDArray[np.float32]:
        """(A, C + 1) float32; only some questions ask for it."""
        class_prob: NDArray[np.float32] = self.engine.probabilities(self.predictions)[0]
        return class_prob


@dataclass(frozen=True, eq=False)
class Reading:
    """A network's output decoded with a page's settings."""

    output: NetworkOutput
    config: DetectConfig
    """The page's settings, with variances. Its score threshold is `LOWEST_SCORE`: a page filters
    the rest.
    """
    detections: Detections
    """Down to `LOWEST_SCORE`."""
    seconds: Seconds

    @classmethod
    def of(cls, output: NetworkOutput, config: DetectConfig) -> Reading:
        """Decode `output`.

        Raises
        ------
        ValueError
            If the network's output is not finite.
        """
        began = time.perf_counter()
        engine = output.engine
        lowest = engine.detector.complete(config).with_(score_threshold=LOWEST_SCORE)
        (found,) = engine.decode(output.predictions, lowest)
        decode_s = time.perf_counter() - began
        seconds = Seconds(output.resize_s, output.network_s, decode_s)
        return cls(output, lowest, found, seconds)

    @property
    def picture(self) -> Picture:
        """The picture that was read."""
        return self.output.picture

    @property
    def engine(self) -> Engine:
        """The model that read it."""
        return self.output.engine

    @property
    def class_prob(self) -> NDArray[np.float32]:
        """(A, C + 1) float32."""
        return self.output.class_prob

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the model, in order of `class_id`."""
        return self.engine.class_names

    @property
    def variances(self) -> Variances:
        """What the offsets were decoded with: the model's own, or the page's."""
        return self.config.variances or self.engine.detector.variances

    @property
    def grid(self) -> AnchorGrid:
        """The model's anchors."""
        return self.engine.anchors()

    def at(self, score_threshold: float) -> tuple[DetectConfig, Detections]:
        """Return the settings with another score threshold, and the detections that they give.

        It is no lower than the one that this was decoded with.
        """
        lowest = max(score_threshold, self.config.score_threshold)
        config = self.config.with_(score_threshold=lowest)
        return config, suppress(self.detections.candidates.above(lowest), config)

    @cached_property
    def rows(self) -> DetectionRows:
        """The detections as a table shows them."""
        return DetectionRows.of(self.detections, self.grid, self.class_names, self.picture)
