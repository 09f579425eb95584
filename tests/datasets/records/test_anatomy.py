from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.data_folders import shipped_root
from explorer.datasets.records.anatomy import Field, record_anatomy
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import MAGIC, RecordReader, RecordWriter, read_index
from explorer.net.runtime import mx
from tests.datasets.record_files import jpeg

MAGIC_BYTES = struct.pack("<I", MAGIC)


def framed(folder: Path, record: bytes) -> bytes:
    path = folder / "a.rec"
    with RecordWriter(path) as writer:
        writer.write(record)
    with RecordReader(path) as reader:
        return reader.read_framed(0)


def named(fields: tuple[Field, ...]) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for field in fields:
        found.setdefault(field.name, []).append(field)
    return found


def test_a_record_by_hand() -> None:
    raw = bytes.fromhex(
        "0a23d7ce 37000000"  # 55 bytes follow: 24, 28 and an image of 3
        "07000000 00000000 0900000000000000 0000000000000000"
        "00000040 0000a040 00000000 0000803e 0000003e 0000403f 0000003f"
        "616263 00"
    )
    fields = record_anatomy(raw, 1000, ("a<b",))
    assert [(f.part, f.name, f.offset, f.num_bytes, f.hex, f.value) for f in fields] == [
        ("frame", "magic", 1000, 4, "0a 23 d7 ce", 0xCED7230A),
        ("frame", "flag and length", 1004, 4, "37 00 00 00", 55),
        ("header", "flag", 1008, 4, "07 00 00 00", 7),
        ("header", "label", 1012, 4, "00 00 00 00", 0),
        ("header", "id", 1016, 8, "09 00 00 00 00 00 00 00", 9),
        ("header", "id2", 1024, 8, "00 00 00 00 00 00 00 00", 0),
        ("label", "header width", 1032, 4, "00 00 00 40", 2),
        ("label", "object width", 1036, 4, "00 00 a0 40", 5),
        ("object", "class_id", 1040, 4, "00 00 00 00", 0),
        ("object", "xmin", 1044, 4, "00 00 80 3e", 0.25),
        ("object", "ymin", 1048, 4, "00 00 00 3e", 0.125),
        ("object", "xmax", 1052, 4, "00 00 40 3f", 0.75),
        ("object", "ymax", 1056, 4, "00 00 00 3f", 0.5),
        ("image", "image", 1060, 3, "61 62 63", None),
        ("frame", "padding", 1063, 1, "00", None),
    ]
    meanings = {field.name: field.meaning for field in fields}
    assert meanings["magic"] == "0xCED7230A: here a record begins"
    assert meanings["flag and length"] == "0, a whole record; 55 bytes follow"
    assert meanings["flag"] == "7 numbers of label follow, its label width"
    assert meanings["label"] == "0, not used: the label follows"
    assert (meanings["id"], meanings["id2"]) == ("9, the record’s number", "0, not used")
    assert meanings["header width"] == "2 numbers before the first object, this one included"
    assert meanings["object width"] == "5 numbers for each object"
    assert meanings["class_id"] == "a<b"
    assert meanings["image"] == "This is not a readable image (JPEG, PNG, WebP, BMP or GIF)."


def test_longer_headers_and_wider_objects_have_their_own_fields(tmp_path: Path) -> None:
    floats = [4, 6, 640, 480, 1, 0.1, 0.2, 0.3, 0.4, 99, -1, 0.5, 0.5, 0.75, 1, 98]
    record = struct.pack("<IfQQ16f", 16, 0, 5, 0, *floats) + jpeg(0)
    fields = record_anatomy(framed(tmp_path, record), class_names=("ace", "king"))
    label = [f for f in fields if f.part == "label"]
    assert [(f.name, f.value) for f in label] == [
        ("header width", 4), ("object width", 6), ("number 3", 640), ("number 4", 480),
    ]  # fmt: skip
    objects = [f for f in fields if f.part == "object"]
    assert [f.name for f in objects[:6]] == [
        "class_id", "xmin", "ymin", "xmax", "ymax", "number 6",
    ]  # fmt: skip
    assert [f.value for f in objects] == pytest.approx(floats[4:])
    assert [f.meaning for f in objects if f.name == "class_id"] == ["king", "no object: padding"]
    assert named(fields)["image"][0].meaning == "JPEG, 60 × 40 px"


