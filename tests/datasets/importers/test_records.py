from __future__ import annotations

from pathlib import Path

import pytest

from explorer.data_folders import shipped_root
from explorer.datasets import open_dataset
from explorer.datasets.importers import read_annotations
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.images import read_image
from tests.datasets.labelled import boxes_of, picture
from tests.datasets.record_files import BOX, write_records


def test_our_own_sample(tmp_path: Path) -> None:
    found = read_annotations(shipped_root() / "sample")
    sample = open_dataset("sample", "val")
    images = [image for image in found.images if found.split[image.name] == "val"]
    assert (found.kind, found.class_names, len(images)) == ("records", ("creature",), 48)
    assert images[3].name == "val.rec/3"
    for image, labels in zip(images, sample.labels, strict=True):
        boxes = [box for _, box in boxes_of(image)]
        assert boxes == [pytest.approx(row * 256, abs=1e-3) for row in labels[:, 1:]]
    with ImageBytes() as encoded:
        assert (read_image(encoded.read(images[3])) == sample[3].image).all()


def test_bad_labels_are_kept(tmp_path: Path) -> None:
    write_records(tmp_path / "a.rec", [[BOX, [-1.0] * 5], [[4.5, 0, 0, 30, 0.5]]])
    good, bad = read_annotations(tmp_path).images
    assert boxes_of(good) == [("class 0", pytest.approx((6, 8, 30, 32)))]
    assert boxes_of(bad) == [("class 4.5", (0, 0, 1800, 20))]


def test_a_list_with_images_beside_it(tmp_path: Path) -> None:
    picture(tmp_path / "img" / "A.jpg")
    rows = (
        "0\t2\t5\t1\t0.1\t0.2\t0.5\t0.8\timg/a.jpg\n1\t3\timg/a.jpg\n2\t4\t5\t640\t480\tgone.jpg\n"
    )
    (tmp_path / "val.lst").write_text(rows)
    found = read_annotations(tmp_path)
    first, classified, gone = found.images
    assert boxes_of(first) == [("class 1", pytest.approx((6, 8, 30, 32)))]
    assert found.split["img/A.jpg"] == "val"
    assert classified.problems == ("val.lst line 2 is not a box label",)
    assert (gone.path, gone.objects, gone.problems) == (None, (), ())
