"""A file that a page hands to the browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SavedFile:
    """A file to be saved by the browser."""

    name: str
    """Without a folder; safe on any system."""
    media_type: str
    content: bytes
