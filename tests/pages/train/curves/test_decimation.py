from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.pages.train.curves.decimation import MOST_BUCKETS, Window, decimate, window_of

COUNTS = st.integers(0, 40 * MOST_BUCKETS)


def columns_of(count: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(count)
    return {
        "step": [float(step) for step in range(1, count + 1)],
        "class_loss": rng.random(count).tolist(),
        "accuracy": rng.random(count).tolist(),
    }


def buckets_of(window: Window) -> list[range]:
    begins = range(window.first, window.stop, window.size)
    return [range(begin, min(begin + window.size, window.stop)) for begin in begins]


def test_a_bucket_keeps_its_highest_loss_and_its_last_of_all_else() -> None:
    columns = {
        "step": [1.0, 2.0, 3.0, 4.0, 5.0],
        "class_loss": [0.5, 9.0, 0.3, 0.2, 0.1],
        "box_loss": [math.nan, 1.0, math.nan, math.nan, 2.0],
        "class_loss_smooth": [0.5, 0.6, 0.5, 0.4, 0.3],
        "positive_accuracy": [0.1, math.nan, 0.3, 0.4, 0.5],
    }
    rows = decimate(columns, Window(2, 0, 5))
    expected = {
        "step": [2.0, 4.0, 5.0],
        "class_loss": [9.0, 0.3, 0.1],
        "box_loss": [1.0, math.nan, 2.0],
        "class_loss_smooth": [0.6, 0.4, 0.3],
        "positive_accuracy": [math.nan, 0.4, 0.5],
    }
    assert rows.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(rows[name], values)
        assert rows[name].dtype == np.float64


@pytest.mark.parametrize("count", [0, 1, MOST_BUCKETS])
def test_a_short_run_is_shown_whole_wherever_one_looks(count: int) -> None:
    columns = columns_of(count)
    window = window_of(columns["step"], 3.0, 4.0, ended=False)
    assert window == Window(1, 0, count)
    rows = decimate(columns, window)
    assert {name: values.tolist() for name, values in rows.items()} == columns


def test_a_closer_look_shows_every_step_with_a_width_on_each_side() -> None:
    steps = columns_of(100_000)["step"]
    assert window_of(steps, 0, 100_000, ended=True) == Window(32, 0, 100_000)
    assert window_of(steps, 40_000, 50_000, ended=True) == Window(8, 29_992, 60_000)
    assert window_of(steps, 50_000, 51_000, ended=True) == Window(1, 48_999, 52_000)


@given(COUNTS, st.floats(-100, 2e5), st.floats(0, 2e5), st.booleans())
def test_what_is_visible_is_shown_with_few_points(
    count: int, start: float, width: float, ended: bool
) -> None:
    steps = [float(step) for step in range(1, count + 1)]
    window = window_of(steps, start, start + width, ended)
    size = window.size
    assert size & (size - 1) == 0
    assert window.first % size == 0
    assert len(buckets_of(window)) <= MOST_BUCKETS + 1
    visible = [row for row, step in enumerate(steps) if start <= step <= start + width]
    if visible:
        assert window.first <= visible[0]
        assert window.stop > visible[-1] - (0 if ended else size)
    if not ended:
        assert window.stop % size == 0
    if size > 1:  # the next smaller one would be too many
        assert 2 * (window.stop - window.first) >= size * (MOST_BUCKETS - 4)


@given(st.integers(1, 20_000), st.sampled_from([1, 2, 8, 256]), st.data())
def test_each_bucket_says_what_its_rows_say(count: int, size: int, data: st.DataObject) -> None:
    columns = columns_of(count)
    first = size * data.draw(st.integers(0, count // size))
    window = Window(size, first, data.draw(st.integers(first, count)))
    rows = decimate(columns, window)
    buckets = buckets_of(window)
    losses = columns["class_loss"]
    assert rows["class_loss"].tolist() == [max(losses[row] for row in rows) for rows in buckets]
    for name in ("step", "accuracy"):
        assert rows[name].tolist() == [columns[name][rows[-1]] for rows in buckets]


@given(COUNTS, st.lists(st.integers(0, 5000), max_size=20), st.integers(0, 100_000))
def test_a_growing_run_is_the_same_streamed_or_sent_anew(
    count: int, growth: list[int], start: int
) -> None:
    columns = columns_of(count + sum(growth))
    end = max(start + 1, len(columns["step"]))
    shown = dict[str, list[float]]()
    before = None
    for number, more in enumerate([0, *growth]):
        count += more
        so_far = {name: column[:count] for name, column in columns.items()}
        window = window_of(so_far["step"], start, end, ended=number == len(growth))
        added = before and window.added_since(before)
        for name, values in decimate(so_far, added or window).items():
            shown[name] = [*(shown[name] if added else ()), *values.tolist()]
        before = window
        again = decimate(so_far, window)
        assert shown == {name: values.tolist() for name, values in again.items()}
    assert shown["step"][-1:] == columns["step"][-1:] or start > len(columns["step"])


def test_an_incomplete_bucket_is_never_added_to() -> None:
    ended = Window(4, 0, 10)
    assert ended.added_since(Window(4, 0, 8)) == Window(4, 8, 10)
    assert ended.added_since(ended) is None
    assert Window(4, 0, 12).added_since(ended) is None
    assert Window(4, 0, 8).added_since(Window(4, 0, 12)) is None
    assert Window(4, 4, 12).added_since(Window(4, 0, 8)) is None
