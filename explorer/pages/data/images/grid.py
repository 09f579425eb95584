"""A page of small pictures with their boxes; a click opens an image."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import partial
from html import escape

from explorer.exchange.class_colors import class_color
from explorer.i18n import _
from explorer.pages.data.image_thumbnail import image_thumbnail_url
from explorer.pages.data.images.model import SHOWN, ImageGallery
from explorer.pages.data.set_images import SetImages
from explorer.pages.data.words import class_word
from explorer.pages.shared.pictures.picture_slots import PictureSlots

KEPT = 96
"""Pictures that are ready when the user turns back, some twenty kilobytes each."""

MOST_NAMED = 3
"""Classes that a caption names."""

_Key = tuple[int, frozenset[int]]


class ImageGrid:
    """Twelve buttons with captions. `draw` writes the captions, `draw_pictures` what takes longer.

    `open_image` is told the number of the image that the user wants to see.
    """

    def __init__(self, model: ImageGallery, open_image: Callable[[int], None]) -> None:
        self._model = model
        self._images: SetImages | None = None
        self._urls: OrderedDict[_Key, str] = OrderedDict()
        self.slots = PictureSlots("image", SHOWN, lambda place: open_image(model.page[place]))
        self.widget = self.slots.widget

    def draw(self) -> None:
        """Follow the model, with the pictures that are ready."""
        model = self._model
        if model.images is not self._images:
            self._images = model.images
            self._urls.clear()
        self.slots.show_first(len(model.page))
        for place, number in enumerate(model.page):
            name = model.annotations.images[number].name
            self.slots.describe(place, _("Open {name}").format(name=name), name)
            self._show(place, self._urls.get((number, model.wanted_rows(number))))

    async def draw_pictures(self) -> None:
        """Make the page's pictures in a thread, one after the other, unless it was turned."""
        model, images, page = self._model, self._model.images, self._model.page
        if images is None:
            return
        loop = asyncio.get_running_loop()
        for place, number in enumerate(page):
            key = number, model.wanted_rows(number)
            url = self._urls.get(key)
            if url is None:
                url = await loop.run_in_executor(None, partial(_url, images, *key))
                if model.images is not images or model.page != page:
                    return
                self._urls[key] = url
                while len(self._urls) > KEPT:
                    self._urls.popitem(last=False)
            if key[1] == model.wanted_rows(number):
                self._show(place, url)

    def focus(self, number: int) -> None:
        """Put the keyboard at an image of the page."""
        if number in self._model.page:
            self.slots.pictures[self._model.page.index(number)].focus()

    def _show(self, place: int, url: str | None) -> None:
        """Show a picture, none while it is None, and say so where it is "" for good."""
        self.slots.captions[place].value = self._caption(self._model.page[place], url == "")
        self.slots.draw(place, url or "")

    def _caption(self, number: int, unreadable: bool) -> str:
        table, image = self._model.table, self._model.annotations.images[number]
        in_records = image.path is not None and image.path.suffix.lower() == ".rec"
        short = image.name if in_records else image.name.rpartition("/")[2]
        counts = Counter(table.class_id[table.rows_of(number)].tolist()).most_common()
        words = [
            class_word(table.class_names[class_id]) + (f" × {count}" if count > 1 else "")
            for class_id, count in counts[:MOST_NAMED]
        ]
        if len(counts) > MOST_NAMED:
            words.append("…")
        said = ", ".join(words) or _("no object")
        lines = [f'<p title="{escape(image.name)}">{escape(short)}</p>']
        lines.append(f'<p class="ssdx-muted">{escape(said)}</p>')
        if image.path is None:
            lines.append(f"<p>{escape(_('The image is not there.'))}</p>")
        elif unreadable:
            lines.append(f"<p>{escape(_('The image cannot be read.'))}</p>")
        return "".join(lines)


def _url(images: SetImages, number: int, wanted: frozenset[int]) -> str:
    """Return an image with its boxes, those looked for drawn stronger; "" if it is not readable."""
    seen = images.small(number)
    if seen.picture is None:
        return ""
    boxes = [
        (each.box, class_color(each.class_id), 4 if each.row in wanted else 1)
        for each in sorted(seen.boxes, key=lambda each: each.row in wanted)
        if each.box is not None
    ]
    return image_thumbnail_url(seen.picture.image, boxes)
