"""Reading files that somebody else put there: plain files alone, and none outside of its folder.

A pipe or a socket may never say a word, and a device may never end; their names tell nothing of it.
"""

from __future__ import annotations

import errno
import re
import stat
from pathlib import Path
from typing import BinaryIO

from explorer.i18n import N_, _

NO_PLAIN_FILE = N_("it is a pipe, a socket or a device")
"""What an error says of it, where the system would have waited."""


POINTER = N_("{name} is a pointer of Git LFS, not the file itself: get that with “git lfs pull”")
"""What stands in a repository instead of a large file."""


_DRIVE = re.compile("[A-Za-z]:")


def is_pointer(beginning: bytes) -> bool:
    """Say whether a file that begins so is such a pointer."""
    return beginning.startswith(b"version https://git-lfs.")


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file to read, or what a link to one means.

    Raises
    ------
    OSError
        If it is a pipe, a socket or a device; if it is not there, a folder, or may not be read.
    """
    if is_no_file(path):
        raise OSError(errno.EINVAL, NO_PLAIN_FILE, str(path))
    return path.open("rb")


def read_plain(path: Path, most_bytes: int = -1) -> bytes:
    """Return what is in a plain file; of a longer one its first `most_bytes`, if there is a limit.

    Raises
    ------
    OSError
        As `open_plain`.
    """
    with open_plain(path) as stream:
        return stream.read(most_bytes)


def is_no_file(path: Path) -> bool:
    """Say whether it is a pipe, a socket or a device; False also where nothing is there."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def parts_within(name: str, where: str) -> list[str]:
    """Return the parts of a path that somebody else named, which must stay in its folder.

    Raises
    ------
    ValueError
        If it leads out of it; `where` says in what the path was found.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    leads_out = name.startswith("/") or ".." in parts or _DRIVE.match(name)
    if leads_out or any(ord(char) < 32 for char in name):
        text = _("{where} has an entry that leads out of its folder: {name!r}")
        raise ValueError(text.format(where=where, name=name))
    return parts
