from __future__ import annotations

import hashlib
import io
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import RecordDataset, dataset_path, open_dataset
from explorer.datasets.description import Description
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter
from tests.datasets.record_files import BOX, write_records


def write_images(path: Path, images: list[bytes]) -> RecordDataset:
    with RecordWriter(path) as writer:
        for number, image in enumerate(images):
            writer.write(pack(np.array([BOX], np.float32), image, number))
    return RecordDataset(path)


def encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def test_the_sample_is_what_its_description_says(sample: RecordDataset) -> None:
    assert len(sample) == 48
    assert sample.class_names == ("creature",)
    assert sample.max_objects == 1
    assert sample.path == dataset_path("sample") / "val.rec"
    one = sample[5]
    assert (one.image.shape, one.image.dtype, one.record_id) == ((256, 256, 3), np.uint8, 5)
    assert (one.labels.shape, one.labels.dtype) == ((1, 5), np.float32)
    lines = (sample.path.with_suffix(".lst")).read_text().splitlines()
    for number, line in enumerate(lines):
        values = [float(value) for value in line.split("\t")[3:-1]]
        np.testing.assert_allclose(sample.labels[number].ravel(), values, atol=1e-6)
    assert len(open_dataset("sample", "train")) == 32


def test_the_fingerprint_is_that_of_the_file(sample: RecordDataset, tmp_path: Path) -> None:
    true = hashlib.sha256(sample.path.read_bytes()).hexdigest()
    assert sample.fingerprint == true
    shutil.copy(sample.path, tmp_path / "val.rec")
    assert open_dataset(tmp_path).fingerprint == true
    # A description of another file is not believed.
    shutil.copy(sample.path.parent / "train.rec", tmp_path / "val.rec")
    shutil.copy(sample.path.parent / "dataset.json", tmp_path)
    other = hashlib.sha256((tmp_path / "val.rec").read_bytes()).hexdigest()
    assert open_dataset(tmp_path).fingerprint == other


def test_it_counts_and_iterates_as_a_sequence(many: Path) -> None:
    dataset = open_dataset(many, "train")
    assert [one.record_id for one in dataset] == list(range(8))
    assert dataset[-1].record_id == 7
    with pytest.raises(IndexError):
        dataset[8]
    counts = [len(labels) for labels in dataset.labels]
    assert min(counts) == 0, "a set of the tests has lost its image without objects"
    assert dataset.max_objects == max(counts) > 1
    assert dataset[counts.index(0)].labels.shape == (0, 5)


def test_a_sample_can_be_changed_without_changing_the_data_set(sample: RecordDataset) -> None:
    one = sample[0]
    before = one.labels.copy()
    one.labels[:] = 9
    one.image[:] = 0
    np.testing.assert_array_equal(sample[0].labels, before)


def test_class_names(tmp_path: Path) -> None:
    path = write_records(tmp_path / "val.rec", [[BOX], [[2, *BOX[1:]]]])
    assert RecordDataset(path).class_names == ("class 0", "class 1", "class 2")
    Description(class_names=("cat", "dog", "bird")).save(tmp_path)
    assert RecordDataset(path).class_names == ("cat", "dog", "bird")
    assert RecordDataset(path, ("a", "b", "c", "d")).class_names == ("a", "b", "c", "d")
    with pytest.raises(ValueError, match=r"^val.rec, record 1: class 2, the data set has 1 class$"):
        RecordDataset(path, ("cat",))


def test_every_bad_record_is_named_with_its_reason(tmp_path: Path) -> None:
    good, bad = [BOX], [[0, 10, 20, 50, 80]]
    write_records(tmp_path / "train.rec", [good, bad, good, bad, bad])
    with pytest.raises(ValueError, match="record 1") as caught:
        open_dataset(tmp_path, "train")
    assert str(caught.value) == (
        "train.rec, record 1: boxes look like pixels, expected 0–1; record 3: boxes look like "
        "pixels, expected 0–1; record 4: boxes look like pixels, expected 0–1 (3 of 5 records are "
        "bad)"
    )
    write_records(tmp_path / "train.rec", [bad] * 1200)
    with pytest.raises(ValueError, match="record 19") as caught:
        open_dataset(tmp_path, "train")
    assert str(caught.value).endswith(
        "; record 19: boxes look like pixels, expected 0–1; … (1,200 of 1,200 records are bad; "
        f"`ssd-explorer data check {tmp_path} --json` lists them all)"
    )


