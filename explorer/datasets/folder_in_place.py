"""A folder that is there whole or not at all, and the way to stop the making of one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from explorer.i18n import _, reason_of

_OF_A_SET = {"dataset.json"} | {
    f"{split}.{suffix}" for split in ("train", "val") for suffix in ("rec", "idx", "lst")
}
"""All that a data set's folder holds."""


class CancelledError(Exception):
    """The caller asked to stop; nothing was left behind."""


@contextlib.contextmanager
def folder_in_place(out_dir: Path, what: str = "") -> Iterator[Path]:
    """Yield a new folder beside `out_dir` that takes its place if the block succeeds.

    Whatever goes wrong, `out_dir` is as it was and nothing else is left.

    Parameters
    ----------
    out_dir : Path
        What is there is replaced if it is a data set and holds nothing else, or is empty.
    what : str
        What the sentence of an `OSError` calls it; empty: the data set.

    Raises
    ------
    ValueError
        If something else is there; this is found out before the block begins.
    OSError
        If it cannot be written.
    """
    place = out_dir.resolve()  # "." has no name, and a link keeps its own
    _check_replaceable(place, out_dir)
    building = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    former = place.with_name(f".{place.name}.{os.getpid()}.old")
    try:
        building.mkdir(parents=True)
        yield building
        if place.exists():
            place.rename(former)
        try:
            building.rename(place)
        except BaseException:
            if former.exists():
                former.rename(place)
            raise
    except OSError as error:
        text = _("cannot write {what} to {out_dir}: {reason}")
        raise OSError(
            text.format(what=what or _("the data set"), out_dir=out_dir, reason=reason_of(error))
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def _check_replaceable(place: Path, out_dir: Path) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        text = _("{out_dir} is a file: nothing was done; name a folder for the data set")
        raise ValueError(text.format(out_dir=out_dir))
    names = {path.name for path in place.iterdir()}
    foreign = sorted(names - _OF_A_SET)
    if foreign:
        text = _(
            "{out_dir} holds {foreign}, which no data set has: nothing was done; name another "
            "folder"
        )
        raise ValueError(text.format(out_dir=out_dir, foreign=foreign[0]))
    if names and not any(name.endswith((".rec", ".json")) for name in names):
        text = _("{out_dir} is not a data set: nothing was done; name another folder")
        raise ValueError(text.format(out_dir=out_dir))
