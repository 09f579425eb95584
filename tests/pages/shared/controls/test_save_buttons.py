"""What the buttons' messages are answered with; the browser's side is in `tests/browser`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.takeaway.panel import TakeawayPanel
from explorer.pages.shared.controls.save_buttons import SaveButtons
from explorer.pages.shared.controls.saved_file import SavedFile
from explorer.pages.shared.page.notice import Notice
from explorer.pages.shared.timing.background import all_done

Sent = list[tuple[dict[str, Any], list[bytes] | None]]


def answers(
    monkeypatch: pytest.MonkeyPatch,
    maker: Callable[[str], Callable[[], SavedFile]],
    *asked: dict[str, str],
) -> tuple[Sent, Notice]:
    """Return what is sent, once all is done, to a browser that has asked."""
    sent: Sent = []
    problem = Notice()
    buttons = SaveButtons({"csv": "Table"}, maker, problem)
    monkeypatch.setattr(
        buttons, "send", lambda content, buffers=None: sent.append((content, buffers))
    )

    async def ask() -> None:
        for message in asked:
            buttons._handle_custom_msg(message, [])
        await all_done()

    asyncio.run(ask())
    return sent, problem


def test_a_file_is_sent_to_the_button_that_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def maker(kind: str) -> Callable[[], SavedFile]:
        return lambda: SavedFile(f"x.{kind}", "text/csv", kind.encode())

    asked = {"id": "7", "kind": "csv"}, {"id": "8", "kind": "png"}
    sent, problem = answers(monkeypatch, maker, *asked)
    assert sorted(sent, key=str) == [
        ({"id": "7", "name": "x.csv", "media_type": "text/csv"}, [b"csv"]),
        ({"id": "8", "name": "x.png", "media_type": "text/csv"}, [b"png"]),
    ]
    assert problem.text == ""


def test_what_cannot_be_made_is_said_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def maker(kind: str) -> Callable[[], SavedFile]:
        def make() -> SavedFile:
            raise ValueError("Out of paper.")

        return make

    sent, problem = answers(monkeypatch, maker, {"id": "7", "kind": "csv"})
    assert sent == [({"id": "7"}, None)]
    assert problem.text == "Out of paper."


def test_before_anything_is_detected_the_panel_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = TakeawayPanel(LoadedDetector(ThreadPoolExecutor(1)), lambda: None)
    sent, problem = answers(monkeypatch, panel._found, {"id": "1", "kind": "png"})
    assert sent == [({"id": "1"}, None)]
    assert "choose a picture" in problem.text
