"""Which photograph is shown, of which data set, and at which shape the network sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import N_, _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.state import labelled_objects
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import beside, labelled, row, section, step_button
from explorer.pages.shared.pictures.photographs import UPLOAD, Photographs
from explorer.pages.shared.pictures.upload import PictureUpload

WIDTHS_HEIGHTS = ((256, 256), (300, 300), (512, 512), (384, 256), (256, 384), (512, 256))
SHAPES = [(f"{width} × {height}", (height, width)) for width, height in WIDTHS_HEIGHTS]

_SIZES = N_(
    "Sizes are shares of the input's height, and widths are scaled by map height / map width: on a "
    "wide input the anchor of ratio 1 stays a square in pixels."
)
_OWN_MAPS = N_(
    "These are a detector's own maps, made for this input. Choose a preset to come back to "
    "ToySSD's maps, which follow the input."
)


class AnchorInput:
    """Controls that follow the model: `bar` belongs above the photograph, `section` to the side.

    `guard` is that of the bar.
    """

    def __init__(
        self, model: AnchorsModel, photographs: Photographs, guard: Callable[..., Any]
    ) -> None:
        self._model, self._photographs = model, photographs
        self._following = Following(guard)
        self._dataset = widgets.Dropdown(tooltip=_("Data set"), layout={"flex": "0 1 150px"})
        self._previous = step_button("‹", _("Previous photograph"), guard(lambda: self._turn(-1)))
        self._next = step_button("›", _("Next photograph"), guard(lambda: self._turn(1)))
        self._title = widgets.Label(layout={"flex": "0 0 auto"})
        turning = row(
            self._previous, self._title, self._next,
            flex_flow="row nowrap", align_items="center", flex="0 0 auto",
        )  # fmt: skip
        self._upload = PictureUpload(self._uploaded)
        self._upload.layout.flex = "0 0 auto"
        self._following.listen(self._dataset, lambda name: self.show(name, 0))
        self.bar = (self._dataset, turning, self._upload)

        self._problem = Notice()
        self._shape_following = following = Following(guarded(self._problem))
        self._shape = labelled(_("Input, width × height px"), widgets.Dropdown())
        sides = (_("Input width"), _("Input height"))
        self._sides = [labelled(name, widgets.BoundedIntText(min=64, max=1024)) for name in sides]
        self._about = widgets.HTML()
        following.listen(self._shape, lambda shape: model.change(input_shape_px=shape))
        for side in self._sides:
            following.listen(side, lambda _side: self._take_sides())
        self.section = section(
            _("Shape of the input"),
            self._shape,
            beside(*((side, 90) for side in self._sides)),
            self._about,
            self._problem,
        )

    def look(self) -> None:
        """Offer the data sets that are there by now."""
        self._photographs.look()
        self._offer()

    def show(self, dataset: str, number: int) -> None:
        """Show a photograph with its own objects."""
        picture = self._photographs.get(dataset, number)
        self._model.set_photograph(dataset, number, labelled_objects(picture.labels))

    def class_names(self) -> tuple[str, ...]:
        """Return the classes of the present photograph."""
        state = self._model.state
        return self._photographs.get(state.dataset, state.photograph).class_names

    def load_labels(self) -> None:
        """Bring back the photograph's own objects."""
        state = self._model.state
        picture = self._photographs.get(state.dataset, state.photograph)
        self._model.change(objects=labelled_objects(picture.labels), selected=0)

    def draw(self) -> None:
        """Follow the model."""
        state = self._model.state
        counts = self._photographs.counts
        names = [(_("your own") if name == UPLOAD else name, name) for name in counts]
        self._following.offer(self._dataset, names, state.dataset)
        height_px, width_px = shape = state.input_shape_px
        own = _("own shape, {width} × {height}").format(width=width_px, height=height_px)
        known = shape in (there for _name, there in SHAPES)
        shapes = SHAPES if known else [*SHAPES, (own, shape)]
        self._shape_following.offer(self._shape, shapes, shape)
        with self._shape_following:
            width, height = self._sides
            height.value, width.value = shape
        own_maps = bool(state.own_maps)
        for control in (self._shape, *self._sides):
            control.disabled = own_maps
        about = _OWN_MAPS if own_maps else _SIZES
        self._about.value = f'<p class="ssdx-muted">{_(about)}</p>'
        one = counts[state.dataset] == 1
        self._previous.disabled = self._next.disabled = one
        self._title.value = _("Photograph {number} of {all}").format(
            number=state.photograph + 1, all=counts[state.dataset]
        )

    def _offer(self) -> None:
        self._model.offer(self._photographs.counts)
        self.draw()

    def _turn(self, by: int) -> None:
        state = self._model.state
        count = self._photographs.counts[state.dataset]
        self.show(state.dataset, (state.photograph + by) % count)

    def _uploaded(self, name: str, content: memoryview) -> None:
        number = self._photographs.upload(content, name)
        self._offer()
        self.show(UPLOAD, number)

    def _take_sides(self) -> None:
        width, height = self._sides
        self._model.change("shape", input_shape_px=(height.value, width.value))
