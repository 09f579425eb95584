"""Writing files so that a crash or a full disk leaves the old file, whole, or the new one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from explorer.plain_files import open_plain

CHECKOUT = Path(__file__).resolve().parents[1]
"""Where the project lies, if it was not installed from a wheel."""


_TEMPORARY = re.compile(r"\..+\.(\d{1,9})-\d+\.tmp")
"""What is being written, with the number of the process that writes it."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` fill a temporary file beside `path`, sync it, then rename it to `path`.

    Raises
    ------
    OSError
        If the folder is read-only or the disk is full; `path` is then as it was.
    """
    write_together([(path, write)])


def write_together(files: Sequence[tuple[Path, Callable[[Path], object]]]) -> None:
    """Write several files atomically: none is renamed before all are whole on the disk.

    Each is filled in the order given, so that a later one may describe an earlier one, and renamed
    in the opposite order, so that a crash leaves nothing without its description.

    Raises
    ------
    OSError
        If a folder is read-only, the disk is full or a path is that of a folder; it names the
        file that was asked for, and all files are then as they were. (A crash in the moment of
        the renames leaves some of them new.)
    """
    for path, _ in files:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    mark = f"{os.getpid()}-{threading.get_ident()}"  # as `_TEMPORARY` has it
    temporaries = [path.with_name(f".{path.name}.{mark}.tmp") for path, _ in files]
    try:
        for (path, write), temporary in zip(files, temporaries, strict=True):
            make_folder(path.parent)
            with _named(path, temporary):
                temporary.touch()  # a read-only folder is an OSError here, whatever `write` raises
                write(temporary)
                with temporary.open("rb") as stream:
                    os.fsync(stream.fileno())
        for (path, _), temporary in reversed([*zip(files, temporaries, strict=True)]):
            temporary.replace(path)
    finally:
        for temporary in temporaries:
            with contextlib.suppress(OSError):  # the error above says more
                temporary.unlink()


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files in and below `folder` whose writer was killed.

    Those of a process that lives stay: it may be about to rename them.
    """
    import psutil  # only here: what most commands need of this file must be quick to import

    for path in folder.rglob(".*.tmp"):
        found = _TEMPORARY.fullmatch(path.name)
        if found is None:
            continue
        with contextlib.suppress(OSError, psutil.AccessDenied):
            try:
                writer = psutil.Process(int(found[1]))
                is_dead = writer.status() == psutil.STATUS_ZOMBIE
                # A process that is younger than the file has got the number since.
                is_dead |= writer.create_time() > path.stat().st_mtime + 1.0
            except psutil.NoSuchProcess:
                is_dead = True
            if is_dead:
                path.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are not there.

    Raises
    ------
    OSError
        If it cannot be made. Where it is a file, a `NotADirectoryError` says so: that the file
        exists would explain nothing.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


@contextlib.contextmanager
def _named(path: Path, temporary: Path) -> Iterator[None]:
    """Have an error of the system name the file that was asked for."""
    try:
        yield
    except OSError as error:
        if str(error.filename) == str(temporary):
            error.filename = str(path)
        raise


def write_contents(contents: Mapping[Path, bytes]) -> None:
    """Write what is in memory, a file each, atomically and all together.

    Raises
    ------
    OSError
        As `write_together`.
    """
    write_together(
        [(path, partial(Path.write_bytes, data=content)) for path, content in contents.items()]
    )


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON, atomically.

    Raises
    ------
    OSError
        As `write_atomically`.
    ValueError
        If a number is NaN or infinite, which JSON does not know.
    """
    write_contents({path: json_bytes(content)})


def json_bytes(content: Any) -> bytes:
    """Return `content` as readable JSON in UTF-8; NaN and infinity raise `ValueError`."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    digest = hashlib.sha256()
    with open_plain(path) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
