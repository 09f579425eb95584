"""Anchors that are proposed are as many as the shapes say, and evenly grown like ToySSD's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import SSD300, SSD512, TOY_SSD
from explorer.engine.foreign.proposed_anchors import propose_anchors
from explorer.mxnet_files.errors import MxnetFileError


@given(st.lists(st.integers(1, 16), min_size=2, max_size=8).map(tuple))
def test_they_are_as_many(num_anchors: tuple[int, ...]) -> None:
    layers = propose_anchors(num_anchors).layers
    assert tuple(layer.num_anchors for layer in layers) == num_anchors
    for layer in layers:
        assert len(set(layer.ratios)) == len(layer.ratios)
        assert layer.ratios[0] == 1
        assert len(layer.sizes) <= 2


def test_a_preset_that_has_as_many_comes_first() -> None:
    assert propose_anchors((4,) * 5) == TOY_SSD
    assert propose_anchors((4, 6, 6, 6, 4, 4)) == SSD300
    assert propose_anchors((4, 6, 6, 6, 6, 4, 4)) == SSD512


def test_they_grow_as_toy_ssds_do() -> None:
    found = propose_anchors((4, 4, 4, 4, 5))
    assert found.sizes == [*TOY_SSD.sizes[:4], [0.88]]
    assert found.ratios == [[1, 2, 0.5]] * 4 + [[1, 2, 0.5, 3, 0.333333]]
    assert propose_anchors((1, 2)).sizes == [[0.2], [0.88, 1.172]]


def test_more_than_sixteen_must_be_told() -> None:
    with pytest.raises(MxnetFileError) as caught:
        propose_anchors((4, 17))
    assert str(caught.value) == (
        "it has 17 anchors in a cell: tell their sizes and ratios to open it, with --anchors"
    )
