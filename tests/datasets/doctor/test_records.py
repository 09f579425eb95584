from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import open_dataset
from explorer.datasets.description import Description
from explorer.datasets.doctor import Kind, examine, read_record_labels
from explorer.datasets.records.detection_record import pack
from explorer.datasets.records.recordio import RecordWriter, read_index, write_index
from tests.datasets.doctor.sets import jpeg, photograph

BOXES = [[0.0, 0.1, 0.2, 0.5, 0.8], [0.0, 0.55, 0.2, 0.9, 0.8]]


def write_set(folder: Path, labels: list[list[list[float]]]) -> Path:
    """Write train.rec with an index; the list of classes has one."""
    with RecordWriter(folder / "train.rec") as writer:
        for number, rows in enumerate(labels):
            array = np.array(rows, dtype=np.float32).reshape(-1, 5)
            writer.write(pack(array, jpeg(photograph(number, (100, 60))), number))
    write_index(folder / "train.idx", writer.offsets)
    Description(class_names=("cat",)).save(folder)
    return folder


def reasons(folder: Path, **options: int) -> list[tuple[Kind, str, str]]:
    report = examine(read_record_labels(folder), **options)
    return [(each.kind, report.image(each).name, each.reason) for each in report.findings]


def test_boxes_are_pixels_of_their_images(tmp_path: Path) -> None:
    read = read_record_labels(write_set(tmp_path, [BOXES, [[-1.0] * 5], []]))
    assert [image.name for image in read.images] == ["train.rec/0", "train.rec/1", "train.rec/2"]
    assert [len(image.objects) for image in read.images] == [2, 0, 0]
    assert read.images[0].objects[0].class_name == "cat"
    np.testing.assert_allclose(read.images[0].objects[0].box_px, (10, 12, 50, 48), rtol=1e-6)
    assert read.split == {image.name: "train" for image in read.images}


def test_a_set_that_is_right(tmp_path: Path) -> None:
    assert reasons(write_set(tmp_path, [BOXES] * 3)) == []


def test_a_record_with_far_too_many_objects(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [BOXES, BOXES[:1] * 10_001])
    reason = "10,001 objects on one image, more than the 10,000 that are read"
    assert reasons(folder) == [(Kind.LABEL_UNREADABLE, "train.rec/1", reason)]
    with pytest.raises(ValueError, match=rf"^train\.rec, record 1: {reason}$"):
        open_dataset(folder, "train")


def test_pixel_boxes_strange_classes_and_many_objects_are_found(tmp_path: Path) -> None:
    pixels = [[0.0, 10, 12, 50, 48]]
    many = [[0.0, 0.1 * n, 0.2, 0.1 * n + 0.1, 0.8] for n in range(5)]
    strange = [[7.0, *BOXES[0][1:]], [0.5, *BOXES[1][1:]]]
    folder = write_set(tmp_path, [BOXES, pixels, strange, many])
    assert reasons(folder, label_pad=4) == [
        (
            Kind.PIXELS_AS_RELATIVE,
            "train.rec/1",
            "looks like pixels, expected 0–1; read as pixels it is (10, 12, 50, 48)",
        ),
        (Kind.UNKNOWN_CLASS, "train.rec/2", "class 7, and the list has 1: cat"),
        (Kind.UNKNOWN_CLASS, "train.rec/2", "class 0.5, and the list has 1: cat"),
        (Kind.MANY_OBJECTS, "train.rec/3", "5 objects, label_pad is 4"),
    ]


def test_a_file_that_is_cut_off_is_said_once(tmp_path: Path) -> None:
    records = write_set(tmp_path, [BOXES] * 4) / "train.rec"
    content = records.read_bytes()
    records.write_bytes(content[:-100])
    (tmp_path / "val.rec").write_bytes(content)
    expected = f"train.rec is cut off at byte {len(content) - 100} after 3 records"
    report = examine(read_record_labels(tmp_path))
    assert [(each.kind, each.reason) for each in report.findings] == [
        (Kind.LABEL_UNREADABLE, expected)
    ]
    assert (report.num_images, report.num_usable) == (4, 4)


def test_an_index_that_is_short_is_said_and_done_without(tmp_path: Path) -> None:
    write_set(tmp_path, [BOXES] * 4)
    offsets = [offset for _key, offset in read_index(tmp_path / "train.idx")]
    write_index(tmp_path / "train.idx", offsets[:3])
    ((kind, name, reason),) = reasons(tmp_path)
    assert (kind, name) == (Kind.LABEL_UNREADABLE, "train.rec")
    assert reason.startswith("train.idx lists 3 of 4 records of train.rec")
    assert examine(read_record_labels(tmp_path)).num_images == 4


def test_an_index_decides_the_numbers(tmp_path: Path) -> None:
    write_set(tmp_path, [BOXES, BOXES, []])
    offsets = [offset for _key, offset in read_index(tmp_path / "train.idx")]
    write_index(tmp_path / "train.idx", offsets[::-1])
    assert reasons(tmp_path) == [(Kind.NO_OBJECT, "train.rec/0", "the label has no object")]


def test_a_record_whose_label_or_image_is_damaged(tmp_path: Path) -> None:
    write_set(tmp_path, [BOXES])
    image = jpeg(photograph(5))
    with RecordWriter(tmp_path / "train.rec") as writer:
        writer.write(pack(np.float32(BOXES), image[: len(image) // 2], 0))
        writer.write(pack(np.float32(BOXES), b"nothing", 1))
        writer.write(b"\0" * 24 + image)
    (tmp_path / "train.idx").unlink()
    assert reasons(tmp_path) == [
        (
            Kind.LABEL_UNREADABLE,
            "train.rec/2",
            "record 2 has no detection label (is it a classification record?)",
        ),
        (
            Kind.IMAGE_UNREADABLE,
            "train.rec/1",
            "train.rec/1 is not a readable image (JPEG, PNG, WebP, BMP or GIF).",
        ),
        (
            Kind.IMAGE_TRUNCATED,
            "train.rec/0",
            "train.rec/0 is damaged or cut off",
        ),
    ]


def test_a_folder_without_records(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no \.rec file"):
        read_record_labels(tmp_path)


def test_records_of_a_test_set_are_left_out_and_counted(tmp_path: Path) -> None:
    write_set(tmp_path, [BOXES, []])
    (tmp_path / "test.rec").write_bytes((tmp_path / "train.rec").read_bytes())
    read = read_record_labels(tmp_path)
    assert [image.name for image in read.images] == ["train.rec/0", "train.rec/1"]
    assert read.notes == ("2 images of a test set are left out",)
