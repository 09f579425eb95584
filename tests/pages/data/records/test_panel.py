"""The panels without a browser: what they write, draw and do."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets.description import Description
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter, write_index
from explorer.pages.data.records.model import RecordViewer
from explorer.pages.data.records.panel import RecordPanel
from explorer.pages.shared.controls.share_bar import share_bar
from explorer.pages.shared.page.page import Page
from tests.datasets.record_files import jpeg

FIRST = [[0, 0.25, 0.5, 0.75, 1.0]]
SECOND = [*FIRST, [1, 0.0, 0.0, 0.5, 0.125], [1, 0.5, 0.5, 1.0, 1.0]]


@pytest.fixture
def model(tmp_path: Path) -> RecordViewer:
    Description(class_names=("cat", "<img src=x>")).save(tmp_path)
    for split, labels in (("train", [FIRST, SECOND]), ("val", [FIRST])):
        with RecordWriter(tmp_path / f"{split}.rec") as writer:
            for number, rows in enumerate(labels):
                writer.write(pack(np.array(rows, np.float32), jpeg(number), number))
        write_index(tmp_path / f"{split}.idx", writer.offsets)
    view = RecordViewer()
    asyncio.run(view.open_set(tmp_path))
    return view


def cells(html: str) -> list[list[str]]:
    """The text of a table, row by row."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html)
    split = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows)
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in split]


def test_each_field_has_its_place_bytes_and_meaning(model: RecordViewer) -> None:
    panel = RecordPanel(model, Page())
    rows = cells(panel._fields.value)
    assert rows[0] == ["Field", "Byte", "Length", "First bytes", "Meaning"]
    assert rows[1] == [
        "magic RecordIO", "0", "4", "0a 23 d7 ce", "0xCED7230A: here a record begins",
    ]  # fmt: skip
    assert rows[3][:4] == ["flag Header", "8", "4", "07 00 00 00"]
    assert rows[7] == [
        "header width Label", "32", "4", "00 00 00 40",
        "2 numbers before the first object, this one included",
    ]  # fmt: skip
    assert rows[9] == [
        "1 object Label", "40", "20", "00 00 00 00 00 00 80 3e …", "5 numbers each, named above",
    ]  # fmt: skip
    assert rows[10][:2] == ["image Image", "60"]
    assert rows[10][4] == "JPEG, 60 × 40 px"
    assert "Header <b>24 bytes</b>" in panel._bar.value
    assert "Label <b>28 bytes</b>" in panel._bar.value


def test_objects_are_numbers_px_and_bytes_and_lie_on_the_picture(model: RecordViewer) -> None:
    panel = RecordPanel(model, Page())
    panel._next.click()
    rows = cells(panel._objects.value)
    at = model.shown.offset
    assert rows[1] == [
        f"1 cat byte {at + 40:,}", "0 &nbsp; 00000000", "0.2500 64.0 px 0000803e",
        "0.5000 128.0 px 0000003f", "0.7500 192.0 px 0000403f", "1.0000 256.0 px 0000803f",
    ]  # fmt: skip
    assert rows[2][0] == f"2 &lt;img src=x&gt; byte {at + 60:,}"
    assert "<img" not in panel._objects.value + panel._fields.value
    boxes = panel.figure.plot.select_one({"name": "record-object"}).data_source.data
    assert (boxes["left"], boxes["bottom"]) == ([15, 0, 30], [40, 5, 40])
    panel.memory._input.value = 512
    assert cells(panel._objects.value)[1][2] == "0.2500 128.0 px 0000803e"


def test_the_label_is_padded_as_a_batch_has_it(model: RecordViewer) -> None:
    panel = RecordPanel(model, Page())
    none = ["−1"] * 5
    assert cells(panel._matrix.value)[1:] == [
        ["0", "0", "0.2500", "0.5000", "0.7500", "1.0000"], ["1", *none], ["2", *none],
    ]  # fmt: skip
    assert panel._matrix.value.count('class="ssdx-padding"') == 2
    assert "16 × 3 × 5 numbers" in panel._matrix_text.value
    panel.memory._rows.value = 5
    assert cells(panel._matrix.value)[5] == ["4", *none]
    panel.memory._rows.value = 300
    assert model.padding.label_rows == 100  # the slider's end
    model.padding.set_label_rows(1000)
    assert len(cells(panel._matrix.value)) == 1 + 200
    assert "and 800 more" in panel._matrix.value


