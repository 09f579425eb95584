from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets.records.dataset import RecordDataset
from explorer.datasets.records.detection_record import label_end, pack, unpack_image, unpack_labels
from explorer.datasets.records.recordio import write_index
from explorer.net.runtime import mx
from tests.datasets.record_files import write_records

LABELS = np.array([[2, 0.1, 0.2, 0.5, 0.8], [0, 0.25, 0.25, 0.75, 0.5]], dtype=np.float32)


def test_a_record_byte_by_byte() -> None:
    record = pack(LABELS[1:], b"JPEG", 9)
    assert record == struct.pack(
        "<IfQQ7f4s", 7, 0.0, 9, 0, 2.0, 5.0, 0.0, 0.25, 0.25, 0.75, 0.5, b"JPEG"
    )
    assert label_end(record) == 24 + 28


def test_round_trip_and_mxnet_unpacks_it() -> None:
    record = pack(LABELS, b"the image", 3)
    np.testing.assert_array_equal(unpack_labels(record), LABELS)
    assert unpack_image(record) == b"the image"
    header, rest = mx.recordio.unpack(record)
    np.testing.assert_array_equal(header.label, [2, 5, *LABELS.ravel()])
    assert (header.id, header.id2, rest) == (3, 0, b"the image")


def test_labels_without_objects() -> None:
    record = pack(np.zeros((0, 5), np.float32), b"x", 0)
    assert unpack_labels(record).shape == (0, 5)
    assert unpack_image(record) == b"x"


@pytest.mark.filterwarnings("ignore:tostring:DeprecationWarning")  # within MXNet
def test_we_read_mxnets_records_with_a_longer_header_and_wider_objects() -> None:
    floats = np.array(
        [4, 6, 640, 480, 1, 0.1, 0.2, 0.3, 0.4, 99, 0, 0.5, 0.5, 0.75, 1, 99], dtype=np.float32
    )
    record = mx.recordio.pack(mx.recordio.IRHeader(0, floats, 1, 0), b"x")
    np.testing.assert_allclose(
        unpack_labels(record), [[1, 0.1, 0.2, 0.3, 0.4], [0, 0.5, 0.5, 0.75, 1]], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (b"short", "has 5 bytes, fewer than a record's header"),
        (struct.pack("<IfQQ", 7, 0, 0, 0), "has 24 bytes, and its label alone should have 52"),
        (struct.pack("<IfQQ", 0, 3, 0, 0) + b"image", "classification record"),
        (struct.pack("<IfQQ8f", 8, 0, 0, 0, 2, 5, *range(6)), "label of 8 numbers"),
        (struct.pack("<IfQQ2f", 2, 0, 0, 0, 0.5, 5), "label of 2 numbers"),
        (struct.pack("<IfQQ2f", 2, 0, 0, 0, float("nan"), 5), "label of 2 numbers"),
        (struct.pack("<IfQQ2f", 2, 0, 0, 0, 2, 4), "label of 2 numbers"),
    ],
)
def test_what_is_no_detection_record_is_refused(record: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unpack_labels(record)


def test_labels_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(G, 5\), got \(2, 4\)"):
        pack(np.zeros((2, 4), np.float32), b"", 0)


def test_mxnets_iterator_gives_what_we_read(tmp_path: Path) -> None:
    rows = [[[0, 0.1, 0.2, 0.5, 0.8]], [[1, 0.0, 0.0, 1.0, 1.0], [0, 0.5, 0.25, 0.75, 0.5]]]
    path = write_records(tmp_path / "a.rec", rows)
    dataset = RecordDataset(path)
    write_index(tmp_path / "a.idx", dataset._reader.offsets)
    iterator = mx.image.ImageDetIter(
        batch_size=2,
        data_shape=(3, 40, 60),
        path_imgrec=str(path),
        path_imgidx=str(tmp_path / "a.idx"),
    )
    batch = iterator.next()
    np.testing.assert_allclose(
        batch.label[0].asnumpy(), [[rows[0][0], [-1] * 5], rows[1]], rtol=1e-6
    )
    theirs = batch.data[0].asnumpy().transpose(0, 2, 3, 1)
    for number, sample in enumerate(dataset):
        np.testing.assert_array_equal(sample.labels, np.array(rows[number], np.float32))
        # Two JPEG decoders may round differently, no more.
        assert np.abs(theirs[number] - sample.image).max() <= 4
