"""What pages are put together from: cards, rows, columns, buttons.

How they look is in `template/widgets.css`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _


def section(title: str, *children: widgets.Widget) -> widgets.VBox:
    """Return a card of the control column: a heading and controls below each other."""
    heading = classed(widgets.Label(title), "ssdx-heading")
    return classed(widgets.VBox([heading, *children]), "ssdx-section")


def card(*children: widgets.Widget) -> widgets.VBox:
    """Return a card of the large column: a figure and what belongs to it."""
    return classed(widgets.VBox(list(children)), "ssdx-card-main")


def row(*children: widgets.Widget, **layout: str) -> widgets.Box:
    """Return controls beside each other that wrap where there is no room.

    Further options, here and below, are those of `ipywidgets.Layout`.
    """
    return classed(widgets.Box(children, layout=layout), "ssdx-row")


def beside(*parts: tuple[widgets.Widget, int], **layout: str) -> widgets.Box:
    """Return parts that share a row, each with its usual width, px, or more; else they wrap."""
    for part, width_px in parts:
        part.layout.flex, part.layout.min_width = f"1 1 {width_px}px", "0"
    return row(*(part for part, _width_px in parts), **layout)


def column(*children: widgets.Widget, gap: int, **layout: str) -> widgets.VBox:
    """Return parts below each other, `gap` px apart; see `row`."""
    return widgets.VBox(children, layout={"grid_gap": f"{gap}px", **layout})


def button(
    text: str,
    press: Callable[[], Any],
    tooltip: str = "",
    style: str = "",
    css_class: str = "",
    **layout: str,
) -> widgets.Button:
    """Return a button that calls `press`.

    Parameters
    ----------
    style : str
        "primary", "warning", "danger", or "" for a plain one.
    """
    made = widgets.Button(description=text, tooltip=tooltip, button_style=style, layout=layout)
    made.on_click(lambda _button: press())
    return classed(made, css_class) if css_class else made


def step_button(text: str, tooltip: str, press: Callable[[], Any]) -> widgets.Button:
    """Return a small square button that goes on by one, or back: "‹" or "›"."""
    return button(text, press, tooltip, css_class="ssdx-step")


def labelled(label: str, control: widgets.Widget, **layout: str) -> widgets.Widget:
    """Put `label` above `control`, tied to it for screen readers, and return it; see `row`."""
    control.description = label
    for name, value in layout.items():
        setattr(control.layout, name, value)
    return classed(control, "ssdx-labelled")


def show(shown: object, *parts: widgets.Widget) -> None:
    """Show or hide parts; one that is hidden takes no room."""
    for part in parts:
        part.layout.display = None if shown else "none"


def show_figures(part: widgets.Widget, shown: bool) -> None:
    """Show or hide what holds figures.

    One that is hidden before it is drawn is never drawn: so it only takes no room.
    """
    part.layout.visibility = part.layout.overflow = None if shown else "hidden"
    part.layout.height = None if shown else "0"


def copy_button(text: str, place: str) -> str:
    """Return a button that copies the text field of the part with class `place`.

    `template/shell.js` does it; where that is not, as in JupyterLab, the button is hidden.
    """
    return (
        f'<button type="button" class="ssdx-copy" data-ssdx-copy="{place}" '
        f'data-ssdx-done="{_("Copied ✓")}">{text}</button>'
    )


def onward_button(text: str, notebook: str, state: dict[str, Any]) -> str:
    """Return a button that opens another page in a state of ours; see `copy_button`.

    Parameters
    ----------
    notebook : str
        Its name, as "train_live".
    state : dict
        JSON; what it leaves out has that page's default.
    """
    return (
        f'<button type="button" class="ssdx-copy ssdx-onward" data-ssdx-open="{notebook}" '
        f'data-ssdx-state="{escape(json.dumps(state))}">{escape(text)}</button>'
    )


def set_class(widget: widgets.DOMWidget, name: str, has: bool) -> None:
    """Give `widget` a CSS class, or take it away."""
    if has:
        widget.add_class(name)
    else:
        widget.remove_class(name)


def classed(widget: widgets.DOMWidget, *names: str) -> Any:
    """Give a widget classes of the style sheets, and return it."""
    for name in names:
        widget.add_class(name)
    return widget
