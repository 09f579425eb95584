"""What an error says, as a sentence for the page."""

from __future__ import annotations

from pydantic import ValidationError

from explorer.config import explain

__all__ = ["sentence"]


def sentence(error: Exception, more: str = "") -> str:
    """Return what an error says, with a capital and a full stop; `more` comes before that."""
    text = explain(error) if isinstance(error, ValidationError) else str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}{more}."
