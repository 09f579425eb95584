"""A picture with a few kinds of boxes over it, told apart by dash, width and colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from bokeh.core.properties import field, value
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.pages.shared.page import theme
from explorer.pages.shared.pictures.picture_image import PictureImage
from explorer.pages.shared.pictures.pictures import Picture

LARGEST_SIDE_PX = 640
"""Larger pictures are drawn shrunk: the figure is no wider."""

_LETTER_WIDTH, _LABEL_HEIGHT = 0.022, 0.06
"""Room that a label's letters and its height take, in shares of the figure's longer side."""

_LEAST_SHOWN, _MOST_ZOOMED = 0.15, 0.7
"""A zoomed figure shows at least this share of a side; above the other it shows the whole."""

_ROOM = 2.2
"""It is this many times as wide as what it looks at."""

BOX = ("left", "right", "top", "bottom")
LABEL = ("x", "y", "text", "baseline")

LabelledBox = tuple[Sequence[float] | NDArray[np.float32], str]
"""A corner box, normalised, and what is written at it, which may be empty."""


@dataclass(frozen=True)
class BoxStyle:
    """How one kind of box is drawn, and what the legend calls it.

    With `names_below` its labels stand below the boxes, where other kinds have theirs above;
    `ink` is the colour of their letters.
    """

    label: str
    color: str
    width: float
    dash: tuple[int, ...] = ()
    fill: float = 0.0
    strength: float = 1.0
    names_below: bool = False
    ink: str = "white"


class PictureBoxes:
    """A figure that is built once; `show` changes what lies on it.

    Parameters
    ----------
    name : str
        The boxes of a kind are the renderer called ``{name}-{kind}``.
    styles : mapping of str to BoxStyle
        Later kinds lie over earlier ones.
    """

    def __init__(self, name: str, styles: Mapping[str, BoxStyle]) -> None:
        self.plot = theme.image_figure(1, 1, max_width=LARGEST_SIDE_PX)
        self._image = PictureImage(self.plot, LARGEST_SIDE_PX)
        self._picture: Picture | None = None
        self._side_px = np.array([256, 256])
        self._styles = styles
        self._boxes = {kind: ColumnDataSource(_columns(BOX)) for kind in styles}
        self._labels = {kind: ColumnDataSource(_columns(LABEL)) for kind in styles}
        for kind, style in styles.items():
            self._draw_boxes(f"{name}-{kind}", kind, style)
        for kind, style in styles.items():
            self._write_labels(kind, style)

    def show_picture(self, picture: Picture | None) -> None:
        """Draw another picture and take all boxes away; the same one changes nothing."""
        if picture is None or picture is self._picture:
            return
        self._picture = picture
        shrink = min(1.0, LARGEST_SIDE_PX / max(picture.width_px, picture.height_px))
        self._side_px = np.maximum(
            1, np.round(np.array([picture.width_px, picture.height_px]) * shrink)
        ).astype(int)
        width_px, height_px = self._side_px.tolist()
        self._image.show(picture.image, width_px, height_px)
        # A tall picture lies within a square.
        self.plot.aspect_ratio = max(1.0, width_px / height_px)
        self.show({})

    def show(self, boxes: Mapping[str, Sequence[LabelledBox]], zoomed: Sequence[str] = ()) -> None:
        """Draw boxes of each kind; of a kind that is not named there are none.

        Labels stand outside of their boxes where there is room; one that would lie on that of a
        later kind, or of an earlier box, is left out.

        Parameters
        ----------
        zoomed : sequence of str
            The kinds of boxes that the figure zooms in on; without any it shows the picture.
        """
        scale = np.tile(self._side_px, 2)
        looked_at = [box for kind in zoomed for box, _text in boxes.get(kind, [])]
        shown_px = self._look_at(np.array(looked_at).reshape(-1, 4) * scale)
        height_px = int(self._side_px[1])
        written: list[tuple[float, float, int]] = []
        for kind in reversed([*self._styles]):
            edges, labels = _columns(BOX), _columns(LABEL)
            below = self._styles[kind].names_below
            for box, text in boxes.get(kind, []):
                left, top, right, bottom = (np.asarray(box, float) * scale).tolist()
                _append(edges, (left, right, top, bottom))
                at = bottom if below else top
                label = (left, at, len(text))
                if text and not any(_covers(label, other, shown_px) for other in written):
                    written.append(label)
                    room = height_px - bottom if below else top
                    upwards = below == (room < _LABEL_HEIGHT * shown_px)
                    _append(labels, (left, at, text, "bottom" if upwards else "top"))
            for source, columns in ((self._boxes[kind], edges), (self._labels[kind], labels)):
                if columns != source.data:
                    source.data = columns

    def _look_at(self, boxes_px: NDArray[np.float64]) -> float:
        """Zoom in on boxes, or show the whole picture; return the longer side that is shown."""
        width, height = self._side_px.tolist()
        whole = np.array([max(width, height), height], float)
        share, middle = 1.0, np.array([width, height]) / 2
        if len(boxes_px):
            low, high = boxes_px[:, :2].min(axis=0), boxes_px[:, 2:].max(axis=0)
            share = max(_LEAST_SHOWN, _ROOM * float(((high - low) / whole).max()))
            if share <= _MOST_ZOOMED:
                middle = (low + high) / 2
            else:
                share = 1.0
        half = whole * share / 2
        edge = (whole - self._side_px) / 2  # how far the figure reaches beyond the picture
        middle = np.clip(middle, half - edge, self._side_px + edge - half)
        (left, top), (right, bottom) = (middle - half).tolist(), (middle + half).tolist()
        self.plot.x_range.update(start=left, end=right)
        self.plot.y_range.update(start=bottom, end=top)
        return float(2 * half.max())

    def _draw_boxes(self, name: str, kind: str, style: BoxStyle) -> None:
        outline: dict[str, Any] = {**{edge: edge for edge in BOX}, "source": self._boxes[kind]}
        # White below the colour: a box shows on any picture.
        self.plot.quad(
            **outline, fill_color=None, line_color="white", line_width=style.width + 2.5,
            line_alpha=0.8 * style.strength,
        )  # fmt: skip
        self.plot.quad(
            **outline, name=name, line_color=style.color, line_width=style.width,
            line_dash=value(list(style.dash)), line_alpha=style.strength, fill_color=style.color,
            fill_alpha=style.fill,
        )  # fmt: skip

    def _write_labels(self, kind: str, style: BoxStyle) -> None:
        self.plot.text(
            *LABEL[:3], source=self._labels[kind], text_font=value(theme.FONT),
            text_font_size="12px", text_font_style="bold", text_color=style.ink,
            text_baseline=field("baseline"), background_fill_color=style.color, padding=3,
            border_radius=3, x_offset=-style.width / 2,
        )  # fmt: skip


def box_legend(styles: Mapping[str, BoxStyle]) -> str:
    """Return how each kind is drawn, as HTML."""
    entries = "".join(
        f"<span>{swatch(style)} {escape(_(style.label))}</span>" for style in styles.values()
    )
    return f'<div class="ssdx-batchlegend">{entries}</div>'


def swatch(style: BoxStyle) -> str:
    """Return a small box in a style, for a legend or a table."""
    dash = " ".join(str(length) for length in style.dash)
    return (
        '<svg width="26" height="18" aria-hidden="true">'
        f'<rect x="3" y="3" width="20" height="12" stroke="{style.color}" '
        f'stroke-width="{style.width}" stroke-dasharray="{dash}" '
        f'fill="{style.color}" fill-opacity="{style.fill}"/></svg>'
    )


def _covers(one: tuple[float, float, int], other: tuple[float, float, int], side_px: float) -> bool:
    """Whether two labels (x, y, letters) would lie over each other."""
    first, second = sorted((one, other))
    across, down = (second[0] - first[0]) / side_px, abs(one[1] - other[1]) / side_px
    return across < _LETTER_WIDTH * (first[2] + 1) and down < _LABEL_HEIGHT


def _columns(names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [] for name in names}


def _append(columns: dict[str, list[Any]], cells: Sequence[Any]) -> None:
    for column, cell in zip(columns.values(), cells, strict=True):
        column.append(cell)
