"""What a run begins with: random weights, or those of a trained detector."""

from __future__ import annotations

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.shared.choices.checkpoints import list_first_weights
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import labelled, show
from explorer.pages.train.hyper_parameters import setting_label
from explorer.pages.train.settings.model import TrainSettings

_OWN = ".params"
"""Of the drop-down list: the file that the user types below it."""


class FirstWeights:
    """A list of detectors, the path of another one, and what is taken from any; see `widgets`.

    The newest checkpoint of each of the settings' runs is offered.
    """

    def __init__(self, settings: TrainSettings) -> None:
        self._settings = settings
        self._problem = Notice()
        self._following = Following(guarded(self._problem))
        self._choice = labelled(setting_label("pretrained"), widgets.Dropdown())
        placeholder = _("PATH.params, made here or by others with MXNet")
        path = widgets.Text(continuous_update=False, placeholder=placeholder)
        self._path = labelled(_("Its .params file"), path)
        self._explanation = widgets.HTML(f'<p class="ssdx-fine ssdx-muted">{_explanation()}</p>')
        self.widgets = [self._choice, self._path, self._problem, self._explanation]
        self._following.listen(self._choice, self._take)
        self._following.listen(self._path, self._take_path)

    def draw(self) -> None:
        """Show what the settings say, and which detectors are there by now."""
        pretrained = self._settings.config.pretrained
        options = [
            (_("Random weights"), ""),
            *list_first_weights(self._settings.root),
            (_("A .params file of yours…"), _OWN),
        ]
        own = pretrained not in [value for _label, value in options]
        with self._following:
            self._following.offer(self._choice, options, _OWN if own else pretrained)
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
        self._problem.clear()  # it was about another choice
        show(own, self._path)
        show(explained, self._explanation)


def _explanation() -> str:
    return _(
        "What fits is copied: the body and the down-samplings, the box heads of maps with as "
        "many anchors per cell, the class heads if the classes are the same. The rest starts at "
        "random. All layers keep learning, and no other setting changes."
    )
