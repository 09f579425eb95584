from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from explorer.pages.shared.page.figure_widget import FigureWidget

Sent = list[tuple[dict[str, Any], list[bytes] | None]]


@pytest.fixture
def shown() -> tuple[FigureWidget, list[ColumnDataSource], Sent]:
    plot = figure()
    sources = [ColumnDataSource({"x": [0], "y": [0]}) for _number in range(2)]
    for source in sources:
        plot.scatter("x", "y", source=source)
    Document().add_root(plot)
    widget = FigureWidget(plot)
    sent: Sent = []
    widget.send = lambda content, buffers=None: sent.append((content, buffers))
    return widget, sources, sent


def test_rows_after_new_data_are_not_sent_twice(
    shown: tuple[FigureWidget, list[ColumnDataSource], Sent],
) -> None:
    _widget, sources, sent = shown

    async def change() -> None:
        sources[0].data = {"x": [1], "y": [1]}
        sources[0].stream({"x": [2], "y": [2]})
        sources[1].stream({"x": [5], "y": [5]})
        await asyncio.sleep(0)

    asyncio.run(change())
    first, second = json.loads(sent[2][0]["payload"])["events"]
    assert first["kind"] == "ColumnDataChanged"
    assert first["data"]["entries"] == [["x", [1, 2]], ["y", [1, 2]]]
    assert second["kind"] == "ColumnsStreamed"
    assert second["data"]["entries"] == [["x", [5]], ["y", [5]]]


def test_the_changes_of_one_turn_are_one_patch(
    shown: tuple[FigureWidget, list[ColumnDataSource], Sent],
) -> None:
    _widget, sources, sent = shown

    async def change() -> None:
        sources[0].data = {"x": [1], "y": [1]}
        sources[1].data = {"x": [2], "y": [2]}
        sources[0].data = {"x": [3], "y": [3]}
        assert sent == []
        await asyncio.sleep(0)

    asyncio.run(change())
    assert len(sent) == 3  # header, metadata, content
    events = json.loads(sent[2][0]["payload"])["events"]
    assert [event["model"]["id"] for event in events] == [source.id for source in sources]
    assert [event["data"]["entries"][0][1] for event in events] == [[3], [2]]


def test_arrays_follow_their_patch_and_without_a_loop_a_change_goes_at_once(
    shown: tuple[FigureWidget, list[ColumnDataSource], Sent],
) -> None:
    _widget, sources, sent = shown
    values = np.array([1.0, 2.0], np.float32)
    sources[0].data = {"x": values, "y": values * 2}
    assert len(sent) == 3 + 2 * 2
    assert [buffers for _content, buffers in sent if buffers] == [
        [values.tobytes()],
        [(values * 2).tobytes()],
    ]


def test_what_the_browser_changed_is_not_sent_back(
    shown: tuple[FigureWidget, list[ColumnDataSource], Sent],
) -> None:
    widget, sources, sent = shown
    widget._sync_model(
        widget,
        {
            "event": "jsevent",
            "kind": "ModelChanged",
            "model": {"id": sources[0].id},
            "attr": "data",
            "new": {"type": "map", "entries": [["x", [7]], ["y", [8]]]},
        },
        [],
    )
    assert sources[0].data["x"] == [7]
    assert sent == []
