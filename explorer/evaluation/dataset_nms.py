"""Detections of a whole data set, for one NMS setting after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.config import DetectConfig
from explorer.evaluation.raw_predictions import RawPredictions
from explorer.i18n import _
from explorer.ssd.boxes import clip as clip_boxes
from explorer.ssd.detection import NOT_FINITE
from explorer.ssd.nms import OVERLAPS, nms
from explorer.ssd.offsets import decode

PAIRED = 400
"""Of this many best candidates per image the overlaps are kept: those that NMS usually takes."""

MOST_PAIRS = 20_000_000
"""260 MB of overlaps. Images beyond that, and candidates beyond `PAIRED`, go through `nms`."""


@dataclass(frozen=True, eq=False)
class DatasetDetections:
    """D detections on N images, image after image, each by descending score."""

    image: NDArray[np.int32]
    """(D,) int32."""
    class_id: NDArray[np.int32]
    """(D,) int32."""
    anchor: NDArray[np.int32]
    """(D,) int32."""
    score: NDArray[np.float32]
    """(D,) float32."""
    boxes: NDArray[np.float32]
    """(D, 4) float32, corner."""
    num_images: int

    def __len__(self) -> int:
        return len(self.score)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> DatasetDetections:
        """Return some of them, in the order of `rows`."""
        return replace(
            self,
            image=self.image[rows],
            class_id=self.class_id[rows],
            anchor=self.anchor[rows],
            score=self.score[rows],
            boxes=self.boxes[rows],
        )

    def by_image(self) -> list[DatasetDetections]:
        """Return those of each image by themselves."""
        starts = np.searchsorted(self.image, np.arange(self.num_images + 1))
        return [self.take(slice(*starts[number : number + 2])) for number in range(self.num_images)]


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Candidates of one image that overlap: rows of `RawPredictions`, the better one first."""

    better: NDArray[np.int32]
    worse: NDArray[np.int32]
    iou: NDArray[np.float32]
    same_class: NDArray[np.bool_]
    images: NDArray[np.bool_]
    """(N,): whose pairs are here."""


class DatasetNms:
    """NMS over all images of a data set at once.

    What takes time, decoding and the overlaps, is done once; a new threshold then costs
    milliseconds. The detections are those of `explorer.ssd.detection.detect`, image by image.
    """

    def __init__(self, raw: RawPredictions) -> None:
        self.raw = raw
        starts = np.searchsorted(raw.image, np.arange(raw.num_images + 1))
        self._starts = starts
        self._rank = np.arange(len(raw.score)) - starts[raw.image]
        self._key: tuple[object, ...] = ()
        self._boxes = np.zeros((0, 4), np.float32)
        self._pairs: _Pairs | None = None

    def detect(self, config: DetectConfig) -> DatasetDetections:
        """Return the detections at or above the score threshold.

        A score threshold below that of the raw predictions acts like theirs.

        Raises
        ------
        ValueError
            If a decoded box is not finite, or the votes that `config` wants were not kept.
        """
        raw = self.raw
        if config.multi_label not in (None, raw.multi_label):
            text = _("multi_label must be {kept}, as when the images were looked at, or None")
            raise ValueError(text.format(kept=raw.multi_label))
        boxes, pairs = self._decoded(config)
        enters = raw.score >= np.float32(config.score_threshold)
        if config.nms_topk > 0:
            enters &= self._rank < config.nms_topk
        num_entering = np.bincount(raw.image[enters], minlength=raw.num_images)
        by_pairs = pairs.images & (num_entering <= PAIRED)

        keep = enters & by_pairs[raw.image]
        hit = (pairs.iou >= np.float32(config.nms_iou_threshold)) & keep[pairs.worse]
        if not config.force_suppress:
            hit &= pairs.same_class
        _suppress(keep, pairs.better[hit], pairs.worse[hit])
        for number in np.flatnonzero(~by_pairs):
            rows = slice(*self._starts[number : number + 2])
            keep[rows] = enters[rows]
            inside = np.flatnonzero(keep[rows]) + rows.start
            keep[inside] = nms(
                boxes[inside],
                raw.score[inside],
                raw.class_id[inside],
                config.nms_iou_threshold,
                config.force_suppress,
                measure=config.nms_measure,
            ).keep
        rows_kept = np.flatnonzero(keep)
        return DatasetDetections(
            image=raw.image[rows_kept],
            class_id=raw.class_id[rows_kept],
            anchor=raw.anchor[rows_kept],
            score=raw.score[rows_kept],
            boxes=boxes[rows_kept],
            num_images=raw.num_images,
        )

    def boxes(self, config: DetectConfig) -> NDArray[np.float32]:
        """Return the decoded boxes (M, 4) float32, corner, of all candidates."""
        return self._decoded(config)[0]

    def _decoded(self, config: DetectConfig) -> tuple[NDArray[np.float32], _Pairs]:
        """Return boxes and overlaps; those of the last setting are kept."""
        variances = config.variances or self.raw.variances
        key = (config.clip, variances, config.nms_measure)
        if self._pairs is None or key != self._key:
            raw = self.raw
            boxes = decode(raw.anchors[raw.anchor], raw.offsets, variances)
            if not np.isfinite(boxes).all():
                raise ValueError(_(NOT_FINITE))
            self._boxes = clip_boxes(boxes) if config.clip else boxes
            self._pairs = self._overlaps(config.nms_measure)
            self._key = key
        return self._boxes, self._pairs

    def _overlaps(self, measure: str) -> _Pairs:
        class_id = self.raw.class_id
        better: list[NDArray[np.int32]] = []
        worse: list[NDArray[np.int32]] = []
        overlap: list[NDArray[np.float32]] = []
        images = np.zeros(self.raw.num_images, np.bool_)
        num_pairs = 0
        for number in range(self.raw.num_images):
            start, end = self._starts[number : number + 2]
            boxes = self._boxes[start : min(end, start + PAIRED)]
            table = np.triu(OVERLAPS[measure](boxes, boxes), 1)
            first, second = np.nonzero(table > 0)
            if num_pairs + len(first) > MOST_PAIRS:
                continue
            num_pairs += len(first)
            images[number] = True
            better.append((first + start).astype(np.int32))
            worse.append((second + start).astype(np.int32))
            overlap.append(table[first, second])
        empty = np.zeros(0, np.int32)
        firsts, seconds = np.concatenate([empty, *better]), np.concatenate([empty, *worse])
        return _Pairs(
            better=firsts,
            worse=seconds,
            iou=np.concatenate([np.zeros(0, np.float32), *overlap]),
            same_class=class_id[firsts] == class_id[seconds],
            images=images,
        )


def _suppress(keep: NDArray[np.bool_], better: NDArray[np.int32], worse: NDArray[np.int32]) -> None:
    """Take out of `keep` what greedy NMS suppresses, given all pairs that overlap enough.

    One by one, the best box left is kept and its partners fall. Here all boxes that have no
    better partner left are kept in one go, since nobody can suppress them any more.
    """
    while len(better):
        waits = np.zeros(len(keep), np.bool_)
        waits[worse] = True
        falls = worse[~waits[better]]
        keep[falls] = False
        # A pair goes on while its better box has not been decided, nor the worse one fallen.
        open_ = waits[better] & keep[better] & keep[worse]
        better, worse = better[open_], worse[open_]
