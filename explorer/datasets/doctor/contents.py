"""The bytes of a set's images, from files or from record files."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.detection_record import unpack_image
from explorer.datasets.recordio import RecordReader
from explorer.images import MAX_FILE_MB

__all__ = ["ImageContents", "open_records", "record_name"]


def record_name(records: str, number: int) -> str:
    """Return how an image is called that has no file of its own."""
    return f"{records}/{number}"


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


class ImageContents:
    """Reads images for whoever asks; threads may share it. Close it after use.

    Parameters
    ----------
    images : sequence of LabelledImage
        What will be asked for: the record files that they lie in are opened now.
    """

    def __init__(self, images: tuple[LabelledImage, ...]) -> None:
        self._stack = contextlib.ExitStack()
        self._readers: dict[Path, RecordReader] = {}
        for path in {image.path for image in images if image.path is not None}:
            if path.suffix == ".rec":
                with contextlib.suppress(OSError, ValueError):  # `read` says what is wrong
                    self._readers[path] = self._stack.enter_context(open_records(path)[0])

    def __enter__(self) -> ImageContents:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the record files; may be called twice."""
        self._stack.close()

    def read(self, image: LabelledImage) -> bytes:
        """Return an encoded image, of a file that is too large only its beginning.

        Raises
        ------
        OSError
            If it is not there or may not be read.
        ValueError
            If its record is damaged, or its record file was while this was made.
        """
        if image.path is None:
            raise FileNotFoundError(image.name)
        if image.path.suffix == ".rec":
            number = int(image.name.rpartition("/")[2])
            reader = self._readers.get(image.path)
            if reader is None or number >= len(reader):
                raise ValueError(f"{image.path.name} has changed, record {number} is not there")
            return unpack_image(reader.read(number))
        with image.path.open("rb") as stream:
            return stream.read(MAX_FILE_MB * 2**20 + 1)
