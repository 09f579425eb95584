"""The anchors page (placeholder)."""

from __future__ import annotations

import ipywidgets as widgets

from explorer.i18n import _
from explorer.views import theme
from explorer.views.page import Page, card, labelled, section

__all__ = ["show"]


def show() -> None:
    """Display the page."""
    page = Page()
    plot = theme.image_figure(256, 256)
    plot.quad(
        left=[60], right=[180], top=[70], bottom=[200], **theme.ROLES["gt"].box(), legend_label="gt"
    )
    slider = labelled(_("Score threshold"), widgets.FloatSlider(value=0.5, min=0, max=1, step=0.01))
    choice = labelled(_("Layer"), widgets.Dropdown(options=["finest", "coarsest"]))
    start = widgets.Button(description=_("Start"), button_style="primary")
    page.on_open(lambda query: page.notice.say(_("Opened with {q}").format(q=query)))
    page.show(
        main=[card(page.plot(plot))],
        controls=[section(_("Settings"), slider, choice, start)],
        help_html="<p>" + _("A placeholder.") + "</p>",
    )
