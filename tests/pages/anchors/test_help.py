from __future__ import annotations

import re

import pytest

from explorer.config import MatchConfig
from explorer.pages.anchors.help import photograph_legend
from explorer.pages.anchors.state import AnchorsState

USUAL = ["Ground truth", "Positive", "Forced", "Background"]
MINED = AnchorsState(match=MatchConfig(negative_mining_ratio=3.0))


@pytest.mark.parametrize(
    ("state", "entries"),
    [
        (AnchorsState(), USUAL),
        (MINED, [*USUAL, "Mined negative", "Ignored"]),
        (AnchorsState(receptive_field=True), [*USUAL, "Receptive field"]),
        (AnchorsState(objects=()), ["Ignored"]),
    ],
)
def test_the_legend_lists_what_there_can_be(state: AnchorsState, entries: list[str]) -> None:
    assert re.findall(r"</svg>([^<]+)</span>", photograph_legend(state)) == entries


def test_no_two_entries_look_alike() -> None:
    lines = re.findall(
        r'stroke-width="([^"]+)" stroke-dasharray="([^"]*)"', photograph_legend(MINED)
    )
    assert len(set(lines)) == len(lines) == 6
