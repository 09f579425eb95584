from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from explorer.data_folders import shipped_root
from explorer.datasets.description import Description
from explorer.datasets.records.dataset import open_dataset
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter, write_index
from explorer.pages.data.records.files import open_files
from explorer.pages.data.records.model import RecordViewer
from explorer.pages.data.records.padding import Crowd
from tests.datasets.record_files import BOX, jpeg

CLASSIFIED = struct.pack("<IfQQ", 0, 3, 1, 0) + jpeg()


def record(*rows: Sequence[float]) -> bytes:
    return pack(np.array(rows, np.float32).reshape(-1, 5), jpeg(), 0)


def write(folder: Path, split: str, *records: bytes, index: bool = True) -> Path:
    path = folder / f"{split}.rec"
    with RecordWriter(path) as writer:
        for each in records:
            writer.write(each)
    if index:
        write_index(path.with_suffix(".idx"), writer.offsets)
    return path


def opened(folder: Path | None) -> RecordViewer:
    view = RecordViewer()
    asyncio.run(view.open_set(folder))
    return view


def test_records_are_turned_over(tmp_path: Path) -> None:
    Description(class_names=("ace", "king")).save(tmp_path)
    write(tmp_path, "train", record(BOX), record(BOX, [1, 0, 0, 1, 1]), record())
    write(tmp_path, "val", record(BOX))
    view = opened(tmp_path)
    assert (view.state, view.splits, view.split, view.num_records) == (
        "ready", ("train", "val"), "train", 3,
    )  # fmt: skip
    assert (view.number, view.shown.number, len(view.shown.objects)) == (0, 0, 1)
    assert view.padding.crowd == Crowd("train", 1, 2, 1)
    view.turn(-1)
    assert view.number == 0
    view.turn(1)
    assert [row.name for row in view.shown.objects] == ["ace", "king"]
    assert view.shown.boxes() == [
        (pytest.approx((0.1, 0.2, 0.5, 0.8)), "1 ace"), ((0, 0, 1, 1), "2 king"),
    ]  # fmt: skip
    assert (view.shown.picture.width_px, view.shown.picture.height_px) == (60, 40)
    at = view.shown.offset
    assert view.headline() == (
        f"Record 1 of train.rec: 2 objects, {view.shown.num_bytes:,} bytes. train.idx says: key 1 "
        f"is at byte {at:,}."
    )
    view.go_to(99)
    assert (view.number, view.shown.objects, view.remarks()) == (2, (), ())
    view.choose_split("val")
    assert (view.split, view.number, view.num_records) == ("val", 0, 1)
    view.show_crowd()
    assert (view.split, view.number) == ("train", 1)


def test_the_index_decides_order_and_keys(tmp_path: Path) -> None:
    path = write(tmp_path, "val", record(BOX), record())
    first, second = open_files(tmp_path).splits["val"].reader.offsets
    path.with_suffix(".idx").write_text(f"7\t{second}\n9\t{first}\n", encoding="ascii")
    view = opened(tmp_path)
    assert (view.shown.key, view.shown.offset, len(view.shown.objects)) == (7, second, 0)
    view.turn(1)
    assert (view.shown.key, view.shown.offset, len(view.shown.objects)) == (9, first, 1)


def test_the_shipped_sample_is_what_training_reads() -> None:
    view = opened(shipped_root() / "sample")
    dataset = open_dataset("sample", "train")
    assert view.num_records == len(dataset)
    for number in (0, 31):
        view.go_to(number)
        np.testing.assert_array_equal(view.shown.labels, dataset[number].labels)
        np.testing.assert_array_equal(view.shown.picture.image, dataset[number].image)
        assert view.shown.bytes_of("frame", "header", "label", "object", "image") == (
            view.shown.num_bytes
        )
        assert view.remarks() == ()


def test_a_file_that_is_cut_off_is_one_sentence_and_the_other_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "train", record(BOX))
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[: size - 8])
    write(tmp_path, "val", record(BOX))
    view = opened(tmp_path)
    said = (f"train.rec is cut off at byte {size - 8} after 0 records: build the set again.",)
    assert (view.state, view.split, view.remarks()) == ("ready", "val", said)
    view.choose_split("train")
    assert (view.shown, view.num_records, view.headline(), view.remarks()) == (None, 0, "", said)
    view.turn(1)
    assert view.shown is None


def test_without_an_index_and_with_a_wrong_one(tmp_path: Path) -> None:
    path = write(tmp_path, "val", record(BOX), index=False)
    view = opened(tmp_path)
    assert view.shown.key is None
    assert view.headline().endswith(" bytes.")
    assert view.remarks() == (
        "val.idx is not there. The records are found without it, here and in training; MXNet’s "
        "own ImageDetIter cannot shuffle without it.",
    )
    path.with_suffix(".idx").write_text("0\t4\n", encoding="ascii")
    assert opened(tmp_path).remarks() == (
        "val.idx points to byte 4 of val.rec, where no record begins; without val.idx the records "
        "are found anyway.",
    )


