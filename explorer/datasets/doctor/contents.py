"""The bytes of a set's images, from files or from record files."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.detection_record import unpack_image
from explorer.datasets.recordio import RecordReader
from explorer.images import MAX_FILE_MB

__all__ = ["ImageContents", "record_name"]


def record_name(records: str, number: int) -> str:
    """Return how an image is called that has no file of its own."""
    return f"{records}/{number}"


class ImageContents:
    """Reads images for whoever asks; safe to share between threads. Close it after use."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._readers: dict[Path, RecordReader] = {}

    def __enter__(self) -> ImageContents:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def open_records(self, images: tuple[LabelledImage, ...]) -> None:
        """Open the record files that some images lie in; before threads share the readers."""
        for path in {image.path for image in images if image.path is not None}:
            if path.suffix == ".rec" and path not in self._readers:
                reader = RecordReader(path, indexed=False)
                self._readers[path] = self._stack.enter_context(reader)

    def read(self, image: LabelledImage) -> bytes:
        """Return an encoded image, of a file that is too large only its beginning.

        Raises
        ------
        OSError
            If it is not there or may not be read.
        ValueError
            If its record is damaged.
        """
        if image.path is None:
            raise FileNotFoundError(image.name)
        reader = self._readers.get(image.path)
        if reader is not None:
            return unpack_image(reader.read(int(image.name.rpartition("/")[2])))
        with image.path.open("rb") as stream:
            return stream.read(MAX_FILE_MB * 2**20 + 1)
