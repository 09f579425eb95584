from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.datasets.records.recordio import (
    MAGIC,
    RecordReader,
    RecordWriter,
    read_index,
    write_index,
)
from explorer.net.runtime import mx

MAGIC_BYTES = struct.pack("<I", MAGIC)

# Pieces that make the magic number likely, at multiples of 4 and beside them.
payloads = st.lists(
    st.one_of(st.binary(max_size=9), st.just(MAGIC_BYTES), st.just(MAGIC_BYTES * 2)), max_size=6
).map(b"".join)


def write(path: Path, records: list[bytes], index: bool = False) -> Path:
    with RecordWriter(path) as writer:
        for record in records:
            writer.write(record)
    if index:
        write_index(path.with_suffix(".idx"), writer.offsets)
    return path


def test_one_record_byte_by_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "a.rec", [b"hello"])
    assert path.read_bytes() == bytes.fromhex("0a23d7ce 05000000") + b"hello\0\0\0"


def test_a_record_with_the_magic_number_is_cut_and_joined(tmp_path: Path) -> None:
    record = b"abcd" + MAGIC_BYTES + b"ef"
    path = write(tmp_path / "a.rec", [record, b"z"])
    assert path.read_bytes() == (
        MAGIC_BYTES + struct.pack("<I", 1 << 29 | 4) + b"abcd"
        + MAGIC_BYTES + struct.pack("<I", 3 << 29 | 2) + b"ef\0\0"
        + MAGIC_BYTES + struct.pack("<I", 1) + b"z\0\0\0"
    )  # fmt: skip
    with RecordReader(path) as reader:
        assert [reader.read(0), reader.read(1)] == [record, b"z"]
        assert reader.start_of(0, 6) == b"abcd" + MAGIC_BYTES[:2]
        assert reader.start_of(1, 6) == b"z"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=st.lists(payloads, max_size=5))
def test_mxnet_and_we_write_the_same_bytes_and_read_each_other(
    tmp_path: Path, records: list[bytes]
) -> None:
    ours = write(tmp_path / "ours.rec", records)
    theirs = tmp_path / "theirs.rec"
    writer = mx.recordio.MXRecordIO(str(theirs), "w")
    for record in records:
        writer.write(record)
    writer.close()
    assert ours.read_bytes() == theirs.read_bytes()

    with RecordReader(theirs) as reader:
        assert [reader.read(number) for number in range(len(reader))] == records
    theirs_of_ours = mx.recordio.MXRecordIO(str(ours), "r")
    # MXNet gives None for an empty record and at the end alike.
    assert [theirs_of_ours.read() or b"" for _ in records] == records
    theirs_of_ours.close()


def test_mxnet_reads_by_our_index(tmp_path: Path) -> None:
    records = [bytes([number]) * (number + 1) for number in range(7)]
    path = write(tmp_path / "a.rec", records, index=True)
    indexed = mx.recordio.MXIndexedRecordIO(str(tmp_path / "a.idx"), str(path), "r")
    assert indexed.keys == list(range(7))
    assert [indexed.read_idx(key) for key in (5, 0, 6)] == [records[5], records[0], records[6]]
    indexed.close()


def test_we_read_by_mxnets_index_in_its_order(tmp_path: Path) -> None:
    path, index = tmp_path / "a.rec", tmp_path / "a.idx"
    writer = mx.recordio.MXIndexedRecordIO(str(index), str(path), "w")
    for key in range(4):
        writer.write_idx(key, b"record %d" % key)
    writer.close()
    lines = index.read_text().splitlines(keepends=True)
    index.write_text("".join(reversed(lines)))
    with RecordReader(path) as reader:
        assert [reader.read(number) for number in range(4)] == [
            b"record 3", b"record 2", b"record 1", b"record 0",
        ]  # fmt: skip


def test_every_place_where_a_file_can_be_cut_off_is_noticed(tmp_path: Path) -> None:
    records = [b"one", MAGIC_BYTES + b"two!", b"three"]
    whole = write(tmp_path / "whole.rec", records).read_bytes()
    ends = [12, 32, 48]
    assert len(whole) == ends[-1]
    path = tmp_path / "train.rec"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        before = sum(end <= size for end in ends)
        if size in (0, *ends):
            with RecordReader(path) as reader:
                assert len(reader) == before
        else:
            with pytest.raises(ValueError, match="cut off") as caught:
                RecordReader(path)
            assert str(caught.value) == (
                f"train.rec is cut off at byte {size} after {before} records"
            )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a record file at all", "a.rec is not a RecordIO file"),
        (MAGIC_BYTES + struct.pack("<I", 2 << 29), "a.rec is not a RecordIO file"),
        (
            MAGIC_BYTES + struct.pack("<I", 4) + b"abcd" + b"garbage!",
            "a.rec is damaged at byte 12 after 1 records",
        ),
        (
            (MAGIC_BYTES + struct.pack("<I", 1 << 29)) * 2,
            "a.rec is damaged at byte 8 after 0 records",
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.rec"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.rec") as caught:
        RecordReader(path)
    assert str(caught.value) == message


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.rec"
    path.write_bytes(b"not a record file at all")
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    for _ in range(5):
        with pytest.raises(ValueError, match="not a RecordIO"):
            RecordReader(path)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[:7], "a.idx lists 7 of 40 records of a.rec"),
        (lambda lines: [*lines[:39], "39\t5\n"], "a.idx points to byte 5 of a.rec"),
        (lambda lines: [*lines, lines[3]], "a.idx lists a record of a.rec twice"),
        (lambda lines: [*lines[:2], "x\n", *lines[3:]], "a.idx line 3 is not a key, a tab"),
        (lambda lines: [*lines[:2], "2 24\n", *lines[3:]], "a.idx line 3 is not a key, a tab"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(tmp_path, change, message: str) -> None:  # noqa: ANN001
    path = write(tmp_path / "a.rec", [b"four"] * 40, index=True)
    index = tmp_path / "a.idx"
    index.write_text("".join(change(index.read_text().splitlines(keepends=True))))
    with pytest.raises(ValueError, match=r"without a\.idx the records are found") as caught:
        RecordReader(path)
    assert str(caught.value).startswith(message)
    index.unlink()
    assert len(RecordReader(path)) == 40


def test_the_index_is_a_key_and_an_offset_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.idx"
    write_index(path, [0, 12, 32])
    assert path.read_text() == "0\t0\n1\t12\n2\t32\n"
    assert read_index(path) == [(0, 0), (1, 12), (2, 32)]


def test_a_file_that_shrinks_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.rec", [b"12345678", b"12345678"])
    with RecordReader(path) as reader:
        os.truncate(path, 20)
        assert reader.read(0) == b"12345678"
        with pytest.raises(ValueError, match=r"a\.rec became shorter .* record 1"):
            reader.read(1)


def test_threads_share_a_reader(tmp_path: Path) -> None:
    records = [os.urandom(5000) for _ in range(50)]
    reader = RecordReader(write(tmp_path / "a.rec", records))
    wrong: list[int] = []

    def read_all() -> None:
        wrong.extend(number for number in range(50) if reader.read(number) != records[number])

    threads = [threading.Thread(target=read_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
