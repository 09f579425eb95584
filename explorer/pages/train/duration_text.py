"""How long something takes, in words."""

from __future__ import annotations

from explorer.i18n import _


def duration_text(seconds: float) -> str:
    """Return a time as two units at most: "48 s", "3 min 05 s", "2 h 10 min"."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return _("{seconds} s", seconds=rest)
    if minutes < 60:
        return _("{minutes} min {seconds:02d} s", minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return _("{hours:,} h {minutes:02d} min", hours=hours, minutes=minutes)
