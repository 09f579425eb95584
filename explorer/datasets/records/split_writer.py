"""The files of one split while it is written: records, their index, their list."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.description import SplitDescription
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter, write_index
from explorer.files import sha256
from explorer.i18n import _


class SplitWriter:
    """Appends images with their labels; the index and the list follow when it is closed.

    Parameters
    ----------
    folder : Path
        Must exist.
    split : {"train", "val"}
    """

    def __init__(self, folder: Path, split: str) -> None:
        self._records = folder / f"{split}.rec"
        self._writer = RecordWriter(self._records)
        self._lines: list[str] = []
        self._most = 0

    def __enter__(self) -> SplitWriter:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        self._writer.close()
        if error is None:
            write_index(self._records.with_suffix(".idx"), self._writer.offsets)
            listed = "".join(self._lines)
            self._records.with_suffix(".lst").write_text(listed, encoding="utf-8")

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, labels: NDArray[np.float32], jpeg: bytes, name: str) -> None:
        """Append an image.

        Parameters
        ----------
        labels : (G, 5) float32
            class_id and corner box, normalised.
        name : str
            What the list calls it; what would end a line or a field of it becomes "_".
        """
        number = len(self._lines)
        self._writer.write(pack(labels, jpeg, number))
        self._most = max(self._most, len(labels))
        values = "".join(f"\t{value:.6g}" for value in labels.ravel().tolist())
        plain = "".join(char if char.isprintable() else "_" for char in name)
        self._lines.append(f"{number}\t2\t5{values}\t{plain}\n")

    def description(self) -> SplitDescription:
        """Describe the files, once they are closed: they are read back and compared.

        Raises
        ------
        OSError
            If the records are not what was written.
        """
        fingerprint = sha256(self._records)
        if fingerprint != self._writer.fingerprint:
            text = _("{name} is not what was written: is the disk failing?")
            raise OSError(text.format(name=self._records.name))
        return SplitDescription(
            num_records=len(self._lines),
            max_objects=self._most,
            num_bytes=self._records.stat().st_size,
            fingerprint=fingerprint,
        )
