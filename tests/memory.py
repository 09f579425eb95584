"""How much memory a program takes."""

from __future__ import annotations

from pathlib import Path


def peak_kb() -> int:
    """Return the most that was resident of this program.

    Not `ru_maxrss`: a process that starts another hands its own down to it.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
