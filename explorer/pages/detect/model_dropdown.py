"""The list of checkpoints, for the page's model and for the one beside it; what one can find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.model_words import model_sentence
from explorer.pages.detect.reader import Reader
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.page import labelled

__all__ = ["model_dropdown", "model_note"]


def model_dropdown(
    model: DetectModel, reader: Reader, guard: Callable[..., Any], none: str = ""
) -> widgets.Dropdown:
    """Return a list of the model's checkpoints from which `reader` takes its own.

    Parameters
    ----------
    guard : callable
        Wraps what the reader calls; see `guarded`.
    none : str
        The text of a first entry that stands for no checkpoint; without a text there is none.
    """
    following = Following()
    label = _("The other checkpoint") if none else _("Checkpoint")
    dropdown = labelled(label, widgets.Dropdown(options=[]))

    def offer() -> None:
        choices = [(choice.label, str(choice.path)) for choice in model.models]
        if none:
            choices.insert(0, (none, ""))
        with following:
            if list(dropdown.options) != choices:
                dropdown.options = choices
            if reader.path in [path for _label, path in choices]:
                dropdown.value = reader.path
        dropdown.disabled = not model.models

    def choose(change: dict[str, Any]) -> None:
        reader.path = change["new"] or ""

    dropdown.observe(guard(following.reader(choose)), "value")
    model.observe(lambda _change: offer(), "models")
    reader.observe(lambda _change: offer(), "path")
    offer()
    return dropdown


def model_note(reader: Reader) -> TextLine:
    """Return a line that says what the chosen checkpoint of `reader` can find."""
    note = TextLine("ssdx-muted")
    note.add_class("ssdx-fine")

    def draw() -> None:
        note.show(model_sentence(Path(reader.path)) if reader.path else "")

    reader.observe(lambda _change: draw(), "path")
    draw()
    return note
