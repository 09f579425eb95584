"""State of “the next batch”: the batch that the shown run learns from next, one image of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from explorer.config import CLASS_LOSSES
from explorer.exchange.class_label import class_label
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.timing.job import Job
from explorer.pages.train.run_curves import RunCurves
from explorer.training.failures import explain_failure
from explorer.training.run.directory import RunDirectory

if TYPE_CHECKING:
    from explorer.training.batch_inspection import BatchInspection, InspectedImage

MOST_DRAWN = 100
"""More boxes than this hide the image, and the focal loss counts thousands."""

COSTLIEST = 6
"""Of each kind: positive anchors alone would fill any list, and hide that negatives count too."""

Inspect = Callable[[RunDirectory, Callable[[float], None]], "BatchInspection"]


class AnchorCounts(NamedTuple):
    """How many anchors are what, of an image or of the batch."""

    positive: int
    negative: int
    ignored: int


class BatchAnchor(NamedTuple):
    """An anchor of the image that is looked at."""

    kind: AnchorKind
    map_shape: tuple[int, int]
    """Height and width of its feature map."""
    box_px: tuple[float, float, float, float]
    """Corner, px of the network's input."""
    target: str
    """The class that it should have; empty for the background."""
    target_prob: float
    class_loss: float
    box_loss: float
    share: float
    """Of the batch's loss, 0–1."""


class BatchModel(Job):
    """The next batch of one run, which `inspect` looks at; `curves` are those of the same run."""

    run = t.Any(None, allow_none=True)
    """RunDirectory or None."""
    has_checkpoint = t.Bool(False)
    """Without one there is nothing to look at."""
    inspection = t.Any(None, allow_none=True)
    """BatchInspection or None: None until `look` has come to its end."""
    image = t.Int(0)
    """The image of it that is shown."""
    shown = t.Enum(("costliest", "positive", "negative", "counted"), "costliest")
    """{"costliest", "positive", "negative", "counted"}: which of its anchors are drawn: the
    `COSTLIEST` positive and negative ones, one of the two kinds, or both. No more than
    `MOST_DRAWN`; ignored ones never are.
    """
    recorded = t.Float(None, allow_none=True)
    """float or None: the loss that the run itself recorded when it learned from this batch, once
    it has.
    """
    comes_to_its_end = True

    def __init__(self, curves: RunCurves, inspect: Inspect | None = None) -> None:
        super().__init__()
        self._curves = curves
        self._inspect = inspect or _inspect

    def follow(self, run: RunDirectory | None) -> None:
        """Forget the batch, and look at that of `run` when asked to."""
        self.cancel()
        with self.hold_trait_notifications():
            self.run = run
            self.inspection, self.recorded = None, None
            self.image, self.problem = 0, ""
        self.poll()

    def poll(self) -> None:
        """See whether there is a checkpoint, and whether the run has done the step."""
        self.has_checkpoint = self.run is not None and any(self.run.checkpoints.glob("*.params"))
        self.recorded = self._find_record()

    async def look(self) -> None:
        """Compute the batch that comes after the newest checkpoint, in a thread.

        A second call while one is under way does nothing; what is found of a run that is no
        longer shown is dropped.
        """
        run: RunDirectory | None = self.run
        if self.works or run is None:
            return
        found = await self.perform(lambda attempt: self._inspect(run, attempt.progress))
        if found is not None:
            with self.hold_trait_notifications():
                self.rest()
                self.inspection = found
                self.image = min(self.image, len(found.images) - 1)
            self.poll()

    def fail(self, error: Exception) -> None:
        """Say why the batch cannot be looked at."""
        self.state, self.problem = "failed", explain_failure(error)

    def go_to(self, image: int) -> None:
        """Show another image of the batch, or the nearest that there is."""
        if self.inspection is not None:
            self.image = min(max(0, image), len(self.inspection.images) - 1)

    @property
    def present(self) -> InspectedImage:
        """The image that is shown; only while there is an `inspection`."""
        shown: InspectedImage = self.inspection.images[self.image]
        return shown

    @property
    def mines(self) -> bool:
        """Whether the negatives that count are mined ones: the focal loss counts all."""
        config = self.inspection.config
        mined = CLASS_LOSSES[config.class_loss].mined
        return bool(config.match.negative_mining_ratio > 0 and mined)

    def counts(self, *images: InspectedImage) -> AnchorCounts:
        """Count the anchors of `images`."""
        kinds = np.concatenate([each.kind for each in images])
        return AnchorCounts(int((kinds > 0).sum()), int((kinds == 0).sum()), int((kinds < 0).sum()))

    def positive_share(self) -> float | None:
        """Return what part of the batch's loss its positive anchors have; None of no loss."""
        batch: BatchInspection = self.inspection
        if batch.loss <= 0:
            return None
        of_positives = sum(float(i.anchor_loss[i.kind > 0].sum()) for i in batch.images)
        return of_positives / batch.loss

    def anchors(self) -> list[BatchAnchor]:
        """Return the anchors that are drawn, the costliest first."""
        batch: BatchInspection = self.inspection
        image, grid, whole = self.present, batch.grid, batch.loss
        rows = []
        for index in self._chosen().tolist():
            object_index = int(image.gt_index[index])
            target = ""
            if object_index >= 0:
                class_id = int(image.labels[object_index, 0])
                target = class_label(class_id, batch.config.class_names)
            left, top, right, bottom = (grid.boxes[index] * batch.config.input_size).tolist()
            rows.append(
                BatchAnchor(
                    kind=self._kind(int(image.kind[index])),
                    map_shape=grid.map_shapes[int(grid.layer[index])],
                    box_px=(left, top, right, bottom),
                    target=target,
                    target_prob=float(image.target_prob[index]),
                    class_loss=float(image.class_loss[index]),
                    box_loss=float(image.box_loss[index]),
                    share=float(image.anchor_loss[index]) / whole if whole > 0 else 0.0,
                )
            )
        return rows

    def _chosen(self) -> NDArray[np.intp]:
        image = self.present
        order: NDArray[np.intp] = np.argsort(-image.anchor_loss, kind="stable")
        positive, negative = order[image.kind[order] > 0], order[image.kind[order] == 0]
        if self.shown == "costliest":
            drawn = np.concatenate([positive[:COSTLIEST], negative[:COSTLIEST]])
        else:
            kinds = {"positive": positive, "negative": negative}
            drawn = kinds.get(self.shown, np.concatenate([positive, negative]))
        ordered: NDArray[np.intp] = drawn[np.argsort(-image.anchor_loss[drawn], kind="stable")]
        return ordered[:MOST_DRAWN]

    def _kind(self, kind: int) -> AnchorKind:
        return AnchorKind.MINED if kind == 0 and self.mines else AnchorKind(kind)

    def _find_record(self) -> float | None:
        if self.inspection is None:
            return None
        columns, step = self._curves.steps, self.inspection.step
        at = bisect_left(columns["step"], step)
        if at == len(columns["step"]) or columns["step"][at] != step:
            return None
        box_weight: float = self.inspection.config.box_weight
        return columns["class_loss"][at] + box_weight * columns["box_loss"][at]


def _inspect(run: RunDirectory, on_progress: Callable[[float], None]) -> BatchInspection:
    from explorer.training.batch_inspection import inspect_batch  # only when asked: loads MXNet

    return inspect_batch(run, on_progress)
