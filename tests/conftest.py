"""What all tests share."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

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


PAGES = "tests/browser/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the pages, which take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(PAGES))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out to processes, see `Together`."""
    return Together(config, log)


class Together(LoadScopeScheduling):
    """Tests that share what is costly stay in one process.

    All pages share a server and a browser; the tests of another file share what they have trained.
    """

    def _split_scope(self, nodeid: str) -> str:
        return PAGES if nodeid.startswith(PAGES) else nodeid.partition("::")[0]
