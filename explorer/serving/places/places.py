"""Who has a page, and who waits for one.

A page that is asked for takes a place, if one is free, and keeps it while its kernel runs. Who
finds none gets a ticket, and is called in the order of coming. Nobody overtakes: while someone
waits, a free place is theirs.

Who goes on to another page, or loads one again, leaves a place and wants one. So a place that is
left is kept for the same browser for a moment, before anybody else can have it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

RETURN_S = 3.0
"""For how long a place that was left is kept for its browser."""
ANSWER_S = 15.0
"""For how long a place is kept for who was called."""
ABSENT_S = 10.0
"""For how long a ticket is good while nobody is heard who has it."""


@dataclass(eq=False)
class Place:
    """One of the places that are not free."""

    browser: str
    """Whose it is; any name that is the same for all pages of a browser."""
    kernel_id: str | None = None
    """None while it has yet to start."""
    kept_for: str = ""
    """A browser or a ticket; empty while a page is open, or opening."""
    kept_until: float = 0.0


@dataclass(eq=False)
class _Guest:
    """Somebody who waits."""

    browser: str
    heard_at: float
    present: bool = False


class Places:
    """The places of a server.

    Parameters
    ----------
    number : int
        How many pages there may be at once.
    runs : callable
        ``runs(kernel_id)`` says whether a page's kernel is there.
    clock : callable
        Seconds that pass.
    """

    def __init__(
        self,
        number: int,
        runs: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.number = number
        self._runs = runs
        self._clock = clock
        self._taken: list[Place] = []
        self._waiting: dict[str, _Guest] = {}  # by ticket, in the order of coming

    @property
    def num_open(self) -> int:
        """How many pages are open, or kept for somebody."""
        self._look()
        return len(self._taken)

    def take(self, browser: str, ticket: str = "") -> Place | None:
        """Return a place for a page that is about to open; None if it has to wait."""
        self._look()
        for place in self._taken:
            if place.kept_for in (browser, ticket) and place.kept_for:
                break
        else:
            if self._waiting or len(self._taken) >= self.number:
                return None
            place = Place(browser)
            self._taken.append(place)
        self._waiting.pop(ticket, None)
        place.browser, place.kernel_id, place.kept_for = browser, None, ""
        return place

    def give_back(self, place: Place) -> None:
        """Free the place of a page that did not open."""
        self._taken.remove(place)

    def leave(self, kernel_id: str) -> None:
        """Note that a page was closed: its kernel is about to end."""
        for place in self._taken:
            if place.kernel_id == kernel_id and not place.kept_for:
                place.kept_for, place.kept_until = place.browser, self._clock() + RETURN_S

    def wait(self, browser: str, ticket: str = "") -> str:
        """Return the ticket of somebody for whom there is no place; an old one stays good."""
        if ticket not in self._waiting:
            ticket = secrets.token_urlsafe(9)
            self._waiting[ticket] = _Guest(browser, self._clock())
        return ticket

    def hear(self, ticket: str, present: bool) -> bool:
        """Note that who has this ticket is there, or is not; return whether it is good."""
        guest = self._waiting.get(ticket)
        if guest is None:
            return False
        guest.present, guest.heard_at = present, self._clock()
        return True

    def call(self) -> dict[str, int]:
        """Keep what is free for those who have waited longest.

        Returns
        -------
        dict
            By ticket, how many are before it; -1: it may come.
        """
        self._look()
        called = {place.kept_for for place in self._taken}
        ahead: dict[str, int] = {}
        num_before = 0
        for ticket, guest in self._waiting.items():
            if guest.present and ticket not in called and self._keep_for(ticket, guest):
                called.add(ticket)
            ahead[ticket] = -1 if ticket in called else num_before
            num_before += ticket not in called
        return ahead

    def _keep_for(self, ticket: str, guest: _Guest) -> bool:
        for place in self._taken:
            if place.kept_for == guest.browser:
                break
        else:
            if len(self._taken) >= self.number:
                return False
            place = Place(guest.browser)
            self._taken.append(place)
        place.kernel_id = None
        place.kept_for, place.kept_until = ticket, self._clock() + ANSWER_S
        return True

    def _look(self) -> None:
        """Notice pages that have ended, places that nobody came for, and guests who left."""
        now = self._clock()
        for place in self._taken:
            if place.kernel_id and not place.kept_for and not self._runs(place.kernel_id):
                place.kept_for, place.kept_until = place.browser, now + RETURN_S
        late = [p for p in self._taken if p.kept_for and p.kept_until <= now]
        for place in late:
            self._taken.remove(place)
            self._waiting.pop(place.kept_for, None)
        gone = [
            ticket
            for ticket, guest in self._waiting.items()
            if not guest.present and now - guest.heard_at >= ABSENT_S
        ]
        for ticket in gone:
            del self._waiting[ticket]
