"""The list of checkpoints, for the page's model and for the one beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.viewmodels.detect import DetectModel
from explorer.viewmodels.reader import Reader
from explorer.views.following import Following
from explorer.views.page import labelled

__all__ = ["model_dropdown"]


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
