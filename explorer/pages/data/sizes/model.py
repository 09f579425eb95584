"""State of “Sizes and places”: what the boxes of a set look like, of one class or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import traitlets as t

from explorer.i18n import _
from explorer.pages.data.box_tables import BoxTables, SetView
from explorer.pages.data.sizes.numbers import ALL_CLASSES, BoxNumbers, box_numbers
from explorer.pages.data.words import class_word

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet
    from explorer.datasets.own.box_table import BoxTable

Extreme = Literal["smallest", "largest", "fullest"]

_REACH = 0.04
"""Of the input's side: a pointer that is no nearer to a dot means none."""


class BoxStatistics(SetView):
    """The numbers of a set's boxes."""

    class_id = t.Int(ALL_CLASSES)
    """The class that is looked at, or `ALL_CLASSES`."""
    numbers = t.Any(None, allow_none=True)
    """BoxNumbers or None: None until `measure` has come to its end."""
    selected = t.Int(-1)
    """Row of the object that the user points at, or -1."""

    def __init__(self, tables: BoxTables | None = None) -> None:
        super().__init__(tables)
        self._class_name: str | None = None

    def show_set(self, annotations: AnnotationSet | None, input_size: int = 256) -> None:
        """Look at another set; `measure` does the work. The class stays, if it is still there."""
        self._asked += 1
        with self.hold_trait_notifications():
            self.annotations, self.input_size = annotations, input_size
            self.numbers, self.selected = None, -1

    async def measure(self) -> None:
        """Measure the present set and class in a thread, unless that is under way or done.

        What is asked for meanwhile counts, and needs a call of its own.
        """
        input_size, class_name = self.input_size, self._class_name
        numbers = await self._make(lambda table: _numbers(table, input_size, class_name))
        if numbers is not None:
            with self.hold_trait_notifications():
                self.class_id, self.numbers = numbers.class_id, numbers
                if self.selected not in numbers.rows:
                    self.selected = -1

    def choices(self) -> list[tuple[str, int]]:
        """Return all classes and each, with the number of their objects; hostile until escaped."""
        numbers: BoxNumbers | None = self.numbers
        if numbers is None:
            return [(_("All classes"), ALL_CLASSES)]
        table = numbers.table
        counts = np.bincount(table.class_id, minlength=len(table.class_names)).tolist()
        every = _("All classes ({number:,})").format(number=len(table.class_id))
        return [(every, ALL_CLASSES)] + [
            (f"{class_word(name)} ({counts[class_id]:,})", class_id)
            for class_id, name in enumerate(table.class_names)
        ]

    def choose_class(self, class_id: int) -> None:
        """Look at one class, or at all; `measure` does the work."""
        numbers: BoxNumbers | None = self.numbers
        if numbers is not None:
            names = numbers.table.class_names
            self._class_name = None if class_id == ALL_CLASSES else names[class_id]
            self._asked += 1
            self.class_id = class_id

    def pick(self, width_px: float, height_px: float) -> str | None:
        """Select the drawn object of about this size; return its image's name, or None."""
        numbers: BoxNumbers | None = self.numbers
        if numbers is None or not len(numbers.dots):
            return None
        sides = numbers.table.sides_px(numbers.input_size)[numbers.dots]
        away = np.hypot(*(sides - (width_px, height_px)).T)
        nearest = int(away.argmin())
        if away[nearest] > _REACH * numbers.input_size:
            return None
        return self._select(int(numbers.dots[nearest]))

    def find(self, extreme: Extreme) -> str | None:
        """Select the smallest or largest object, or one of the fullest image; as `pick`."""
        numbers: BoxNumbers | None = self.numbers
        if numbers is None or not len(numbers.rows):
            return None
        if extreme == "smallest":
            found = numbers.sizes_px.argmin()
        elif extreme == "largest":
            found = numbers.sizes_px.argmax()
        else:
            found = numbers.objects_on[numbers.table.image[numbers.rows]].argmax()
        return self._select(int(numbers.rows[found]))

    def _select(self, row: int) -> str:
        self.selected = row
        name: str = self.annotations.images[self.numbers.table.image[row]].name
        return name


def _numbers(table: BoxTable, input_size: int, class_name: str | None) -> BoxNumbers:
    names = table.class_names
    class_id = names.index(class_name) if class_name in names else ALL_CLASSES
    return box_numbers(table, input_size, class_id)
