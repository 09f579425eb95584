"""State of “The images”: which images of a set are looked for, which are shown, which is open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.pages.data.box_tables import BoxTables, SetView
from explorer.pages.data.set_images import SetImages
from explorer.pages.data.words import class_word

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet
    from explorer.datasets.own.box_table import BoxTable

SHOWN = 12
"""This many images are shown at a time."""

ALL_IMAGES = -1
WITHOUT_OBJECTS = -2

_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


class ImageGallery(SetView):
    """The images of a set, and what is looked for among them.

    Attributes
    ----------
    found : (F,) int64
        Numbers of the images found, in rising order; no trait.
    choices : list of (str, int)
        What can be looked for, with the number of images: hostile until escaped; no trait.
    images : SetImages or None
        Reads images of the set that was measured; no trait.
    """

    table = t.Any(None, allow_none=True)
    """BoxTable or None: None until `measure` has come to its end."""
    what = t.Int(ALL_IMAGES)
    """`ALL_IMAGES`, `WITHOUT_OBJECTS`, or the class that an object is to have."""
    sizes_px = t.Tuple(t.Int(), t.Int(), default_value=(0, 256))
    """From and to √(width × height) that an object of it is to have; the whole range
    says nothing.
    """
    text = t.Unicode("")
    """What an image's name is to have in it, in any case."""
    num_found = t.Int(0)
    """Images that have all this."""
    first = t.Int(0)
    """The first one of those found that is shown."""
    page = t.Tuple()
    """tuple of int: numbers of those that are shown, `SHOWN` at most."""
    opened = t.Int(-1)
    """Number of the image that is shown large, or -1."""
    seen = t.Any(None, allow_none=True)
    """SeenImage or None: that image, as soon as it is read."""

    def __init__(self, tables: BoxTables | None = None) -> None:
        super().__init__(tables)
        self._measuring: asyncio.Future[None] | None = None
        self._numbers: dict[str, int] = {}
        self._lower: NDArray[np.str_] = np.zeros(0, dtype=np.str_)
        self._sizes: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._class_name: str | None = None
        self.images: SetImages | None = None
        self.found: NDArray[np.int64] = _NONE
        self.choices: list[tuple[str, int]] = []

    @property
    def is_filtered(self) -> bool:
        """Whether anything is looked for."""
        return self.what != ALL_IMAGES or bool(self.text.strip()) or not self._every_size

    @property
    def _every_size(self) -> bool:
        low, high = self.sizes_px
        return bool(low <= 0 and high >= self.input_size)

    def show_set(self, annotations: AnnotationSet | None, input_size: int = 256) -> None:
        """Look at another set; `measure` does the work.

        In a set of the same folder, as when labels were mended, what is looked for and the page
        stay as far as they can.
        """
        before = self.annotations
        goes_on = bool(before and annotations and before.root == annotations.root)
        self._asked += 1
        self._measuring = self.images = None
        self.found = _NONE
        with self.hold_trait_notifications():
            if not goes_on:
                self.what, self.text, self.first, self._class_name = ALL_IMAGES, "", 0, None
            if not goes_on or self._every_size or input_size != self.input_size:
                self.sizes_px = (0, input_size)
            self.annotations, self.input_size = annotations, input_size
            self.table, self.page, self.num_found = None, (), 0
            self.close()

    async def measure(self) -> None:
        """Measure the present set's boxes, in a thread and once; return when that is done."""
        if self.annotations is not None and self.table is None:
            if self._measuring is None:
                self._measuring = asyncio.ensure_future(self._measure(self._asked))
            await self._measuring

    async def _measure(self, asked: int) -> None:
        if asked == self._asked:  # else another set has come before it begins
            table = await self._make(lambda table: table)
            if table is not None:
                self._take(table)

    def look_for(
        self,
        what: int | None = None,
        sizes_px: tuple[int, int] | None = None,
        text: str | None = None,
    ) -> None:
        """Look for something else; what is None stays."""
        with self.hold_trait_notifications():
            if what is not None:
                self.what = what
                self._class_name = self.table.class_names[what] if what >= 0 else None
            if sizes_px is not None:
                self.sizes_px = sizes_px
            if text is not None:
                self.text = text
            self._find(0)

    def look_for_all(self) -> None:
        """Take all filters away."""
        self.look_for(ALL_IMAGES, (0, self.input_size), "")

    def turn_to(self, first: int) -> None:
        """Show the page of `found` with the image at `first`, or the nearest that there is."""
        last = max(len(self.found) - 1, 0)
        first = min(max(first, 0), last) // SHOWN * SHOWN
        with self.hold_trait_notifications():
            self.first = first
            self.page = tuple(self.found[first : first + SHOWN].tolist())

    def wanted_rows(self, number: int) -> frozenset[int]:
        """Return the objects of an image that are looked for: rows of the table."""
        table: BoxTable | None = self.table
        if table is None:
            return frozenset()
        rows = table.rows_of(number)
        return frozenset((rows.start + np.flatnonzero(self._wanted(rows))).tolist())

    async def open(self, number: int) -> None:
        """Show an image of the set large, and turn to the page that has it."""
        images = self.images
        if images is None or not 0 <= number < len(self.annotations.images):
            return
        place = self.place_of(number)
        with self.hold_trait_notifications():
            self.opened, self.seen = number, None
            if place >= 0:
                self.turn_to(place)
        seen = await asyncio.get_running_loop().run_in_executor(None, images.whole, number)
        if self.images is images and self.opened == number:
            self.seen = seen

    async def open_image(self, name: str) -> None:
        """Show the image called `name` large; filters that hide it are taken away."""
        await self.measure()
        number = self._numbers.get(name)
        if number is not None:
            if self.place_of(number) < 0:
                self.look_for_all()
            await self.open(number)

    async def step(self, by: int) -> None:
        """Open the image this many places after the open one; at the ends it stays."""
        place = self.place_of(self.opened)
        if place >= 0:
            await self.open(int(self.found[min(max(place + by, 0), len(self.found) - 1)]))

    def close(self) -> None:
        """Show the page of small pictures again."""
        with self.hold_trait_notifications():
            self.opened, self.seen = -1, None

    def place_of(self, number: int) -> int:
        """Return where an image is among those that were found, or -1."""
        place = int(np.searchsorted(self.found, number))
        return place if place < len(self.found) and self.found[place] == number else -1

    def _take(self, table: BoxTable) -> None:
        self.images = SetImages(self.annotations, table)
        names = [image.name for image in self.annotations.images]
        self._numbers = {name: number for number, name in enumerate(names)}
        self._lower = np.array([name.lower() for name in names], dtype=np.str_)
        self._sizes = table.sizes_px(self.input_size)
        self.choices = _choices(table)
        with self.hold_trait_notifications():
            self.table = table
            if self.what >= 0 or self._class_name is not None:  # it may be back
                known = self._class_name in table.class_names
                self.what = table.class_names.index(self._class_name) if known else ALL_IMAGES
            self._find(self.first)

    def _find(self, first: int) -> None:
        table: BoxTable | None = self.table
        if table is None:
            return
        if self.what == WITHOUT_OBJECTS:
            good = table.objects_on == 0
        elif self.what == ALL_IMAGES and self._every_size:
            good = np.ones(table.num_images, dtype=np.bool_)
        else:
            wanted = table.image[self._wanted(slice(None))]
            good = np.bincount(wanted, minlength=table.num_images) > 0
        if text := self.text.strip().lower():
            good = good & (np.char.find(self._lower, text) >= 0)
        with self.hold_trait_notifications():
            self.close()
            self.found = np.flatnonzero(good)
            self.num_found = len(self.found)
            self.turn_to(first)

    def _wanted(self, rows: slice) -> NDArray[np.bool_]:
        """Return which of the table's rows are objects of the class and sizes looked for."""
        table: BoxTable = self.table
        good = np.ones(len(table.class_id[rows]), dtype=np.bool_)
        if self.what >= 0:
            good &= table.class_id[rows] == self.what
        if not self._every_size:
            low, high = self.sizes_px
            sizes = self._sizes[rows]
            good &= (sizes >= low) & (sizes <= high)
        return good


def _choices(table: BoxTable) -> list[tuple[str, int]]:
    # Each class counts once for an image.
    pairs = np.unique(table.class_id * table.num_images + table.image)
    counts = np.bincount(pairs // max(table.num_images, 1), minlength=len(table.class_names))
    empty = int((table.objects_on == 0).sum())
    return [
        (_("All images ({number:,})").format(number=table.num_images), ALL_IMAGES),
        (_("Without objects ({number:,})").format(number=empty), WITHOUT_OBJECTS),
    ] + [
        (f"{class_word(name)} ({counts[class_id]:,})", class_id)
        for class_id, name in enumerate(table.class_names)
    ]
