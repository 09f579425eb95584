"""The encoded image of a `LabelledImage`: a file, or a record of a record file."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.records.closing import Closing
from explorer.datasets.records.detection_record import unpack_image
from explorer.datasets.records.recordio import RecordReader
from explorer.i18n import _
from explorer.images import MAX_FILE_MB
from explorer.plain_files import read_plain


def open_records(path: Path) -> tuple[RecordReader, str | None]:
    """Open a record file, without its index if that does not fit; return what is wrong with it.

    Raises
    ------
    ValueError
        If the records themselves are damaged.
    """
    try:
        return RecordReader(path), None
    except ValueError as error:
        return RecordReader(path, indexed=False), str(error)


class ImageBytes(Closing):
    """Reads images for whoever asks; threads may share it. Record files stay open until `close`."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._readers: dict[Path, RecordReader] = {}
        self._opening = threading.Lock()

    def close(self) -> None:
        """Close the record files; may be called twice."""
        self._stack.close()
        self._readers.clear()

    def read(self, image: LabelledImage) -> bytes:
        """Return an encoded image, of a file that is too large only its beginning.

        Raises
        ------
        OSError
            If it is not there or may not be read.
        ValueError
            If its record or its record file is damaged.
        """
        if image.path is None:
            raise FileNotFoundError(image.name)
        if image.is_record:
            number = int(image.name.rpartition("/")[2])
            reader = self._reader(image.path)
            if number >= len(reader):
                text = _("{name} has changed, record {number} is not there")
                raise ValueError(text.format(name=image.path.name, number=number))
            return unpack_image(reader.read(number))
        return read_plain(image.path, MAX_FILE_MB * 2**20 + 1)

    def _reader(self, path: Path) -> RecordReader:
        with self._opening:
            if path not in self._readers:
                self._readers[path] = self._stack.enter_context(open_records(path)[0])
            return self._readers[path]
