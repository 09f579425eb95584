"""What an error says, as a sentence for the page."""

from __future__ import annotations

from pydantic import ValidationError

from explorer.config import explain
from explorer.i18n import _


def sentence(error: Exception, around: str = "") -> str:
    """Return what an error says, with a capital and a full stop; `around` has its place {why}."""
    text = explain(error) if isinstance(error, ValidationError) else str(error)
    why = f"{text[:1].upper()}{text[1:].rstrip('.。')}"
    return around.format(why=why) if around else _("{why}.", why=why)
