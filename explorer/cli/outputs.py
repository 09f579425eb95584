"""What is asked of files that a command will write, before it begins to work."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from explorer.files import make_folder
from explorer.i18n import _


def check_outputs(outputs: Sequence[Path], inputs: Iterable[Path], force: bool | None) -> None:
    """Make the folders of `outputs`, and find out whether the files can be written.

    Parameters
    ----------
    outputs : sequence of path
    inputs : paths
        What the command reads; never overwritten, whatever `force` is.
    force : bool or None
        Other files that are there may be replaced; None if the command has no --force.

    Raises
    ------
    ValueError
        If a file would be lost, or two outputs are one file; nothing is made.
    OSError
        If a folder cannot be made or written, or stands where a file should.
    """
    read = {os.path.realpath(path) for path in inputs}
    seen: set[str] = set()
    for path in outputs:
        real = os.path.realpath(path)
        if real in read:
            raise ValueError(_("{path} is read by this command: name another output", path=path))
        if real in seen:
            text = _("{path} is named for two outputs: name another file for one of them")
            raise ValueError(text.format(path=path))
        seen.add(real)
        if path.is_file() and not force:
            text = _("{path} exists already: name another, or replace it with --force")
            if force is None:
                text = _("{path} exists already: name another")
            raise ValueError(text.format(path=path))
    for folder in dict.fromkeys(path.parent for path in outputs):
        make_folder(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    for path in outputs:
        if path.is_dir():  # perhaps the one that another output has just been given
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


@contextlib.contextmanager
def checked_outputs(
    outputs: Sequence[Path], inputs: Iterable[Path], force: bool | None
) -> Iterator[None]:
    """Check outputs as `check_outputs` does; where nothing comes of them, leave no new folder."""
    new = [folder for path in outputs for folder in path.parents if not folder.exists()]
    try:
        check_outputs(outputs, inputs, force)
        yield
    except BaseException:
        for folder in new:  # the innermost first
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
