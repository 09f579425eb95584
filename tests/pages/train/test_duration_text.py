from __future__ import annotations

import pytest

from explorer.pages.train.duration_text import duration_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (47.6, "48 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599, "59 min 59 s"),
        (7800, "2 h 10 min"),
        (3_600_000, "1,000 h 00 min"),
    ],
)
def test_a_time_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
