from __future__ import annotations

import itertools
import threading
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import Batch, RecordDataset, epoch_batches, num_batches, open_dataset
from explorer.datasets.augmentation import augment
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter
from tests.datasets.record_files import BOX, jpeg, write_records

SIZE = 32


@pytest.fixture
def ten(tmp_path: Path) -> RecordDataset:
    """Ten records; record n has n % 3 objects."""
    rows = [[[0, 0.1, 0.1, 0.5, 0.5 + 0.1 * k] for k in range(n % 3)] for n in range(10)]
    return RecordDataset(write_records(tmp_path / "ten.rec", rows))


def epoch(dataset: RecordDataset, **changes: object) -> list[Batch]:
    settings = {"batch_size": 4, "input_size": SIZE, "seed": 1, "epoch": 0, **changes}
    return list(epoch_batches(dataset, **settings))  # type: ignore[arg-type]


def assert_same(first: list[Batch], second: list[Batch]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.record_ids, other.record_ids)


def order(batches: list[Batch]) -> list[int]:
    return [int(number) for batch in batches for number in batch.record_ids]


def test_shapes_types_and_padding(ten: RecordDataset) -> None:
    batches = epoch(ten, shuffle=False, augment_mode="none", drop_last=False)
    assert [batch.images.shape for batch in batches] == [
        (4, SIZE, SIZE, 3), (4, SIZE, SIZE, 3), (2, SIZE, SIZE, 3),
    ]  # fmt: skip
    assert [batch.labels.shape for batch in batches] == [(4, 2, 5), (4, 2, 5), (2, 2, 5)]
    first = batches[0]
    assert (first.images.dtype, first.labels.dtype) == (np.uint8, np.float32)
    np.testing.assert_array_equal(first.labels[0], np.full((2, 5), -1))
    np.testing.assert_allclose(first.labels[1], [[0, 0.1, 0.1, 0.5, 0.5], [-1] * 5])
    np.testing.assert_allclose(
        first.labels[2], [[0, 0.1, 0.1, 0.5, 0.5], [0, 0.1, 0.1, 0.5, 0.6]], rtol=1e-6
    )
    assert order(batches) == list(range(10))


def test_a_record_looks_as_seed_epoch_and_number_say(ten: RecordDataset) -> None:
    for batch in epoch(ten, seed=5, epoch=2):
        for image, number in zip(batch.images, batch.record_ids, strict=True):
            sample = ten[int(number)]
            rng = np.random.default_rng([5, 2, int(number) + 1])
            expected, _ = augment(sample.image, sample.labels, SIZE, rng, "full")
            np.testing.assert_array_equal(image, expected)


def test_the_same_epoch_twice_is_the_same(ten: RecordDataset) -> None:
    assert_same(epoch(ten), epoch(ten))


def test_another_epoch_or_seed_is_another_order(ten: RecordDataset) -> None:
    orders = {
        tuple(order(epoch(ten, seed=seed, epoch=number, drop_last=False)))
        for seed in range(3)
        for number in range(3)
    }
    assert len(orders) == 9
    assert {tuple(sorted(one)) for one in orders} == {tuple(range(10))}


@pytest.mark.parametrize("skip", [0, 1, 2, 3, 9])
def test_an_epoch_resumed_in_its_middle_goes_on_as_it_would_have(
    ten: RecordDataset, skip: int
) -> None:
    whole = epoch(ten, drop_last=False)
    assert_same(epoch(ten, skip=skip, drop_last=False), whole[skip:])


def test_skipped_batches_are_not_decoded(tmp_path: Path) -> None:
    with RecordWriter(tmp_path / "a.rec") as writer:
        for number, image in enumerate([b"no image", jpeg(1)]):
            writer.write(pack(np.array([BOX], np.float32), image, number))
    dataset = RecordDataset(tmp_path / "a.rec")
    batches = epoch(dataset, batch_size=1, shuffle=False, skip=1)
    assert order(batches) == [1]


@pytest.mark.parametrize(
    ("num_records", "batch_size", "drop_last", "expected"),
    [(10, 4, True, 2), (10, 4, False, 3), (8, 4, True, 2), (3, 4, True, 1), (0, 4, True, 0)],
)
def test_num_batches(num_records: int, batch_size: int, drop_last: bool, expected: int) -> None:
    assert num_batches(num_records, batch_size, drop_last) == expected


@pytest.mark.parametrize(("batch_size", "sizes"), [(4, [4, 4]), (16, [10]), (5, [5, 5])])
def test_training_drops_an_incomplete_batch_if_there_is_a_complete_one(
    ten: RecordDataset, batch_size: int, sizes: list[int]
) -> None:
    assert [len(batch.images) for batch in epoch(ten, batch_size=batch_size)] == sizes


def test_an_empty_data_set_gives_no_batch(tmp_path: Path) -> None:
    assert epoch(RecordDataset(write_records(tmp_path / "a.rec", []))) == []


def test_a_bad_image_is_an_error_at_its_batch_and_not_before(tmp_path: Path) -> None:
    with RecordWriter(tmp_path / "a.rec") as writer:
        for number, image in enumerate([jpeg(0), jpeg(1), b"no image", jpeg(3)]):
            writer.write(pack(np.array([BOX], np.float32), image, number))
    batches = epoch_batches(RecordDataset(tmp_path / "a.rec"), 1, SIZE, 0, 0, shuffle=False)
    assert [int(batch.record_ids[0]) for batch in itertools.islice(batches, 2)] == [0, 1]
    with pytest.raises(ValueError, match=r"a\.rec, record 2 is not a readable image"):
        next(batches)


def test_the_thread_ends_with_the_generator(ten: RecordDataset) -> None:
    before = threading.active_count()
    batches = epoch_batches(ten, 1, SIZE, 0, 0)
    next(batches)
    assert threading.active_count() == before + 1
    batches.close()
    assert threading.active_count() == before
    for _ in epoch_batches(ten, 1, SIZE, 0, 0):
        break
    list(epoch_batches(ten, 1, SIZE, 0, 0))
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "changes",
    [{"batch_size": 0}, {"input_size": 0}, {"seed": -1}, {"epoch": -1}, {"skip": -1}],
)
def test_a_number_out_of_range_is_refused_at_once(
    ten: RecordDataset, changes: dict[str, int]
) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        epoch_batches(ten, **{"batch_size": 4, "input_size": 8, "seed": 0, "epoch": 0} | changes)


def test_an_unknown_augmentation_is_refused_at_once(ten: RecordDataset) -> None:
    with pytest.raises(ValueError, match="augment must be one of none, crop, full"):
        epoch_batches(ten, 4, SIZE, 0, 0, "all")


def test_the_sample_trains_at_full_size() -> None:
    batch = next(epoch_batches(open_dataset("sample", "train"), 32, 256, 0, 0))
    assert (batch.images.shape, batch.labels.shape) == ((32, 256, 256, 3), (32, 1, 5))
    assert (batch.labels[:, 0, 0] == 0).all()
