"""Which picture the detect page shows: of a data set, or the user's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.picture.thumbnails import ThumbnailStrip
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.page.parts import classed, column, labelled
from explorer.pages.shared.pictures.photographs import UPLOAD
from explorer.pages.shared.pictures.upload import PictureUpload


class PictureChoice:
    """Upload, data set and a strip of its pictures; `widget` follows the model.

    Parameters
    ----------
    choose : callable
        Gets data set and number of the picture that the user wants; the number may be one
        before the first or behind the last.
    """

    def __init__(
        self,
        model: DetectModel,
        upload: PictureUpload,
        choose: Callable[[str, int], None],
        guard: Callable[..., Any],
    ) -> None:
        self._model = model
        self._following = Following(guard)
        self._dataset = labelled(_("Pictures of"), widgets.Dropdown(), flex="0 1 180px")
        self._strip = ThumbnailStrip(guard(lambda number: choose(model.dataset, number)))
        self._following.listen(self._dataset, lambda name: choose(name, 0))
        strip = classed(widgets.Box([self._dataset, self._strip]), "ssdx-pick")
        self.widget = column(upload, strip, gap=12)
        model.observe(guard(lambda _change: self.draw()), ["dataset", "number", "picture"])
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        model = self._model
        names = [
            (_("your own") if name == UPLOAD else name, name) for name in model.photographs.counts
        ]
        self._following.offer(self._dataset, names, model.dataset or None)
        self._strip.show(model.photographs.pictures(model.dataset), model.number)
