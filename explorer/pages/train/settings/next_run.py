"""What Start is going to train, for a page so narrow that the settings are far below it."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _, ngettext
from explorer.pages.shared.page.parts import classed
from explorer.pages.train.settings.model import TrainSettings

SETTINGS_PLACE = "ssdx-settings"
"""The id of an element where the settings begin."""


def next_run(settings: TrainSettings) -> widgets.HTML:
    """Return a line that follows the settings, with a link to them; a wide page hides it."""
    line = classed(widgets.HTML(), "ssdx-next-run")

    def draw(_change: Any = None) -> None:
        config = settings.config
        epochs = ngettext("{n:,} epoch", "{n:,} epochs", config.epochs - config.first_epoch)
        parts = config.recipe, config.dataset.rsplit("/", 1)[-1], epochs
        text, link = escape(" · ".join(parts)), _("Change")
        line.value = (
            f'<p>{_("Next run")}: <b>{text}</b> · <a href="#{SETTINGS_PLACE}">{link}</a></p>'
        )

    settings.observe(draw, "config")
    draw()
    return line
