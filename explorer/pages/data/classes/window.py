"""Which classes of a long list are on the page: some at a time, and those with a text in them."""

from __future__ import annotations

import traitlets as t

from explorer.i18n import _
from explorer.pages.data.classes.model import ClassPlan

SHOWN = 20
"""A row costs the page fourteen messages, and of more than some thousand at once some are lost."""


class ClassWindow(t.HasTraits):
    """A part of the plan's classes."""

    text = t.Unicode("")
    """What is in the names that are listed, in the files or from now on; "" lists all."""
    first = t.Int(0)
    """How many of those that are listed come before the part that is shown."""
    shown = t.Tuple()
    """tuple of int: numbers of classes of the plan; `SHOWN` at most."""
    num_found = t.Int(0)
    """How many are listed."""

    def __init__(self, plan: ClassPlan) -> None:
        super().__init__()
        self._plan = plan
        plan.observe(self._planned, "classes")
        self._look(0)

    @property
    def is_needed(self) -> bool:
        """Whether the plan has more classes than are shown at once."""
        return len(self._plan.classes) > SHOWN

    def look_for(self, text: str) -> None:
        """List the classes with `text` in their names, whatever the case."""
        self.text = text.strip()
        self._look(0)

    def turn(self, pages: int) -> None:
        """Show the next part, or one before; at the ends it stays."""
        self._look(self.first + pages * SHOWN)

    def place_text(self) -> str:
        """Return which of how many are shown."""
        if not self.num_found:
            return _("No class has this in its name.")
        return _("{first:,}–{last:,} of {all:,}").format(
            first=self.first + 1, last=self.first + len(self.shown), all=self.num_found
        )

    def _planned(self, _change: object) -> None:
        if not self._plan.classes:  # another set comes
            self.text, self.first = "", 0
        self._look(self.first)

    def _look(self, first: int) -> None:
        wanted = self.text.casefold()
        found = [
            number
            for number, each in enumerate(self._plan.classes)
            if wanted in each.found.name.casefold() or wanted in each.new_name.casefold()
        ]
        last = max(len(found) - 1, 0) // SHOWN * SHOWN
        with self.hold_trait_notifications():
            self.first = min(max(first, 0), last)
            self.num_found = len(found)
            self.shown = tuple(found[self.first : self.first + SHOWN])
