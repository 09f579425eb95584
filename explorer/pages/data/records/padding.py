"""State of the memory meter: what a batch takes, and what padding its labels costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from explorer.config import (
    ARCHITECTURES,
    TOY_SSD_KEY,
    TrainConfig,
    anchor_preset,
    architecture_maps,
)
from explorer.datasets.records.memory_meter import BatchMemory, batch_memory
from explorer.i18n import _, ngettext
from explorer.ssd.anchors import anchors_per_layer

MAX_BATCH = 128
MIN_INPUT, MAX_INPUT = 64, 1024
MAX_ANCHORS = 1_000_000
MAX_ROWS = 1000

OWN_NUMBER = ""
"""The “preset” of a number that was typed."""

_DEFAULT_ANCHORS = "toy-ssd"


@dataclass(frozen=True)
class Crowd:
    """The image with the most objects."""

    split: str
    number: int
    """The first such record."""
    num_objects: int
    others: int
    """The most objects on any other image; the same number if there are several such images."""


class PaddingModel(t.HasTraits):
    """Four numbers, and the memory that follows from them."""

    batch_size = t.Int(TrainConfig().batch_size)
    label_rows = t.Int(1)
    num_anchors = t.Int(1)
    input_size = t.Int(TrainConfig().input_size)
    """`label_rows` is at least `least_rows`."""
    preset = t.Unicode(_DEFAULT_ANCHORS)
    """Whose anchors are counted; `OWN_NUMBER` if the number was typed."""
    crowd = t.Any(None, allow_none=True)
    """Crowd or None: None while there is no set, or nothing on its images."""

    def __init__(self) -> None:
        super().__init__()
        self._change()

    @property
    def least_rows(self) -> int:
        """Rows that hold the objects of every image of the set."""
        return 1 if self.crowd is None else int(self.crowd.num_objects)

    @property
    def least_input(self) -> int:
        """The smallest input whose feature maps the preset's layers can have."""
        return _least_input(self.preset)

    @property
    def memory(self) -> BatchMemory:
        """What a batch takes."""
        return self._memory(self.label_rows)

    @property
    def compared(self) -> tuple[int, BatchMemory]:
        """Fewer label rows, and what they would need; the present ones if fewer will not do."""
        rows = self.least_rows
        if self.label_rows == rows and self.crowd is not None:
            rows = max(1, self.crowd.others)
        return rows, self._memory(rows)

    def set_objects(self, num_objects: Mapping[str, NDArray[np.int64]]) -> None:
        """Take a set, and pad no more than it needs.

        By split, (N,) int: the objects of each record, negative where that is not known.
        """
        crowd = _crowd(num_objects)
        self._change(crowd=crowd, label_rows=1 if crowd is None else crowd.num_objects)

    def set_batch_size(self, number: int) -> None:
        """Take another batch size."""
        self._change(batch_size=_within(number, 1, MAX_BATCH, _("The batch size")))

    def set_label_rows(self, number: int) -> None:
        """Pad labels to this many rows."""
        self._change(label_rows=_within(number, self.least_rows, None, _("Label rows")))

    def set_input_size(self, side_px: int) -> None:
        """Take another input; a preset then has another number of anchors."""
        side_px = _within(side_px, self.least_input, MAX_INPUT, _("The input size"))
        self._change(input_size=side_px)

    def choose_preset(self, name: str) -> None:
        """Count the anchors of a preset, on an input that is large enough for it."""
        self._change(preset=name, input_size=max(self.input_size, _least_input(name)))

    def set_num_anchors(self, number: int) -> None:
        """Take a number of anchors of the user's own."""
        number = _within(number, 1, MAX_ANCHORS, _("The number of anchors"))
        self._change(num_anchors=number, preset=OWN_NUMBER)

    def sentence(self) -> str:
        """Return what the padding costs, and who is to blame."""
        rows, less = self.label_rows, self.compared[0]
        if rows == less:
            return ngettext(
                "{n} row is the least that labels can have.",
                "{n} rows are what this set needs, and more than one image needs them.",
                rows,
            )
        text = _("Padding to {rows} rows instead of {less} costs {more} more in each batch")
        text = text.format(rows=rows, less=less, more=size_text(self.extra))
        if self.crowd is None:
            return _("{text}.").format(text=text)
        if rows > self.least_rows:
            return _("{text}, and no image of this set needs them.").format(text=text)
        return _("{text}: one crowded image decides it.").format(text=text)

    def crowd_text(self) -> str:
        """Return which image has the most objects, or ""."""
        crowd: Crowd | None = self.crowd
        if crowd is None:
            return ""
        return _("Most objects on one image: {objects}, record {number} of {split}.rec.").format(
            objects=crowd.num_objects, number=crowd.number, split=crowd.split
        )

    @property
    def extra(self) -> int:
        """Bytes a batch that the compared number of rows would not need."""
        return self.memory.total - self.compared[1].total

    def _change(self, **changes: object) -> None:
        """Take valid values; observers see all of them, and the anchors that follow, or nothing."""
        with self.hold_trait_notifications():
            for name, value in changes.items():
                self.set_trait(name, value)
            if self.preset != OWN_NUMBER:
                self.num_anchors = _count(self.preset, self.input_size)

    def _memory(self, rows: int) -> BatchMemory:
        return batch_memory(self.batch_size, rows, self.num_anchors, self.input_size)


def _crowd(num_objects: Mapping[str, NDArray[np.int64]]) -> Crowd | None:
    every = [
        (int(count), split, number)
        for split, counts in num_objects.items()
        for number, count in enumerate(counts)
    ]
    most = max(every, key=lambda one: one[0], default=(0, "", 0))
    if most[0] < 1:
        return None
    others = max((one[0] for one in every if one is not most), default=0)
    return Crowd(most[1], most[2], most[0], max(others, 0))


def _least_input(preset: str) -> int:
    if preset == OWN_NUMBER:
        return MIN_INPUT
    num_maps = len(anchor_preset(preset).layers)
    return max(MIN_INPUT, ARCHITECTURES[TOY_SSD_KEY].least_side_px(num_maps))


def _count(preset: str, input_size: int) -> int:
    anchors = anchor_preset(preset)
    return sum(anchors_per_layer(anchors, architecture_maps(anchors, (input_size, input_size))))


def _within(number: int, low: int, high: int | None, name: str) -> int:
    if number < low or (high is not None and number > high):
        most = _(" and at most {high:,}").format(high=high) if high is not None else ""
        raise ValueError(
            _("{name} must be at least {low:,}{most}, got {number:,}.").format(
                name=name, low=low, most=most, number=number
            )
        )
    return number


def size_text(num_bytes: int) -> str:
    """Return a number of bytes in MB, where that is too large in kB."""
    if num_bytes < 100_000:
        return _("{number} kB").format(number=f"{num_bytes / 1e3:,.1f}")
    megabytes = num_bytes / 1e6
    return _("{number} MB").format(number=f"{megabytes:,.{0 if megabytes >= 100 else 1}f}")
