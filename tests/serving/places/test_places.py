"""Who gets a place, and in what order."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from explorer.serving.places.places import ABSENT_S, ANSWER_S, RETURN_S, Place, Places


@dataclass
class Server:
    """Places with kernels that run until they are ended, and a clock that is set by hand."""

    number: int
    running: set[str] = field(default_factory=set)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.places = Places(self.number, self.running.__contains__, lambda: self.now)

    def open(self, browser: str, ticket: str = "") -> Place:
        """Open a page whose kernel is named after the browser."""
        place = self.places.take(browser, ticket)
        assert place is not None
        place.kernel_id = browser
        self.running.add(browser)
        return place

    def wait(self, browser: str) -> str:
        """Ask for a page in vain, and listen."""
        assert self.places.take(browser) is None
        ticket = self.places.wait(browser)
        assert self.places.hear(ticket, present=True)
        return ticket

    def end(self, browser: str) -> None:
        """End a kernel without a word, and let the time pass for which its place is kept."""
        self.running.discard(browser)
        assert self.places.num_open > 0
        self.now += RETURN_S


def test_the_last_place_is_given_once() -> None:
    places = Places(1, {"a"}.__contains__)
    assert places.take("one") is not None  # its kernel has yet to start
    assert places.take("two") is None
    assert places.num_open == 1


def test_a_page_that_did_not_open_gives_its_place_back() -> None:
    places = Places(1, set[str]().__contains__)
    place = places.take("one")
    assert place is not None
    places.give_back(place)
    assert places.num_open == 0
    assert places.take("two") is not None


def test_guests_are_called_in_the_order_of_coming() -> None:
    server = Server(2)
    server.open("a")
    server.open("b")
    c, d, e = (server.wait(name) for name in "cde")
    assert server.places.call() == {c: 0, d: 1, e: 2}
    server.end("b")
    assert server.places.call() == {c: -1, d: 0, e: 1}
    assert server.places.take("late") is None
    server.open("c", c)
    assert server.places.call() == {d: 0, e: 1}
    server.end("a")
    server.end("c")
    assert server.places.call() == {d: -1, e: -1}
    assert server.places.num_open == 2


def test_a_free_place_belongs_to_who_waits_not_to_who_comes() -> None:
    server = Server(1)
    server.open("a")
    b = server.wait("b")
    server.end("a")
    assert server.places.take("c") is None
    assert server.places.call() == {b: -1}
    server.open("b", b)
    assert server.places.num_open == 1


def test_who_goes_on_to_another_page_keeps_the_place() -> None:
    server = Server(1)
    server.open("a")
    b = server.wait("b")
    server.places.leave("a")  # its kernel has yet to end
    assert server.places.call() == {b: 0}
    server.open("a")
    assert server.places.call() == {b: 0}
    assert server.places.num_open == 1


def test_a_request_that_came_before_the_word_of_leaving_is_called_first() -> None:
    server = Server(1)
    server.open("a")
    b = server.wait("b")
    again = server.wait("a")
    server.places.leave("a")
    assert server.places.call() == {b: 0, again: -1}
    server.open("a", again)


@pytest.mark.parametrize("said", [True, False])
def test_a_place_that_was_left_is_kept_for_a_moment(said: bool) -> None:
    server = Server(1)
    server.open("a")
    if said:
        server.places.leave("a")
    server.running.clear()
    b = server.wait("b")
    server.now += RETURN_S - 0.01
    assert server.places.call() == {b: 0}
    server.now += 0.01
    assert server.places.call() == {b: -1}


def test_who_was_called_and_does_not_come_loses_the_turn() -> None:
    server = Server(1)
    server.open("a")
    b, c = server.wait("b"), server.wait("c")
    server.end("a")
    assert server.places.call() == {b: -1, c: 0}
    server.now += ANSWER_S - 0.01
    assert server.places.call() == {b: -1, c: 0}
    server.now += 0.01
    assert server.places.call() == {c: -1}
    assert not server.places.hear(b, present=True)


def test_a_guest_who_went_away_is_forgotten_and_one_who_comes_back_is_not() -> None:
    server = Server(1)
    server.open("a")
    b, c = server.wait("b"), server.wait("c")
    server.places.hear(b, present=False)
    server.places.hear(c, present=False)
    server.now += ABSENT_S - 0.01
    assert server.places.wait("c", c) == c  # loaded again
    assert server.places.hear(c, present=True)
    assert server.places.call() == {b: 0, c: 1}
    server.now += 0.01
    assert server.places.call() == {c: 0}


def test_a_guest_who_is_away_is_not_called_before_who_is_there() -> None:
    server = Server(1)
    server.open("a")
    b, c = server.wait("b"), server.wait("c")
    server.end("a")
    server.places.hear(b, present=False)
    assert server.places.call() == {b: 0, c: -1}


def test_a_foreign_ticket_is_as_good_as_none() -> None:
    server = Server(1)
    server.open("a")
    assert server.places.take("b", "invented") is None
    assert server.places.wait("b", "invented") != "invented"
    assert not server.places.hear("invented", present=True)
