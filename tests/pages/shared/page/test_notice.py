from __future__ import annotations

import asyncio
import logging

import pytest

from explorer.pages.shared.page.notice import Notice, guarded


def test_text_is_escaped_and_spoken_as_an_alert() -> None:
    notice = Notice()
    notice.fail('<img src=x onerror="hurt()">.png is not an image')
    assert notice.value == (
        '<p class="ssdx-error" role="alert">'
        "&lt;img src=x onerror=&quot;hurt()&quot;&gt;.png is not an image</p>"
    )
    notice.say("Saved", "success")
    assert notice.value == '<p class="ssdx-success" role="status">Saved</p>'
    notice.clear()
    assert notice.value == ""
    assert notice.layout.display == "none"


def test_our_own_sentence_is_shown_as_it_is_and_leaves_with_the_next_success() -> None:
    notice = Notice()

    @guarded(notice)
    def set_size(size: float) -> str:
        if size <= 0:
            raise ValueError(f"size must be above 0, got {size:g}")
        return "done"

    assert set_size(-1) is None
    assert notice.text == "size must be above 0, got -1"
    assert set_size(1) == "done"
    assert notice.text == ""


def test_success_leaves_a_message_of_somebody_else() -> None:
    notice = Notice()
    guarded(notice)(lambda: notice.say("3 boxes"))()
    assert notice.text == "3 boxes"
    guarded(notice)(lambda: None)()
    assert notice.text == "3 boxes"


def test_a_bug_is_one_sentence_with_an_id_and_a_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    notice = Notice()
    with caplog.at_level(logging.ERROR, "explorer.pages"):
        guarded(notice)(lambda: 1 / 0)()
    (record,) = caplog.records
    name = record.getMessage().split()[1]
    assert notice.text.startswith(f"Something went wrong (error {name})")
    assert "ZeroDivisionError" not in notice.text
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_async_callbacks_are_guarded_too() -> None:
    notice = Notice()

    @guarded(notice)
    async def load(fail: bool) -> int:
        await asyncio.sleep(0)
        if fail:
            raise ValueError("not a readable image")
        return 7

    assert asyncio.run(load(True)) is None
    assert notice.text == "not a readable image"
    assert asyncio.run(load(False)) == 7
    assert notice.text == ""
