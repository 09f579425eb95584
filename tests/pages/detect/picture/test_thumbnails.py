"""The strip of pictures without a browser."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.pages.detect.picture.thumbnails import SHOWN, ThumbnailStrip
from explorer.pages.shared.pictures.pictures import Picture

PICTURES = [Picture(np.full((8, 8, 3), 9, np.uint8), f"Picture {n}") for n in range(SHOWN + 2)]


@pytest.fixture
def wanted() -> list[int]:
    return []


def test_the_buttons_beside_it_go_to_the_neighbours(wanted: list[int]) -> None:
    strip = ThumbnailStrip(wanted.append)
    strip.show(PICTURES, SHOWN)
    before, after = strip._steps
    before.click()
    after.click()
    assert wanted == [SHOWN - 1, SHOWN + 1]
    shown = [each for each in strip._thumbs if each.layout.display != "none"]
    assert [each.tooltip for each in shown] == ["Picture 8", "Picture 9"]


def test_one_picture_has_no_neighbours(wanted: list[int]) -> None:
    strip = ThumbnailStrip(wanted.append)
    strip.show(PICTURES[:1], 0)
    assert [step.disabled for step in strip._steps] == [True, True]
    strip.show(PICTURES[:2], 0)
    assert [step.disabled for step in strip._steps] == [False, False]
