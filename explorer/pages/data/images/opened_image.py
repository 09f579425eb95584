"""One image of the gallery, large: all of its boxes, and what each of them is."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from explorer.exchange.class_colors import CLASS_COLORS, class_color
from explorer.exchange.class_label import class_label
from explorer.i18n import N_, _
from explorer.pages.data.class_marks import LIGHT_COLORS
from explorer.pages.data.images.model import ImageGallery
from explorer.pages.data.set_images import SeenBox, SeenImage
from explorer.pages.data.words import class_word
from explorer.pages.shared.controls.html_table import html_table
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.page.parts import beside, column, show
from explorer.pages.shared.pictures.picture_boxes import BoxStyle, LabelledBox, PictureBoxes, swatch

_WRONG = "wrong"
STYLES = {
    **{
        color: BoxStyle("", color, 2.5, ink=theme.INK if color in LIGHT_COLORS else "white")
        for color in CLASS_COLORS
    },
    _WRONG: BoxStyle(N_("cannot be trained on"), theme.DANGER, 2.5, (6, 4)),
}

MOST_LISTED = 30
"""Objects in the table; the figure has all."""


class OpenedImage:
    """A figure and a table; `draw` brings them up to date."""

    def __init__(self, model: ImageGallery, page: Page) -> None:
        self._model = model
        self.figure = PictureBoxes("image", STYLES)
        self._about, self._table = widgets.HTML(), widgets.HTML()
        self._picture = widgets.VBox([page.plot(self.figure.plot)])
        words = column(self._about, self._table, gap=10)
        self.widget = beside((self._picture, 320), (words, 260), align_items="flex-start")

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        if model.opened < 0:
            return
        image = model.annotations.images[model.opened]
        seen: SeenImage | None = model.seen
        lines = [f"<b>{escape(image.name)}</b>"]
        if seen is None:
            lines.append(escape(_("Reading the image…")))
        else:
            if seen.size_px is not None:
                width, height = seen.size_px
                lines.append(f"{width:,} × {height:,} px")
            lines += [escape(problem) for problem in (seen.problem, *image.problems) if problem]
        lines.append(_("Label: {file}").format(file=escape(image.label_file.name)))
        self._about.value = f'<p class="ssdx-imageabout">{"<br>".join(lines)}</p>'
        show(not (seen and seen.picture is None), self._picture)
        if seen is None:
            return  # the figure keeps the picture before until this one is there
        self.figure.show_picture(seen.picture)
        self.figure.show(self._boxes(seen))
        self._table.value = self._listed(seen)

    def _boxes(self, seen: SeenImage) -> dict[str, list[LabelledBox]]:
        names = self._model.table.class_names
        boxes: dict[str, list[LabelledBox]] = {kind: [] for kind in STYLES}
        for each in seen.boxes:
            if each.box is not None:
                kind = class_color(each.class_id) if each.measured else _WRONG
                boxes[kind].append((each.box, class_word(names[each.class_id])))
        return boxes

    def _listed(self, seen: SeenImage) -> str:
        """Return the objects as a table."""
        model = self._model
        if not seen.boxes:
            return f'<p class="ssdx-muted">{escape(_("It has no object."))}</p>'
        sides = model.table.sides_px(model.input_size)
        rows = [self._row(each, sides[each.row].tolist()) for each in seen.boxes[:MOST_LISTED]]
        size = _("Width × height at {side} px").format(side=model.input_size)
        table = html_table(["", _("Class"), size], rows, numbers=(2,))
        more = len(seen.boxes) - MOST_LISTED
        if more > 0:
            table += f'<p class="ssdx-muted">{_("and {more:,} more").format(more=more)}</p>'
        if not all(each.measured for each in seen.boxes):
            text = _("Dashed boxes cannot be trained on as they stand; the label doctor says why.")
            table += f'<p class="ssdx-muted">{escape(text)}</p>'
        return table

    def _row(self, each: SeenBox, sides_px: list[float]) -> tuple[str, str, str]:
        name = escape(class_word(class_label(each.class_id, self._model.table.class_names)))
        style = STYLES[class_color(each.class_id) if each.measured else _WRONG]
        size = "{:.0f} × {:.0f}".format(*sides_px) if each.measured else "–"
        return swatch(style), name, size
