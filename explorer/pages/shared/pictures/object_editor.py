"""Objects over a picture that the user drags, resizes, draws and deletes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bokeh.core.properties import field, value
from bokeh.models import BoxAnnotation, ColumnDataSource, CustomJS

from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page import theme

EDGES = ("left", "right", "top", "bottom")
EDGE_COLUMNS = {edge: edge for edge in EDGES}
"""Where a `quad` finds its edges in a source of `box_columns`."""
SCRIPT = (Path(__file__).parent / "object_editor.js").read_text(encoding="utf-8")


class EditCallbacks(NamedTuple):
    """What to call when the user does something; all in px of the figure."""

    move: Callable[[float, float, float, float], None]
    """x, y, width, height of the selected object, while it is dragged."""
    create: Callable[[float, float, float, float], None]
    """x, y, width, height of an object that was drawn."""
    delete: Callable[[], None]
    """The Delete key was pressed."""
    pick: Callable[[float, float], None] | None = None
    """x, y of a click. With it a mouse draws beside the selected object, whatever the mode."""
    press: Callable[[str], None] | None = None
    """A key of `ObjectEditor.keys` was pressed."""


class ObjectEditor:
    """The selected object with its handles, and the others; `show` changes what is there.

    Bokeh's `BoxEditTool` moves boxes but does not resize them, so the selected object is an
    editable `BoxAnnotation`. That one is only the grip, without colour: the width of its line
    is the distance at which an edge is caught, and the box that one sees is drawn beneath.

    Parameters
    ----------
    size : ColumnDataSource
        ``width`` and ``height`` of the picture, in px of the figure, one row; it may change.
    callbacks : EditCallbacks
    selected, others : dict
        As `show` takes them.
    keys : sequence of str
        That `callbacks.press` is told: "Escape", "n", "Ctrl+z", "Ctrl+Shift+z", ….

    Attributes
    ----------
    on_drawn : callable
        Called when an object was drawn, before `callbacks.create`.
    """

    def __init__(
        self,
        size: ColumnDataSource,
        callbacks: EditCallbacks,
        selected: dict[str, list[Any]],
        others: dict[str, list[Any]],
        keys: Sequence[str] = (),
    ) -> None:
        self._callbacks, self._size, self._keys = callbacks, size, list(keys)
        self._following = Following()
        self._last_wish = 0
        self._selected, self._others = ColumnDataSource(selected), ColumnDataSource(others)
        self._mode = ColumnDataSource({"draw": [0]})
        self._wish = ColumnDataSource({"what": [], "box": [], "key": [], "time": []})
        moved = self._following.by_hand(self._moved)
        self._selected.on_change("data", lambda _attr, _old, new: moved(new))
        self._wish.on_change("data", lambda _attr, _old, new: self._wished(new))
        self.on_drawn: Callable[[], None] = lambda: None

    def draw_on(self, plot: Any, label: str) -> CustomJS:
        """Add the objects to a figure of `theme.image_figure`; call it once.

        Parameters
        ----------
        label : str
            What a screen reader calls the picture, and which keys there are.

        Returns
        -------
        CustomJS
            Wants to run once, when the figure is there: the frame of the page announces that by
            the tags of what was given to `Page.plot`.
        """
        drawn = ColumnDataSource(dict(self._selected.data), syncable=False)
        handles = ColumnDataSource({"x": [], "y": []}, syncable=False)
        sketch = ColumnDataSource(box_columns([]), syncable=False)
        gt = theme.ROLES["gt"]
        color, ink = (
            (field("color"), field("ink")) if "color" in drawn.data else (gt.color, "white")
        )
        own = {"line_color": color, "fill_color": color}
        for source, casing, name in ((self._others, 4, "others"), (drawn, 6, "gt")):
            plot.quad(
                **EDGE_COLUMNS, source=source, fill_color=None, line_color="white",
                line_width=casing, line_alpha=0.8,
            )  # fmt: skip
            style = gt.box(0.14) if name == "gt" else {**gt.box(0.04), "line_width": 2}
            plot.quad(**EDGE_COLUMNS, source=source, **{**style, **own}, name=name)
            plot.text(
                "left", "top", "text", source=source, text_font=value(theme.FONT),
                text_font_size="11px", text_font_style="bold", text_color=ink,
                text_baseline="top", background_fill_color=color, padding=3, x_offset=2,
                y_offset=2,
            )  # fmt: skip
        plot.quad(**EDGE_COLUMNS, source=sketch, **gt.box(0.2))
        plot.scatter(
            "x", "y", source=handles, marker="circle", size=13, fill_color="white",
            line_color=gt.color if color == gt.color else theme.INK, line_width=2.5,
        )  # fmt: skip
        width, height = self._size.data["width"][0], self._size.data["height"][0]
        grip = BoxAnnotation(
            left=0, right=1, top=0, bottom=1,
            left_limit=0, right_limit=width, top_limit=0, bottom_limit=height,
            editable=True, resizable="all", movable="both", use_handles=False,
            fill_alpha=0, line_alpha=0, line_width=20, syncable=False,
        )  # fmt: skip
        plot.add_layout(grip)
        return CustomJS(
            args={
                "plot": plot, "grip": grip, "gt": self._selected, "drawn": drawn,
                "handles": handles, "sketch": sketch, "wish": self._wish, "size": self._size,
                "mode": self._mode, "label": label, "keys": self._keys,
                "free": self._callbacks.pick is not None,
            },
            code=SCRIPT,
        )  # fmt: skip

    def draw_mode(self, on: bool) -> None:
        """Let the next drag draw an object, or drag again what is there."""
        self._mode.data = {"draw": [int(on)]}

    def show(self, selected: dict[str, list[Any]], others: dict[str, list[Any]]) -> None:
        """Draw other objects: columns of `box_columns`, and ``text``.

        Those that were given at first with ``color`` and ``ink`` (that of the text) have these.
        """
        send_if_other(self._others, others)
        with self._following:
            send_if_other(self._selected, selected)

    def _moved(self, data: Any) -> None:
        if data["left"]:
            left, right, top, bottom = (float(data[edge][0]) for edge in EDGES)
            self._callbacks.move(left, top, right - left, bottom - top)

    def _wished(self, data: Any) -> None:
        if data["time"][0] == self._last_wish:
            return  # jupyter_bokeh calls twice
        self._last_wish = data["time"][0]
        what = data["what"][0]
        left, top, right, bottom = (float(edge) for edge in data["box"][0])
        if what == "delete":
            self._callbacks.delete()
        elif what == "pick" and self._callbacks.pick is not None:
            self._callbacks.pick(left, top)
        elif what == "press" and self._callbacks.press is not None:
            self._callbacks.press(str(data["key"][0]))
        elif what == "create":
            self.on_drawn()
            self._callbacks.create(left, top, right - left, bottom - top)


def box_columns(boxes: list[tuple[float, float, float, float]]) -> dict[str, list[Any]]:
    """Return boxes (x, y, width, height) in px as edges."""
    return {
        "left": [x for x, _y, _w, _h in boxes],
        "right": [x + width for x, _y, width, _h in boxes],
        "top": [y for _x, y, _w, _h in boxes],
        "bottom": [y + height for _x, y, _w, height in boxes],
    }


def send_if_other(source: ColumnDataSource, columns: dict[str, list[Any]]) -> None:
    """Set the data of a small source if it differs."""
    if any(list(source.data[name]) != column for name, column in columns.items()):
        source.data = columns
