"""A folder that is there whole or not at all, and the way to stop the making of one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["CancelledError", "folder_in_place"]


class CancelledError(Exception):
    """The caller asked to stop; nothing was left behind."""


@contextlib.contextmanager
def folder_in_place(out_dir: Path, what: str = "the data set") -> Iterator[Path]:
    """Yield a new folder beside `out_dir` that takes its place if the block succeeds.

    Whatever goes wrong, `out_dir` is as it was and nothing else is left.

    Raises
    ------
    OSError
        If it cannot be written; the sentence calls it `what`.
    """
    building = out_dir.with_name(f".{out_dir.name}.{os.getpid()}.tmp")
    former = out_dir.with_name(f".{out_dir.name}.{os.getpid()}.old")
    try:
        building.mkdir(parents=True)
        yield building
        if out_dir.exists():
            out_dir.rename(former)
        try:
            building.rename(out_dir)
        except BaseException:
            if former.exists():
                former.rename(out_dir)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(f"cannot write {what} to {out_dir}: {reason}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
