"""User-visible strings: one gettext catalogue, so that a second language is a file.

A catalogue `explorer/locale/<language>/LC_MESSAGES/ssd-explorer.mo` is used when it is there
and the environment asks for that language; otherwise the English of the source is shown.
"""

from __future__ import annotations

import gettext
from pathlib import Path

__all__ = ["_"]

_catalogue = gettext.translation(
    "ssd-explorer", localedir=str(Path(__file__).parent / "locale"), fallback=True
)
_ = _catalogue.gettext
