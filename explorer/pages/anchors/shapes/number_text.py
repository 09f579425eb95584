"""Lists of numbers as people write them."""

from __future__ import annotations

from explorer.i18n import _


def parse_numbers(text: str, name: str) -> tuple[float, ...]:
    """Return the numbers of a comma separated list; brackets around it are allowed.

    Raises
    ------
    ValueError
        If something in it is not a number; the sentence calls the list `name`.
    """
    parts = text.strip().strip("[]()").replace(";", ",").replace(",", " ").split()
    numbers = []
    for part in parts:
        try:
            numbers.append(float(part))
        except ValueError:
            text = _(
                "{name}: “{part}” is not a number; write numbers separated by commas, like 0.2, "
                "0.272."
            )
            raise ValueError(text.format(name=name, part=part)) from None
    return tuple(numbers)
