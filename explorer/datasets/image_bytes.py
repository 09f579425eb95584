"""The encoded image of a `LabelledImage`: a file, or a record of a record file."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.detection_record import unpack_image
from explorer.datasets.recordio import RecordReader
from explorer.images import MAX_FILE_MB

__all__ = ["ImageBytes"]


class ImageBytes:
    """Reads images one after the other; record files stay open until it is closed."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._readers: dict[Path, RecordReader] = {}

    def __enter__(self) -> ImageBytes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def read(self, image: LabelledImage) -> bytes:
        """Return the image's bytes.

        Raises
        ------
        ValueError
            If it is missing, cannot be read, is empty or too large: one sentence.
        """
        path = image.path
        if path is None:
            raise ValueError(f"{image.name} is missing")
        too_large = False
        try:
            if path.suffix.lower() == ".rec":
                content = self._record(path, int(image.name.rpartition("/")[2]))
            else:
                with path.open("rb") as stream:
                    too_large = os.fstat(stream.fileno()).st_size > MAX_FILE_MB * 2**20
                    content = b"" if too_large else stream.read()
        except OSError as error:
            raise ValueError(f"{image.name} cannot be read: {error.strerror}") from None
        if too_large:
            raise ValueError(f"{image.name} is larger than {MAX_FILE_MB} MB")
        if not content:
            raise ValueError(f"{image.name} is empty")
        return content

    def _record(self, path: Path, number: int) -> bytes:
        if path not in self._readers:
            self._readers[path] = self._stack.enter_context(RecordReader(path))
        return unpack_image(self._readers[path].read(number))
