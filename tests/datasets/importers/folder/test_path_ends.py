from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.importers.folder.path_ends import PathEnds

PARTS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple)


def agreeing(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-count - 1] == other[-count - 1]:
        count += 1
    return count


@given(st.lists(PARTS, unique=True, max_size=12), PARTS)
def test_those_that_agree_in_most_parts(
    known: list[tuple[str, ...]], said: tuple[str, ...]
) -> None:
    ends = PathEnds((parts, Path(*parts)) for parts in known)
    most = max((agreeing(parts, said) for parts in known), default=0)
    best = {Path(*parts) for parts in known if most and agreeing(parts, said) == most}
    found = ends.alike(said)
    assert (found[0], set(found[1])) == (most, best)
    assert ends.at(said) == ([Path(*said)] if said in known else [])
