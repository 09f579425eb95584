"""Words that several questions of the page have."""

from __future__ import annotations

from explorer.i18n import _, ngettext


def class_word(name: str) -> str:
    """Return what a page calls a class; hostile until escaped."""
    return name or _("(no name)")


def images_word(number: int) -> str:
    """Return "1 image", "2 images", …."""
    return ngettext("{n:,} image", "{n:,} images", number)