def test_foreign_and_damaged_records_are_shown_as_far_as_they_go(tmp_path: Path) -> None:
    whole = record(BOX)
    pixels = pack(np.array([[0, 10, 20, 30, 40]], np.float32), jpeg(), 0)
    no_image = pack(np.array([BOX], np.float32), b"no image", 0)
    write(tmp_path, "train", CLASSIFIED, whole, b"short", pixels, no_image)
    view = opened(tmp_path)
    many = (
        "2 of 5 records of train.rec have no detection label, the first is record 0: training "
        "needs one in each, so build the set from images and their labels."
    )
    assert view.remarks() == (
        many, "Record 0 has no detection label (is it a classification record?).",
    )  # fmt: skip
    assert (view.shown.objects, view.shown.picture.width_px) == ((), 60)
    view.go_to(2)
    assert view.remarks()[1:] == ("Record 2 has 5 bytes, fewer than a record's header.",)
    assert view.shown.picture is None
    view.go_to(3)
    assert view.remarks()[1:] == (
        "Training refuses this record: boxes look like pixels, expected 0–1.",
    )
    assert view.shown.boxes() == [((3.0, 3.0, 3.0, 3.0), "1 class 0")]
    view.go_to(4)
    assert view.remarks()[1:] == (
        "The image of this record is not a readable image (JPEG, PNG, WebP, BMP or GIF).",
    )
    assert len(view.shown.boxes()) == 1


def test_numbers_that_are_none_are_not_drawn(tmp_path: Path) -> None:
    write(
        tmp_path, "val", record([0, np.nan, 0, 1, 1], [-1, -1, -1, -1, -1], [0, 0.9, 0.2, 0.1, 0.4])
    )
    view = opened(tmp_path)
    assert view.shown.boxes() == [(pytest.approx((0.1, 0.2, 0.9, 0.4)), "3 class 0")]
    assert [row.is_padding for row in view.shown.objects] == [False, True, False]
    assert len(view.shown.labels) == 2
    assert view.padding.crowd == Crowd("val", 0, 2, 0)


def test_what_is_no_set_is_one_sentence(tmp_path: Path) -> None:
    view = opened(tmp_path / "gone")
    assert (view.state, view.problem) == (
        "failed", "gone has no train.rec and no val.rec: build the set first.",
    )  # fmt: skip
    (tmp_path / "val.rec").write_bytes(b"no RecordIO at all")
    view = opened(tmp_path)
    assert view.remarks() == ("val.rec is not a RecordIO file: build the set again.",)
    (tmp_path / "val.rec").write_bytes(b"")
    assert opened(tmp_path).remarks()[-1] == "val.rec has no records."
    write(tmp_path, "val", record(BOX))
    (tmp_path / "dataset.json").write_text("{", encoding="ascii")
    view = opened(tmp_path)
    assert view.remarks() == ("dataset.json cannot be read, so classes have no names.",)
    assert view.shown.objects[0].name == "class 0"


def test_a_file_that_shrinks_while_it_is_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path, "val", record(BOX), record(BOX))
    view = opened(tmp_path)
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - 100)
    view.turn(1)
    assert (view.number, view.shown) == (1, None)
    assert view.problem == "val.rec became shorter while it was read, at record 1"
    view.turn(-1)
    assert (view.problem, view.shown.number) == ("", 0)


def test_another_set_takes_the_place_of_the_first_and_none_closes_it(tmp_path: Path) -> None:
    for name, rows in (("one", 1), ("two", 3)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "val", record(*[BOX] * rows))

    async def both() -> RecordViewer:
        view = RecordViewer()
        await asyncio.gather(view.open_set(tmp_path / "one"), view.open_set(tmp_path / "two"))
        return view

    view = asyncio.run(both())
    assert (view.state, len(view.shown.objects), view.padding.label_rows) == ("ready", 3, 3)
    asyncio.run(view.open_set(None))
    assert (view.state, view.splits, view.shown, view.padding.crowd) == ("idle", (), None, None)
    assert view.headline() == "There is no set to look into yet."


def test_cancelling(tmp_path: Path) -> None:
    write(tmp_path, "val", *[record(BOX)] * 3)

    async def begin_and_cancel() -> RecordViewer:
        view = RecordViewer()
        task = asyncio.create_task(view.open_set(tmp_path))
        await asyncio.sleep(0)
        assert view.state == "working"
        view.cancel()
        await task
        return view

    view = asyncio.run(begin_and_cancel())
    assert (view.state, view.shown, view.problem) == ("idle", None, "")
    shares: list[float] = []
    open_files(tmp_path, shares.append)
    assert shares == [1.0]