def test_split_number_and_steps(model: RecordViewer) -> None:
    panel = RecordPanel(model, Page())
    assert [label for label, _name in panel._splits.options] == ["train.rec", "val.rec"]
    assert (panel._previous.disabled, panel._next.disabled) == (True, False)
    panel._number.value = 1
    assert model.number == 1
    assert (panel._previous.disabled, panel._next.disabled) == (False, True)
    panel._previous.click()
    assert panel._number.value == 0
    panel._splits.value = "val"
    assert "Record 0 of val.rec: 1 object" in panel._headline.value
    assert (panel._number.max, panel._number.description) == (0, "Record, 0 to 0")
    panel.memory._show.click()
    assert (model.split, model.number, panel._splits.value) == ("train", 1, "train")


def test_the_meter_follows_its_sliders_at_once(model: RecordViewer) -> None:
    meter = RecordPanel(model, Page()).memory
    assert (meter._rows.min, meter._rows.value, meter._batch.value) == (3, 3, 16)
    assert (meter._preset.value, meter._anchors.value) == ("toy-ssd", 5444)
    assert "3 label rows: 27.2 MB" in meter._bars.value
    assert "1 label row: 19.6 MB" in meter._bars.value
    assert "Matching <b>11.5 MB</b>" in meter._bars.value
    assert "one crowded image decides it." in meter._sentence.value
    meter._batch.value = 32
    assert "3 label rows: 54.4 MB" in meter._bars.value
    meter._preset.value = "ssd300"
    assert meter._anchors.value == model.padding.num_anchors != 5444
    meter._anchors.value = 8732
    assert (meter._preset.value, model.padding.num_anchors) == ("", 8732)
    meter._preset.value = "ssd512"
    assert (meter._input.min, meter._input.value) == (256, 256)


def test_a_smaller_set_after_a_crowded_one(model: RecordViewer) -> None:
    meter = RecordPanel(model, Page()).memory
    model.padding.set_objects({"train": np.array([400, 2])})
    assert (meter._rows.min, meter._rows.max, meter._rows.value) == (400, 800, 400)
    model.padding.set_objects({"train": np.array([2, 2])})
    assert (meter._rows.min, meter._rows.max, meter._rows.value) == (2, 100, 2)
    model.padding.set_objects({})
    assert meter._who.layout.display == "none"


def test_without_a_set_and_with_a_bad_one(model: RecordViewer, tmp_path: Path) -> None:
    empty = RecordViewer()
    panel = RecordPanel(empty, Page())
    assert "There is no set to look into yet." in panel._headline.value
    hidden = (panel._head, panel._bar, panel._table, panel._batch, panel._progress, panel._remarks)
    assert {part.layout.display for part in hidden} == {"none"}
    assert panel._columns.layout.visibility == "hidden"
    asyncio.run(empty.open_set(tmp_path / "<b>"))
    assert panel._problem.text == "<b> has no train.rec and no val.rec: build the set first."
    path = tmp_path / "train.rec"
    path.write_bytes(path.read_bytes()[:-4])
    asyncio.run(empty.open_set(tmp_path))
    assert panel._problem.text == ""
    assert "train.rec is cut off" in panel._remarks.value
    assert "Record 0 of val.rec" in panel._headline.value
    panel._splits.value = "train"
    assert panel._columns.layout.visibility == "hidden"
    assert (panel._head.layout.display, panel._bar.layout.display) == (None, "none")


def test_an_image_that_cannot_be_shown_leaves_no_old_one(tmp_path: Path) -> None:
    with RecordWriter(tmp_path / "val.rec") as writer:
        for image in (jpeg(), b"none"):
            writer.write(pack(np.array(FIRST, np.float32), image, 0))
    model = RecordViewer()
    panel = RecordPanel(model, Page())
    asyncio.run(model.open_set(tmp_path))
    assert panel._picture.layout.visibility is None
    panel._next.click()
    assert panel._picture.layout.visibility == "hidden"
    assert "not a readable image" in panel._remarks.value


def test_a_bar_of_a_larger_whole_leaves_room() -> None:
    bar = share_bar([("a<", "red", 1.0), ("b", "blue", 2.0)], lambda n: f"{n:g} kg", whole=6.0)
    assert [float(share) for share in re.findall(r"flex: ([\d.]+)", bar)] == [0.1667, 0.3333, 0.5]
    assert "a&lt; <b>1 kg</b>" in bar
    assert "ssdx-rest" not in share_bar([("a", "red", 1.0)], str)
    assert "<b>" not in share_bar([("a", "red", 0.0)], str, named=False)
