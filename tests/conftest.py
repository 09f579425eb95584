"""What all tests share."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

pytest_plugins = ["tests.i18n.heard", "tests.i18n.language"]

# A shell starts a job in the background deaf to Ctrl-C, and what it starts is deaf too: the
# programs that the tests start and interrupt could then not be ended.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long one example takes says more about the machine's other work than about the code.
settings.register_profile(
    "explorer", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("explorer")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the pages, which take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/browser/"))
