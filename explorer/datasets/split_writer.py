"""The files of one split while it is written: records, their index, their list."""

from __future__ import annotations

import zlib
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.description import SplitDescription
from explorer.datasets.detection_record import pack
from explorer.datasets.recordio import RecordReader, RecordWriter, write_index
from explorer.files import sha256

__all__ = ["SplitWriter"]


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
        self._sums: list[int] = []
        self._most = 0

    def __enter__(self) -> SplitWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        record = pack(labels, jpeg, number)
        self._writer.write(record)
        self._sums.append(zlib.crc32(record))
        self._most = max(self._most, len(labels))
        values = "".join(f"\t{value:.6g}" for value in labels.ravel().tolist())
        plain = "".join(char if char.isprintable() else "_" for char in name)
        self._lines.append(f"{number}\t2\t5{values}\t{plain}\n")

    def compare(self) -> None:
        """Read the files back, once they are closed, and compare each record with what was meant.

        Raises
        ------
        OSError
            If a record is not the one that was written.
        """
        try:
            with RecordReader(self._records) as reader:
                sums = [zlib.crc32(reader.read(number)) for number in range(len(reader))]
        except ValueError as error:
            raise OSError(f"what was written cannot be read back: {error}") from None
        if sums != self._sums:
            raise OSError(f"{self._records.name} is not what was written: is the disk failing?")

    def description(self) -> SplitDescription:
        """Describe the files, once they are closed."""
        return SplitDescription(
            num_records=len(self._lines),
            max_objects=self._most,
            num_bytes=self._records.stat().st_size,
            fingerprint=sha256(self._records),
        )
