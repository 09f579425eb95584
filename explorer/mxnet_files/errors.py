"""What is said of a file of MXNet's that cannot be read."""

from __future__ import annotations


class MxnetFileError(ValueError):
    """A file of MXNet's is damaged, or has what is not understood; one sentence says what."""


class NotFiniteArrayError(MxnetFileError):
    """An array is not finite, whichever network's it is."""
