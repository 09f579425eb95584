"""What the user is told and asked about drawn labels and where they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.i18n import _, ngettext
from explorer.pages.data.words import images_word

if TYPE_CHECKING:
    from explorer.datasets.own.label_draft import LabelDraft
    from explorer.datasets.own.saved_labels import SavedLabels


@dataclass(frozen=True)
class Question:
    """What the user is asked before anything is replaced, and the two answers."""

    text: str
    yes: str
    no: str


def may_replace(folder: Path) -> Question:
    """Ask where there are labels that were not saved from here."""
    text = _("Replace the labels in {folder}? The earlier ones stay there, with “~” at the end.")
    return Question(text.format(folder=folder), _("Replace"), _("Keep"))


def may_save_among_images(folder: Path) -> Question:
    """Ask where labels would be read together with those of the images' own folder."""
    text = _(
        "{folder} lies among your images: whoever reads these finds both the labels that are "
        "there and the ones you save. Save there?"
    )
    return Question(text.format(folder=folder), _("Save there"), _("Do not save"))


def offer_text(draft: LabelDraft, count: int) -> str:
    """Return what was left here earlier: `count` images."""
    images, time = images_word(count), time_text(draft.written)
    if draft.saved_in:
        text = _("You have labels for {images} from {time}, saved in {folder}.")
    else:
        text = _("You have unsaved labels for {images} from {time}.")
    return text.format(images=images, time=time, folder=draft.saved_in)


def counted(saved: SavedLabels) -> str:
    """Return what was saved, in numbers."""
    text = f"{images_word(saved.num_images)}, {_num_boxes(saved.num_objects)}"
    if saved.num_left_out:
        text += _(" ({images} left out)").format(images=images_word(saved.num_left_out))
    return text


def now_text() -> str:
    """Return the local time as ISO 8601."""
    return datetime.now().isoformat(timespec="seconds")


def time_text(written: str) -> str:
    """Return a time of `now_text` for a person: of another day with its date."""
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return written
    today = when.date() == datetime.now().date()
    return f"{when:%H:%M}" if today else f"{when:%d %b %Y, %H:%M}"


def _num_boxes(number: int) -> str:
    return ngettext("{n:,} box", "{n:,} boxes", number)
