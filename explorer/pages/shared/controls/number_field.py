"""A field for a number that says so when it cannot take what was typed."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import traitlets as t

from explorer.i18n import _
from explorer.pages.shared.page.notice import Notice
from explorer.pages.shared.page.parts import labelled


class NumberField(widgets.VBox):
    """A field with its label above it and, where it needs one, a sentence below it.

    The bounded fields of ipywidgets change a number in the browser and without a word: 2.7 becomes
    27, and 99999999 the highest that is allowed. Here it arrives as it was typed.

    Parameters
    ----------
    low, high : float
        Both are allowed. A number beyond them is moved to the nearer one.
    step : float
        Of the arrows in the field.
    whole : bool
        Refuse a number with decimals: the former one stays.
    as_typed : bool
        Take each key at once, for a button that waits for the number; else it is taken with Enter,
        or when the field is left.
    """

    value = t.Float()
    """Observe it for what the user typed, as far as it was taken."""

    def __init__(
        self,
        label: str,
        tooltip: str = "",
        *,
        low: float,
        high: float,
        step: float = 1,
        whole: bool = False,
        as_typed: bool = False,
    ) -> None:
        self._label, self._low, self._high, self._whole = label, low, high, whole
        field = widgets.FloatText(step=step, tooltip=tooltip, continuous_update=as_typed)
        self._field = labelled(label, field)
        self._notice = Notice()
        super().__init__([self._field, self._notice])
        self.layout.grid_gap = "6px"
        self._field.observe(lambda change: self._take(change["new"]), "value")
        self.observe(lambda _change: self._draw(), "value")

    def _take(self, typed: float) -> None:
        if typed == self.value:
            return
        allowed, problem = self._allowed(typed)
        self.value = allowed
        self._draw()
        self._notice.fail(problem)

    def _allowed(self, typed: float) -> tuple[float, str]:
        """Return the number to take for the one that was typed, and why it is another one."""
        words: dict[str, Any] = {"label": self._label}
        if self._whole and not typed.is_integer():
            text = _("{label}: whole numbers only, so {value} stays.")
            return self.value, text.format(value=_written(self.value), **words)
        allowed = min(max(typed, self._low), self._high)
        if allowed == typed:
            return typed, ""
        words.update(low=_written(self._low), high=_written(self._high), value=_written(allowed))
        return allowed, _("{label}: from {low} to {high}, so it is set to {value}.").format(**words)

    def _draw(self) -> None:
        self._field.value = self.value
        self._notice.clear()


def _written(number: float) -> str:
    """Return a number as people write it: 10,000 or 0.000001."""
    text = f"{number:,.9f}"
    return text.rstrip("0").rstrip(".")
