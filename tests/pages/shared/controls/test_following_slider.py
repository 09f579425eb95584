from __future__ import annotations

import pytest

from explorer.pages.shared.controls.following_slider import FollowingSlider


@pytest.fixture
def moves() -> list[float]:
    return []


@pytest.fixture
def slider(moves: list[float]) -> FollowingSlider:
    made = FollowingSlider(min=0.01, max=1.2, step=0.001, value=0.2)
    made.on_move(moves.append)
    return made


def from_browser(slider: FollowingSlider, value: float) -> None:
    slider.set_state({"value": value})


def test_a_move_is_told_on_the_sliders_grid(slider: FollowingSlider, moves: list[float]) -> None:
    from_browser(slider, 0.20500000000000002)
    assert moves == [0.205]


def test_what_is_there_already_is_not_written_back(
    slider: FollowingSlider, moves: list[float]
) -> None:
    from_browser(slider, 0.20500000000000002)
    slider.follow(0.205)
    assert slider.value == 0.20500000000000002
    assert moves == [0.205]


def test_a_followed_value_is_no_move_not_even_when_it_comes_back_late(
    slider: FollowingSlider, moves: list[float]
) -> None:
    slider.follow(0.37)
    slider.follow(0.54)
    from_browser(slider, 0.37 + 1e-12)
    from_browser(slider, 0.54 - 1e-12)
    assert moves == []


def test_after_a_move_all_values_are_moves_again(
    slider: FollowingSlider, moves: list[float]
) -> None:
    slider.follow(0.37)
    from_browser(slider, 0.371)
    from_browser(slider, 0.37)
    assert moves == [0.371, 0.37]


def test_another_range_moves_nothing_back() -> None:
    slider = FollowingSlider(min=1, max=100, step=1, value=50)
    moved: list[float] = []
    slider.on_move(moved.append)
    for value, low, high in ((400, 400, 800), (2, 2, 100), (101, 101, 200), (150, 101, 200)):
        slider.follow_within(value, low, high)
        assert (slider.value, slider.min, slider.max) == (value, low, high)
    assert moved == []
    # Whole numbers do not come back: a value that was shown before can be a move.
    slider.set_state({"value": 101})
    assert moved == [101]
