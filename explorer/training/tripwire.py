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
from explorer.ssd.not_finite import NotFiniteError
from explorer.training.png import write_png
from explorer.training.run.sentences import status_sentence

_PICTURES = 4


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
        self.message = {
            "key": "diverged",
            "step": step,
            "term": cause.term,
            "split": split,
            "record_ids": self.record_ids,
            "whole_batch": len(self.rows) == len(batch.images),
            "box": self.box,
            "parameter": cause.parameters[0] if cause.parameters else None,
            "num_parameters": len(cause.parameters),
        }
        """What a run's status keeps of it, in no language."""
        super().__init__(
            status_sentence(self.message),
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


def write_tripwire(error: DivergedError, folder: Path) -> None:
    """Write ``tripwire.json`` and the pictures it names into `folder`.

    The file has ``step``, ``term``, ``split``, the ``record_ids`` in question, ``whole_batch`` if
    they are all of it, up to four ``images`` (``file``, ``record_id``, ``labels`` normalised),
    ``box`` (or null: ``record_id``, ``row`` of its labels, ``class_id``, ``class_name``,
    ``corners_px``), and the ``parameter`` that came first (or null) with ``num_parameters``.

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
    content = {**error.message, "images": images}
    write_json(folder / "tripwire.json", content)


def forget_tripwire(folder: Path) -> None:
    """Remove what an earlier worker's failure left: the run goes on."""
    for path in folder.glob("tripwire*"):
        path.unlink()
