"""How the anchors of a batch are drawn and listed."""

from __future__ import annotations

import pytest

from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.page import theme
from explorer.pages.train.batch.content import _legend, _table
from explorer.pages.train.batch.figure import BatchFigure
from explorer.pages.train.batch.model import BatchAnchor

COSTLY = BatchAnchor(
    AnchorKind.FORCED, (8, 16), (-4.0, 8.0, 16.0, 32.0), "<b>cat</b>", 0.125, 0.25, 0.15, 0.4
)
CHEAP = BatchAnchor(AnchorKind.MINED, (1, 1), (0.0, 0.0, 64.0, 32.0), "", 0.5, 0.1, 0.0, 0.1)


def test_the_costliest_is_drawn_last_thickest_and_strongest() -> None:
    figure = BatchFigure()
    figure.show_anchors([COSTLY, CHEAP])
    drawn = figure.after.select_one({"name": "batch_anchors"}).data_source.data
    assert drawn["loss"] == pytest.approx([0.1, 0.4])
    assert drawn["left"] == [0.0, -4.0]
    assert drawn["bottom"] == [32.0, 32.0]
    # A quarter of the loss is half of the way.
    assert drawn["width"] == pytest.approx([2.5, 3.5])
    assert drawn["alpha"] == pytest.approx([0.85, 1.0])
    assert drawn["color"] == [theme.ROLES["mined"].color, theme.ROLES["forced"].color]
    assert drawn["dash"] == [[2, 3], [6, 4]]
    assert drawn["area_px"] == [2048.0, 480.0]
    assert drawn["map"] == ["1×1", "16×8"]
    assert drawn["target"] == ["background", "<b>cat</b>"]  # the tooltip escapes it
    figure.show_anchors([])
    assert set(map(len, drawn.values())) == {2}
    drawn = figure.after.select_one({"name": "batch_anchors"}).data_source.data
    assert set(map(len, drawn.values())) == {0}


def test_anchors_without_loss_are_drawn_thin() -> None:
    figure = BatchFigure()
    figure.show_anchors([CHEAP._replace(class_loss=0.0)])
    drawn = figure.after.select_one({"name": "batch_anchors"}).data_source.data
    assert drawn["width"] == [1.5]


def test_the_table_lists_the_costliest_and_escapes_names() -> None:
    table = _table([COSTLY, CHEAP])
    assert "<td>&lt;b&gt;cat&lt;/b&gt;</td>" in table
    numbers = [">16×8<", ">20 × 24<", ">0.125<", ">0.250<", ">0.150<", ">40.00%<", ">–<"]
    assert all(number in table for number in numbers)
    assert table.count("<tr>") == 3
    assert "costliest" not in table
    many = _table([COSTLY] * 30)
    assert many.count("<tr>") == 13
    assert "The 12 costliest of the 30 that are drawn." in many
    assert "None of its anchors is part of the loss." in _table([])


def test_the_legend_says_mined_only_where_it_is() -> None:
    assert "mined negative" in _legend(mines=True)
    assert "mined" not in _legend(mines=False)
