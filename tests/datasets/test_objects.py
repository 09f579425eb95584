from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import load_objects, open_dataset
from explorer.datasets.description import Description
from tests.datasets.record_files import BOX, write_records
from tests.datasets.test_voc import WHOLE, write_annotation

OTHER = [1.0, 0.25, 0.25, 0.75, 0.5]


def test_objects_of_a_named_data_set() -> None:
    objects = load_objects("sample")
    assert (objects.name, objects.class_names) == ("sample", ("creature",))
    assert objects.num_images == 32 + 48
    labels = [*open_dataset("sample", "train").labels, *open_dataset("sample", "val").labels]
    np.testing.assert_array_equal(objects.boxes, np.concatenate(labels)[:, 1:])
    assert objects.class_id.tolist() == [0] * 80
    assert (objects.boxes.dtype, objects.class_id.dtype) == (np.float32, np.int32)
    assert load_objects("sample", "val").num_images == 48


def test_objects_of_record_files(tmp_path: Path) -> None:
    write_records(tmp_path / "val.rec", [[BOX], [], [OTHER, BOX]])
    objects = load_objects(tmp_path)
    np.testing.assert_array_equal(objects.boxes, np.float32([BOX[1:], OTHER[1:], BOX[1:]]))
    assert objects.class_id.tolist() == [0, 1, 0]
    assert objects.class_names == ("class 0", "class 1")
    assert objects.num_images == 3
    write_records(tmp_path / "train.rec", [[BOX]])
    assert load_objects(tmp_path).num_images == 4
    assert load_objects(tmp_path).class_names == ("class 0", "class 1")
    assert len(load_objects(str(tmp_path), "train").boxes) == 1
    Description(class_names=("cat", "dog")).save(tmp_path)
    assert load_objects(tmp_path).class_names == ("cat", "dog")


def test_objects_of_annotations(tmp_path: Path) -> None:
    folder = tmp_path / "zoo"
    write_annotation(folder / "a" / "1.xml", [("dog", WHOLE), ("ape", (1, 1, 30, 20))])
    write_annotation(folder / "b" / "2.xml", [])
    write_annotation(folder / "b" / "3.XML", [("dog", (31, 21, 60, 40))])
    objects = load_objects(folder)
    assert (objects.name, objects.class_names) == ("zoo", ("ape", "dog"))
    assert objects.class_id.tolist() == [1, 0, 1]
    expected = [[0, 0, 1, 1], [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]
    np.testing.assert_array_equal(objects.boxes, np.float32(expected))
    assert objects.num_images == 3


def test_nothing_to_load_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"data set .*absent is not there: a data set is"):
        load_objects(tmp_path / "absent")
    with pytest.raises(ValueError, match=r"has neither train.rec nor val.rec nor .xml files"):
        load_objects(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"has no train.rec"):
        load_objects(tmp_path, "train")
    write_annotation(tmp_path / "voc" / "1.xml", [])
    with pytest.raises(ValueError, match="voc has no object in any of its images"):
        load_objects(tmp_path / "voc")
    (tmp_path / "rec").mkdir()
    write_records(tmp_path / "rec" / "val.rec", [[], []])
    with pytest.raises(ValueError, match="rec has no object in any of its images"):
        load_objects(tmp_path / "rec")


def test_a_named_data_set_that_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="ssd-explorer data make creature-two"):
        load_objects("creature-two")
