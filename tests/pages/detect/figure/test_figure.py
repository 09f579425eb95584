"""The figure of the detect page without a browser: where the names of the true objects are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from bokeh.models import GlyphRenderer, Text

from explorer.pages.detect.figure.figure import DetectionFigure
from explorer.pages.shared.pictures.ground_truth import NamedTruth
from explorer.pages.shared.pictures.object_editor import EditCallbacks
from explorer.pages.shared.pictures.pictures import Picture

HIGH = NamedTruth(class_name="cat", box=(0.1, 0.1, 0.5, 0.5))
DOWN = NamedTruth(class_name="<b>dog</b>", box=(0.5, 0.5, 0.9, 0.99))


@pytest.fixture
def figure() -> DetectionFigure:
    callbacks = EditCallbacks(lambda *_box: None, lambda *_box: None, lambda: None)
    figure = DetectionFigure(0.5, callbacks, lambda _anchor: None)
    figure.show_picture(Picture(np.zeros((100, 200, 3), np.uint8), "dark"))
    return figure


def names(figure: DetectionFigure, source: Any) -> list[GlyphRenderer]:
    """The renderers that write the names of a source's objects."""
    return [
        each
        for each in figure.plot.renderers
        if isinstance(each.glyph, Text) and each.data_source is source
    ]


def test_names_of_true_objects_are_below_their_boxes_and_inside_where_there_is_no_room(
    figure: DetectionFigure,
) -> None:
    figure.show_truth([HIGH, DOWN], 0, visible=True)
    others = figure.plot.select_one({"name": "others"}).data_source
    selected = figure.truth._selected
    for source, text, bottom, baseline in (
        (selected, "truth: cat", 50, "top"),
        (others, "truth: <b>dog</b>", 99, "bottom"),
    ):
        assert list(source.data["text"]) == [text]
        assert source.data["bottom"] == pytest.approx([bottom])
        assert list(source.data["baseline"]) == [baseline]
    for name in ("gt", "others"):
        (below,) = names(figure, figure.plot.select_one({"name": name}).data_source)
        assert (below.glyph.y, below.glyph.text_baseline.field) == ("bottom", "baseline")
    # Those of detections stay above.
    assert [each.glyph.y for each in names(figure, figure.source)] == ["top", "top"]
