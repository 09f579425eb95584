"""What a run begins with: random weights, or those of a trained detector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.viewmodels.model_choices import list_first_weights
from explorer.viewmodels.train_settings import TrainSettings
from explorer.views.page import labelled

__all__ = ["FirstWeights"]

_OWN = ".params"
"""Of the drop-down list: the file that the reader types below it."""

Listen = Callable[[widgets.Widget, Callable[[Any], None]], widgets.Widget]


class FirstWeights:
    """A list of detectors, the path of another one, and what is taken from any; see `widgets`.

    Parameters
    ----------
    settings : TrainSettings
    runs_root : path
        Of the runs whose newest checkpoints are offered.
    listen : callable
        Given a control and what takes its value, has the reader's changes taken.
    """

    def __init__(self, settings: TrainSettings, runs_root: Path, listen: Listen) -> None:
        self._settings = settings
        self._runs_root = runs_root
        self._choice = listen(labelled(_("Start from"), widgets.Dropdown()), self._take)
        self._path = listen(
            labelled(
                _("Its file, PATH.params with PATH.json beside it"),
                widgets.Text(continuous_update=False),
            ),
            self._take_path,
        )
        self._explanation = widgets.HTML(f'<p class="ssdx-fine ssdx-muted">{_explanation()}</p>')
        self.widgets = [self._choice, self._path, self._explanation]

    def draw(self) -> None:
        """Show what the settings say, and which detectors are there by now."""
        pretrained = self._settings.config.pretrained
        options = [
            (_("Nothing (random weights)"), ""),
            *list_first_weights(self._runs_root),
            (_("A .params file of yours…"), _OWN),
        ]
        own = pretrained not in [value for _label, value in options]
        self._choice.options = options
        self._choice.value = _OWN if own else pretrained
        self._path.value = pretrained if own else ""
        self._show(own, explained=bool(pretrained))

    def _take(self, chosen: str) -> None:
        if chosen != _OWN:
            self._settings.change("pretrained", chosen)
        self._show(own=chosen == _OWN, explained=bool(chosen))

    def _take_path(self, path: str) -> None:
        if path.strip():
            self._settings.use_checkpoint(path)

    def _show(self, own: bool, explained: bool) -> None:
        self._path.layout.display = None if own else "none"
        self._explanation.layout.display = None if explained else "none"


def _explanation() -> str:
    return _(
        "Taken is what fits: the body and the down-samplings, the box heads of maps with as many "
        "anchors in a cell, the class heads if the classes are the same. What is new begins with "
        "random weights. All of it goes on learning, and no other setting changes by itself."
    )
