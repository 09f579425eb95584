"""The picture on which boxes are drawn: each in the colour of its class."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bokeh.models import ColumnDataSource, CustomJS

from explorer.exchange.class_colors import class_color, ink_on
from explorer.i18n import N_, _
from explorer.pages.shared.page import theme
from explorer.pages.shared.pictures.object_editor import EditCallbacks, ObjectEditor, box_columns
from explorer.pages.shared.pictures.picture_image import PictureImage

if TYPE_CHECKING:
    from explorer.datasets.annotations import Annotation
    from explorer.pages.shared.pictures.pictures import Picture

LARGEST_SIDE_PX = 1600
"""A larger photograph is sent shrunk; boxes are in its own px all the same."""

WIDEST_PX = 900
LEAST_ASPECT = 1.15
"""A taller picture has room beside it, so that it fits a screen."""

LONGEST_NAME = 24
KEYS = (
    *"123456789", *"npecd", "PageDown", "PageUp", "Backspace", "Escape", "Ctrl+z", "Ctrl+y",
    "Ctrl+Shift+z", "+", "-", "0",
)  # fmt: skip
LABEL = N_(
    "The image. Drag to draw a box, click one to select it; arrow keys move it, Delete removes it, "
    "1 to 9 choose its class, N and P turn to the next and the previous image."
)
SCRIPT = (Path(__file__).parent / "zoom.js").read_text(encoding="utf-8")


class LabellingFigure:
    """The figure; built once, `show_picture` and `show` change its sources.

    Parameters
    ----------
    callbacks : EditCallbacks
        Told px of the whole picture, however it is drawn; zooming is done here.
    """

    def __init__(self, callbacks: EditCallbacks) -> None:
        self._picture: Picture | None = None
        self._press = callbacks.press
        self.plot = theme.image_figure(1, 1, max_width=WIDEST_PX)
        self._image = PictureImage(self.plot, LARGEST_SIDE_PX)
        self._size = ColumnDataSource({"width": [256], "height": [256]})
        nothing = _columns([], ())
        self.editor = ObjectEditor(
            self._size, callbacks._replace(press=self._pressed), nothing, nothing, KEYS
        )
        self.plot.js_on_change("tags", self.editor.draw_on(self.plot, _(LABEL)))
        zoom = CustomJS(args={"plot": self.plot, "size": self._size}, code=SCRIPT)
        self.plot.js_on_change("tags", zoom)

    def show_picture(self, picture: Picture | None) -> None:
        """Draw a picture, all of it; the same one changes nothing."""
        if picture is None or picture is self._picture:
            return
        self._picture = picture
        width, height = picture.width_px, picture.height_px
        self._size.data = {"width": [width], "height": [height]}
        self._image.show(picture.image, width, height)
        self.plot.aspect_ratio = max(LEAST_ASPECT, width / height)
        self.whole()

    def show(
        self, objects: Sequence[Annotation], selected: int, class_names: Sequence[str]
    ) -> None:
        """Draw the boxes; one that has no numbers is left out."""
        drawable = [
            (number, one)
            for number, one in enumerate(objects)
            if all(map(math.isfinite, one.box_px))
        ]
        mine = [one for number, one in drawable if number == selected]
        others = [one for number, one in drawable if number != selected]
        self.editor.show(_columns(mine, class_names), _columns(others, class_names))

    def whole(self) -> None:
        """Show the whole picture."""
        width, height = (self._size.data[side][0] for side in ("width", "height"))
        margin = (height * self.plot.aspect_ratio - width) / 2
        self.plot.x_range.update(start=-margin, end=width + margin)
        self.plot.y_range.update(start=height, end=0)

    def zoom(self, factor: float) -> None:
        """Zoom in on the middle by this factor; never show more than the whole picture."""
        x, y = self.plot.x_range, self.plot.y_range
        if (y.start - y.end) / factor >= self._size.data["height"][0]:
            self.whole()
            return
        for span in (x, y):
            middle, half = (span.start + span.end) / 2, (span.end - span.start) / 2 / factor
            span.update(start=middle - half, end=middle + half)

    def _pressed(self, key: str) -> None:
        zooms: dict[str, Callable[[], None]] = {
            "+": lambda: self.zoom(1.5),
            "-": lambda: self.zoom(1 / 1.5),
            "0": self.whole,
        }
        if key in zooms:
            zooms[key]()
        elif self._press is not None:
            self._press(key)


def _columns(objects: Sequence[Annotation], class_names: Sequence[str]) -> dict[str, list[Any]]:
    numbers = {name: number for number, name in enumerate(class_names)}
    colors = [
        class_color(numbers[one.class_name])
        if one.class_name in numbers
        else theme.ROLES["anchor"].color
        for one in objects
    ]
    boxes = [
        (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
        for x0, y0, x1, y1 in (one.box_px for one in objects)
    ]
    return {
        **box_columns(boxes),
        "text": [_short(one.class_name) for one in objects],
        "color": colors,
        "ink": [ink_on(color) for color in colors],
    }


def _short(name: str) -> str:
    name = name or _("no class")
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