def test_a_file_without_a_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.rec").write_bytes(b"")
    with pytest.raises(ValueError, match=r"train\.rec has no record: import or make the data set"):
        open_dataset(tmp_path, "train")


def test_a_label_longer_than_the_first_read(tmp_path: Path) -> None:
    rows = [[0, 0.1, 0.1, 0.2 + number / 1000, 0.9] for number in range(300)]
    dataset = RecordDataset(write_records(tmp_path / "a.rec", [rows]))
    np.testing.assert_allclose(dataset.labels[0], np.array(rows, np.float32))


def test_a_classification_record_is_refused(tmp_path: Path) -> None:
    with RecordWriter(tmp_path / "a.rec") as writer:
        writer.write(struct.pack("<IfQQ", 0, 3.0, 0, 0) + b"image")
    with pytest.raises(ValueError, match=r"^a.rec, record 0: has no detection label"):
        RecordDataset(tmp_path / "a.rec")


def test_all_kinds_of_images_come_as_rgb(tmp_path: Path) -> None:
    red = Image.new("RGB", (6, 4), (250, 10, 20))
    dataset = write_images(
        tmp_path / "a.rec",
        [
            encoded(red, "PNG"),
            encoded(red.convert("L"), "PNG"),
            encoded(red.convert("CMYK"), "JPEG"),
            encoded(red.convert("RGBA"), "PNG"),
        ],
    )
    for number, colour in enumerate([(250, 10, 20), (83, 83, 83), (250, 10, 20), (250, 10, 20)]):
        image = dataset[number].image
        assert image.shape == (4, 6, 3)
        assert np.abs(image.astype(int) - colour).max() <= 3


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    whole = encoded(Image.effect_noise((64, 64), 50).convert("RGB"), "JPEG")
    dataset = write_images(tmp_path / "a.rec", [whole, b"", b"no image", whole[: len(whole) // 2]])
    assert dataset[0].image.shape == (64, 64, 3)
    for number, what in ((1, "is empty"), (2, "is not a readable image"), (3, "is damaged")):
        with pytest.raises(ValueError, match=rf"^a\.rec, record {number} {what}"):
            dataset[number]


@pytest.mark.parametrize("side", [8000, 20000])
def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    whole = encoded(Image.new("RGB", (1, 1)), "PNG")
    checksum = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    bomb = whole[:16] + header + checksum + whole[33:]
    dataset = write_images(tmp_path / "a.rec", [bomb])
    with pytest.raises(ValueError, match=r"^a\.rec, record 0 is ") as caught:
        dataset[0]
    assert f"{side}×{side}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("creature", "ssd-explorer data make creature"),
        ("creature-many", "ssd-explorer data make creature-many"),
        ("pikachu", "ssd-explorer data download pikachu"),
        ("nonsense", "or one of creature, creature-two"),
    ],
)
def test_a_missing_data_set_says_how_to_get_it(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"has no train\.rec in") as caught:
        open_dataset(name, "train")
    assert message in str(caught.value)


def test_there_are_two_splits() -> None:
    with pytest.raises(ValueError, match="split must be 'train' or 'val', got 'test'"):
        open_dataset("sample", "test")


@pytest.mark.parametrize("content", ["{", '{"class_names": []}', '{"class_names": ["a"], "x": 1}'])
def test_a_broken_description_is_refused(tmp_path: Path, content: str) -> None:
    path = write_records(tmp_path / "val.rec", [[BOX]])
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(ValueError, match=r"^dataset.json in "):
        RecordDataset(path)
