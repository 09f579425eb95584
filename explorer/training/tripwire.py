"""A run that met a number that is not finite: one sentence, and files that show where.

``tripwire.json`` in the run's folder says step, term, images, box and parameter;
``tripwire-0.png`` and so on are the first of those images as the network saw them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from explorer.datasets import Batch
from explorer.files import write_json
from explorer.net.tripwire import NotFiniteError
from explorer.training.png import write_png

__all__ = ["DivergedError", "forget_tripwire", "write_tripwire"]

_CURE = "Try a lower learning rate; the last checkpoint is good."
_PICTURES = 4
_NAMED = 8
"""Records that the sentence names one by one; the file has all."""


class DivergedError(NotFiniteError):
    """Training stopped, at `step`, before anything that is not finite was learned or saved.

    Parameters
    ----------
    cause : NotFiniteError
        Its `images` are rows of `batch`.
    step : int
        The step that was not done, from 1; for validation images the last one done.
    batch : Batch
        What the network saw.
    class_names : sequence of str
    split : {"train", "val"}
        Where the records of `batch` are from.
    """

    def __init__(
        self,
        cause: NotFiniteError,
        step: int,
        batch: Batch,
        class_names: Sequence[str],
        split: Literal["train", "val"] = "train",
    ) -> None:
        self.step = step
        self.batch = batch
        self.class_names = class_names
        self.split = split
        self.rows = cause.images or tuple(range(len(batch.images)))
        """Rows of the batch to look at: all, if it cannot be told."""
        self.box = self._box(cause.gt_index)
        when = "at" if split == "train" else "after"
        where = self._where(cause)
        super().__init__(
            f"Stopped {when} step {step}: {cause} {where}. {_CURE}",
            cause.term,
            cause.images,
            cause.gt_index,
            cause.parameters,
        )

    @property
    def record_ids(self) -> list[int]:
        """The records of `rows`."""
        return [int(self.batch.record_ids[row]) for row in self.rows]

    def _box(self, gt_index: int | None) -> dict[str, Any] | None:
        if gt_index is None:
            return None
        height, width = self.batch.images.shape[1:3]
        class_id, *corners = self.batch.labels[self.rows[0], gt_index].tolist()
        sides = (width, height, width, height)
        return {
            "record_id": self.record_ids[0],
            "row": gt_index,
            "class_id": int(class_id),
            "class_name": self.class_names[int(class_id)],
            "corners_px": [round(c * s, 2) for c, s in zip(corners, sides, strict=True)],
        }

    def _where(self, cause: NotFiniteError) -> str:
        ids = ", ".join(map(str, self.record_ids[:_NAMED]))
        if len(self.rows) > _NAMED:
            ids += f" and {len(self.rows) - _NAMED} more"
        if len(self.rows) == len(self.batch.images):
            where = f"in the batch of records {ids}"
        else:
            where = f"in record{'s' * (len(self.rows) > 1)} {ids}"
        if cause.parameters:
            first, *others = cause.parameters
            more = f" and {len(others)} more" if others else ""
            where = f"for the parameter {first}{more}, {where}"
        if self.box is not None:
            corners = ", ".join(f"{value:g}" for value in self.box["corners_px"])
            name, record = self.box["class_name"], self.box["record_id"]
            where += f", worst for the {name} of record {record} at ({corners}) px"
        return where


def write_tripwire(error: DivergedError, folder: Path) -> None:
    """Write ``tripwire.json`` and the pictures it names into `folder`.

    The file has ``step``, ``term``, ``message``, ``split``, the ``record_ids`` in question,
    up to four ``images`` (``file``, ``record_id``, ``labels`` normalised), ``box`` (or null:
    ``record_id``, ``row`` of its labels, ``class_id``, ``class_name``, ``corners_px``), and the
    ``parameter`` that came first (or null) with ``num_parameters``.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    images = []
    for number, row in enumerate(error.rows[:_PICTURES]):
        name = f"tripwire-{number}.png"
        write_png(folder / name, error.batch.images[row])
        labels = error.batch.labels[row]
        images.append(
            {
                "file": name,
                "record_id": error.record_ids[number],
                "labels": labels[labels[:, 0] >= 0].tolist(),
            }
        )
    content = {
        "step": error.step,
        "term": error.term,
        "message": str(error),
        "split": error.split,
        "record_ids": error.record_ids,
        "images": images,
        "box": error.box,
        "parameter": error.parameters[0] if error.parameters else None,
        "num_parameters": len(error.parameters),
    }
    write_json(folder / "tripwire.json", content)


def forget_tripwire(folder: Path) -> None:
    """Remove what an earlier worker's failure left: the run goes on."""
    for path in folder.glob("tripwire*"):
        path.unlink()