@pytest.mark.filterwarnings("ignore:tostring:DeprecationWarning")  # within MXNet
def test_a_classification_record_is_named_as_far_as_it_goes(tmp_path: Path) -> None:
    single = mx.recordio.pack(mx.recordio.IRHeader(0, 3.0, 8, 0), jpeg(1))
    fields = record_anatomy(framed(tmp_path, single))
    assert [(f.part, f.name) for f in fields[2:7]] == [
        ("header", "flag"), ("header", "label"), ("header", "id"), ("header", "id2"),
        ("image", "image"),
    ]  # fmt: skip
    assert fields[2].meaning == "0: the next number is all the label"
    assert fields[3].meaning == "3, the label: one number"
    several = mx.recordio.pack(mx.recordio.IRHeader(0, [3.0, 4.0, 7.5], 8, 0), jpeg(1))
    fields = record_anatomy(framed(tmp_path, several))
    assert [(f.name, f.value, f.meaning) for f in fields if f.part == "label"] == [
        ("number 1", 3, "3"), ("number 2", 4, "4"), ("number 3", 7.5, "7.5"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("record", "meaning"),
    [
        (b"", None),
        (b"short", "too few bytes for a header, which has 24"),
        (struct.pack("<IfQQ", 7, 0, 0, 0) + b"xy", "its label alone should have 28 bytes"),
    ],
)
def test_what_is_no_record_of_an_image_is_named_too(
    tmp_path: Path, record: bytes, meaning: str | None
) -> None:
    fields = record_anatomy(framed(tmp_path, record))
    assert [f.meaning for f in fields if f.name == "unknown"] == ([meaning] if meaning else [])


def test_an_image_with_the_magic_number_in_it_goes_on_behind_a_length_word(tmp_path: Path) -> None:
    record = struct.pack("<IfQQ2f", 2, 0, 0, 0, 2, 5) + b"four" + MAGIC_BYTES + b"tail!"
    fields = record_anatomy(framed(tmp_path, record))
    assert [(f.name, f.offset, f.num_bytes) for f in fields[-5:]] == [
        ("object width", 36, 4),
        ("image", 40, 8),
        ("flag and length", 48, 4),
        ("image, continued", 52, 5),
        ("padding", 57, 3),
    ]
    words = named(fields)["flag and length"]
    assert [word.meaning for word in words] == [
        "1, its first part; 36 bytes follow", "3, its last part; 5 bytes follow",
    ]  # fmt: skip


pieces = st.lists(st.one_of(st.binary(max_size=40), st.just(MAGIC_BYTES)), max_size=5)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=st.sampled_from([b"", pack(np.ones((2, 5), np.float32), b"", 3)]), rest=pieces)
def test_fields_are_all_bytes_of_the_file_without_gaps(
    tmp_path: Path, start: bytes, rest: list[bytes]
) -> None:
    raw = framed(tmp_path, start + b"".join(rest))
    at = 0
    for field in record_anatomy(raw):
        assert field.offset == at
        assert field.hex == raw[at : at + min(field.num_bytes, 8)].hex(" ")
        at += field.num_bytes
    assert at == len(raw)


def test_a_middle_part_that_is_filled_up_is_followed(tmp_path: Path) -> None:
    """No writer does so, and the reader allows it."""
    path = tmp_path / "a.rec"
    path.write_bytes(
        MAGIC_BYTES + struct.pack("<I", 1 << 29 | 5) + b"abcde\0\0\0"
        + MAGIC_BYTES + struct.pack("<I", 3 << 29 | 1) + b"z\0\0\0"
    )  # fmt: skip
    with RecordReader(path) as reader:
        fields = record_anatomy(reader.read_framed(0))
        assert reader.read(0) == b"abcde" + MAGIC_BYTES + b"z"
    assert [(f.name, f.offset, f.num_bytes) for f in fields] == [
        ("magic", 0, 4), ("flag and length", 4, 4), ("unknown", 8, 5), ("padding", 13, 3),
        ("unknown, continued", 16, 4), ("flag and length", 20, 4), ("unknown, continued", 24, 1),
        ("padding", 25, 3),
    ]  # fmt: skip


def test_the_shipped_records_as_mxnet_unpacks_them() -> None:
    """The fields are read at the index's places, out of the file itself."""
    path = shipped_root() / "sample" / "val.rec"
    content = path.read_bytes()
    theirs = mx.recordio.MXIndexedRecordIO(str(path.with_suffix(".idx")), str(path), "r")
    with RecordReader(path) as reader:
        for number, (key, offset) in enumerate(read_index(path.with_suffix(".idx"))):
            fields = record_anatomy(reader.read_framed(number), offset)
            header, image = mx.recordio.unpack(theirs.read_idx(key))
            by_name = named(fields)
            assert fields[0].offset == offset
            assert by_name["flag"][0].value == header.flag == len(header.label)
            assert (by_name["id"][0].value, by_name["id2"][0].value) == (header.id, header.id2)
            numbers = [f.value for f in fields if f.part in ("label", "object")]
            np.testing.assert_array_equal(np.array(numbers, np.float32), header.label)
            at = by_name["image"][0].offset
            assert content[at : at + by_name["image"][0].num_bytes] == image
            for field in fields:
                shown = bytes.fromhex(field.hex)
                assert content[field.offset : field.offset + len(shown)] == shown
    theirs.close()
