"""Turning an exception that a user can do something about into one sentence."""

from __future__ import annotations

import errno

from pydantic import ValidationError

from explorer.config import explain
from explorer.i18n import N_, _

_REASONS = {
    errno.ENOSPC: N_("the disk is full; free some space and try again"),
    errno.EROFS: N_("it is on a read-only file system"),
    errno.EACCES: N_("permission denied"),
    errno.EPERM: N_("permission denied"),
    errno.ENOENT: N_("no such file or folder"),
    errno.ENOTDIR: N_("a part of this path is a file, not a folder"),
    errno.EISDIR: N_("it is a folder, not a file"),
    errno.EADDRINUSE: N_("the port is taken; choose another with --port"),
}


def explain_failure(error: Exception) -> str:
    """Return one line: what went wrong, where, and what can be done about it."""
    if isinstance(error, ValidationError):
        text = explain(error)
    elif isinstance(error, OSError) and error.errno is not None:
        reason = _(_REASONS.get(error.errno) or error.strerror or type(error).__name__)
        # A rename fails with two names: the second is the one that the user knows.
        where = error.filename2 or error.filename
        text = f"{where}: {reason}" if where else reason[0].upper() + reason[1:]
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())
