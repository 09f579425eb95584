"""Files, or a folder of them, that arrive piece by piece from a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from explorer.datasets.own.archives import ZipLimits
from explorer.i18n import _, reason_of
from explorer.plain_files import parts_within

_MEGABYTE = 2**20


class Incoming:
    """Files on their way; they go with `place` unless that is taken over.

    Parameters
    ----------
    place : TemporaryDirectory
        Empty.
    name : str
        Of the folder or the file; hostile until escaped.
    num_bytes : int
        Of all files together, as the browser says.

    Raises
    ------
    ValueError
        If that is too much.
    """

    def __init__(self, place: tempfile.TemporaryDirectory[str], name: str, num_bytes: int) -> None:
        if type(num_bytes) is not int or num_bytes < 0:
            raise ValueError(_("The upload was interrupted: please try again."))
        limits = ZipLimits()
        self.place, self.name = place, name
        self._most_files = limits.files
        self._left = num_bytes
        self._num_files = 0
        if num_bytes > limits.megabytes * _MEGABYTE:
            raise ValueError(
                _("{name} has {size:,} MB, the limit is {limit:,} MB.").format(
                    name=name, size=num_bytes // _MEGABYTE, limit=limits.megabytes
                )
            )
        free = shutil.disk_usage(place.name).free // _MEGABYTE - limits.free_megabytes
        if num_bytes > free * _MEGABYTE:
            raise ValueError(
                _("{name} has {size:,} MB, the disk has room for {free:,} MB.").format(
                    name=name, size=num_bytes // _MEGABYTE, free=max(free, 0)
                )
            )

    def write(self, path: str, piece: memoryview, first: bool) -> None:
        """Take the next piece of a file.

        Raises
        ------
        ValueError
            If the path leads out of the folder, more comes than was said, or it cannot be
            written.
        """
        self._left -= piece.nbytes
        self._num_files += bool(first)
        if self._left < 0 or self._num_files > self._most_files:
            raise ValueError(_("More files came than were chosen: please try again."))
        parts = parts_within(path, self.name)
        if not parts:
            raise ValueError(_("A file has no name: please try again."))
        target = Path(self.place.name, *parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb" if first else "r+b") as stream:
                stream.seek(0, os.SEEK_END)
                stream.write(piece)
        except OSError as error:
            text = _("{path} cannot be stored on this machine: {reason}.")
            raise ValueError(text.format(path=path, reason=reason_of(error))) from error
