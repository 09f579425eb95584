"""When a growing curve is sent: soon while that shows, seldom where it does not."""

from __future__ import annotations

from explorer.pages.train.curves.pace import FIRST_ROWS, LEAST_PART, MOST_SECONDS, Pace


class _Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_step_of_a_short_run_is_sent_at_once() -> None:
    pace = Pace(_Clock())
    for num_rows in range(1, 20):
        assert pace.due(num_rows, width=1 / LEAST_PART)
        pace.sent(num_rows)
        assert not pace.due(num_rows, width=1 / LEAST_PART)


def test_the_first_steps_of_a_run_wait_for_nothing_however_long_it_is() -> None:
    pace = Pace(_Clock())
    sent = []
    for num_rows in range(1, 2 * FIRST_ROWS):
        if pace.due(num_rows, width=1e6):
            pace.sent(num_rows)
            sent.append(num_rows)
    assert sent == [*range(1, FIRST_ROWS + 1)]


def test_a_step_of_a_long_run_waits_for_others() -> None:
    pace = Pace(_Clock())
    pace.sent(100)
    assert [pace.due(100 + new, width=3 / LEAST_PART) for new in range(5)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_no_step_waits_for_long() -> None:
    clock = _Clock()
    pace = Pace(clock)
    pace.sent(100)
    clock.now += MOST_SECONDS - 0.01
    assert not pace.due(101, width=1e6)
    clock.now += 0.01
    assert pace.due(101, width=1e6)
    assert not pace.due(100, width=1e6)  # nothing is new


def test_sending_the_same_again_does_not_make_it_new() -> None:
    clock = _Clock()
    pace = Pace(clock)
    pace.sent(100)
    clock.now += MOST_SECONDS
    pace.sent(100)
    assert pace.due(101, width=1e6)
