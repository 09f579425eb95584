"""What all tests share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A shell starts a job in the background deaf to Ctrl-C, and what it starts is deaf too: the
# programs that the tests start and interrupt could then not be ended.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long one example takes says more about the machine's other work than about the code.
settings.register_profile(
    "explorer", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("explorer")


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Share the tests out to processes: all pages to one, as they share a server and a browser.

    The others go file by file, since the tests of a file share what they have trained. What takes
    longest begins first.
    """
    tests = Path(__file__).parent

    def group(item: pytest.Item) -> str:
        inside = item.path.relative_to(tests)
        return "pages" if inside.parts[0] == "pages" else str(inside)

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: group(item) != "pages")
