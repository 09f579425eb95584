from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import CancelledError, open_dataset
from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.description import Description
from explorer.datasets.importers import read_annotations
from explorer.datasets.own.build import build_dataset
from explorer.datasets.own.class_list import ClassMapping
from explorer.datasets.records.detection_record import unpack_image
from explorer.datasets.records.recordio import RecordReader, RecordWriter
from explorer.images import read_image
from explorer.net.runtime import mx
from tests.datasets.labelled import a_set, labelled, picture, set_of

CAT = ("cat", (6.0, 8.0, 30.0, 20.0))
DOG = ("dog", (0.0, 0.0, 60.0, 40.0))
SPLIT = {"0.jpg": "train", "1.jpg": "val", "2.jpg": "train"}


@pytest.fixture
def three(tmp_path: Path) -> AnnotationSet:
    return set_of(tmp_path / "own", [[CAT, DOG], [DOG], [CAT]])


def test_the_readers_own_bytes_and_boxes(three: AnnotationSet, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    out = tmp_path / "out"
    report = build_dataset(three, SPLIT, out, progress=lambda *at: seen.append(at))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert report.num_images == {"train": 2, "val": 1}
    assert report.num_objects == {"train": 3, "val": 1}
    assert (report.encoded, report.left_out) == ({}, {})
    train = open_dataset(out, "train")
    assert train.class_names == open_dataset(out, "val").class_names == ("cat", "dog")
    expected = [[[0, 0.1, 0.2, 0.5, 0.5], [1, 0, 0, 1, 1]], [[0, 0.1, 0.2, 0.5, 0.5]]]
    for labels, rows in zip(train.labels, expected, strict=True):
        np.testing.assert_array_equal(labels, np.float32(rows))
    with RecordReader(out / "train.rec") as reader:
        for number, name in enumerate(("0.jpg", "2.jpg")):
            assert unpack_image(reader.read(number)) == (three.root / name).read_bytes()
    described = Description.load(out)
    assert described is not None
    assert (described.imported_from, described.splits["train"].max_objects) == ("voc", 2)
    assert described.splits["train"].fingerprint == train.fingerprint
    assert (out / "val.lst").read_text() == "0\t2\t5\t1\t0\t0\t1\t1\t1.jpg\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "own"]


def test_mxnet_reads_it(three: AnnotationSet, tmp_path: Path) -> None:
    build_dataset(three, SPLIT, tmp_path / "out")
    batches = mx.image.ImageDetIter(
        batch_size=2,
        data_shape=(3, 40, 60),
        path_imgrec=str(tmp_path / "out" / "train.rec"),
        path_imgidx=str(tmp_path / "out" / "train.idx"),
    )
    batch = batches.next()
    labels = batch.label[0].asnumpy()
    np.testing.assert_allclose(labels[0], [[0, 0.1, 0.2, 0.5, 0.5], [1, 0, 0, 1, 1]], atol=1e-6)
    np.testing.assert_allclose(labels[1], [[0, 0.1, 0.2, 0.5, 0.5], [-1] * 5], atol=1e-6)
    ours = open_dataset(tmp_path / "out", "train")[1].image
    theirs = batch.data[0].asnumpy()[1].transpose(1, 2, 0)
    assert np.abs(theirs - ours).mean() < 2  # two decoders


def test_classes_are_mapped(three: AnnotationSet, tmp_path: Path) -> None:
    mapping = ClassMapping({"cat": "pet"}, frozenset({"dog"}))
    report = build_dataset(three, SPLIT, tmp_path / "kept", mapping)
    assert report.class_names == ("pet",)
    assert report.num_images == {"train": 2, "val": 1}
    assert [len(rows) for rows in open_dataset(tmp_path / "kept", "val").labels] == [0]
    with pytest.raises(
        ValueError, match=r"no image is left to validate on: .*; 1 image was left out"
    ):
        build_dataset(three, SPLIT, tmp_path / "left", mapping, keep_empty=False)
    assert not (tmp_path / "left").exists()


def test_images_that_are_encoded_anew(tmp_path: Path) -> None:
    kinds = {
        "a.png": picture(tmp_path / "a.png", 1, kind="PNG"),
        "grey.jpg": picture(tmp_path / "grey.jpg", 2, mode="L"),
        "turned.jpg": picture(tmp_path / "turned.jpg", 3, orientation=6),
        "cmyk.jpg": picture(tmp_path / "cmyk.jpg", 4, mode="CMYK"),
        "large.jpg": picture(tmp_path / "large.jpg", 5, (1200, 800)),
        "plain.JPEG": picture(tmp_path / "plain.JPEG", 6),
        "mirrored.jpg": picture(tmp_path / "mirrored.jpg", 7, orientation=2),
    }
    box = ("cat", (4.0, 6.0, 20.0, 24.0))
    images = [labelled(name, [box], tmp_path / name) for name in kinds]
    split = {**dict.fromkeys(kinds, "train"), "plain.JPEG": "val"}
    report = build_dataset(a_set(*images), split, tmp_path / "out")
    assert report.encoded == {
        "a.png": "PNG becomes JPEG",
        "grey.jpg": "L becomes RGB",
        "turned.jpg": "turned upright",
        "cmyk.jpg": "CMYK becomes RGB",
        "large.jpg": "larger than 1024 px",
        "mirrored.jpg": "turned upright",
    }
    train = open_dataset(tmp_path / "out", "train")
    shapes = [(40, 60), (40, 60), (60, 40), (40, 60), (683, 1024), (40, 60)]
    assert [sample.image.shape[:2] for sample in train] == shapes
    # Of the upright image, 40 px wide and 60 high.
    np.testing.assert_allclose(train.labels[2][0, 1:], [0.1, 0.1, 0.5, 0.4], rtol=1e-6)
    upright = read_image(kinds["turned.jpg"])
    assert np.abs(train[2].image.astype(int) - upright).mean() < 3
    with RecordReader(tmp_path / "out" / "train.rec") as reader:
        encoded = Image.open(io.BytesIO(unpack_image(reader.read(2))))
    assert encoded.getexif().get(0x0112, 1) == 1


def test_a_label_at_another_scale_but_not_of_another_shape(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    scaled = labelled(
        "a", [("cat", (12.0, 16, 60, 40))], tmp_path / "a.jpg", said_size_px=(120, 80)
    )
    turned = labelled("b", [CAT], tmp_path / "a.jpg", said_size_px=(40, 60))
    both = a_set(scaled, turned)
    split = {"a": "train", "b": "val"}
    with pytest.raises(ValueError, match=r"^b: the label says 40×60 px, the image has 60×40 px$"):
        build_dataset(both, split, tmp_path / "out")
    good = a_set(scaled, labelled("b", [CAT], tmp_path / "a.jpg"))
    build_dataset(good, split, tmp_path / "out")
    for side in split.values():
        np.testing.assert_array_equal(
            open_dataset(tmp_path / "out", side).labels[0], np.float32([[0, 0.1, 0.2, 0.5, 0.5]])
        )


def test_bad_images_are_refused_or_left_out(three: AnnotationSet, tmp_path: Path) -> None:
    torn = picture(tmp_path / "torn.jpg", 9, (600, 400))
    (tmp_path / "torn.jpg").write_bytes(torn[: len(torn) // 2])
    bad = [
        labelled("gone.jpg", [CAT]),
        labelled("torn.jpg", [CAT], tmp_path / "torn.jpg"),
        labelled("inverted.jpg", [("cat", (30.0, 8, 6, 20))], three.images[0].path),
        labelled("nan.jpg", [("cat", (float("nan"),) * 4)], three.images[0].path),
        labelled("outside.jpg", [("cat", (6.0, 8, 90, 20))], three.images[0].path),
        labelled("read.jpg", [CAT], three.images[0].path, problems=("x.xml is torn",)),
        labelled("nameless.jpg", [("", CAT[1])], three.images[0].path),
    ]
    more = a_set(*bad, *three.images)
    more = AnnotationSet(more.root, "voc", more.images, ("cat", "dog"), {})
    split = {image.name: "train" for image in bad} | SPLIT
    with pytest.raises(ValueError, match=r"^gone.jpg: gone.jpg is missing \(7 of 10 images are ba"):
        build_dataset(more, split, tmp_path / "out")
    assert not any(path.name.startswith((".", "out")) for path in tmp_path.iterdir())
    report = build_dataset(more, split, tmp_path / "out", skip_bad=True)
    assert report.num_images == {"train": 2, "val": 1}
    said = list(report.left_out.values())
    for text, expected in zip(
        said,
        (
            "is missing",
            "torn.jpg is damaged or cut off",
            "inverted",
            "not a finite number",
            "reaches out of the image",
            "x.xml is torn",
            "has no class",
        ),
        strict=True,
    ):
        assert expected in text


def test_whatever_goes_wrong_nothing_is_left(
    three: AnnotationSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with pytest.raises(CancelledError, match="stopped after 1 of 3 images"):
        build_dataset(three, SPLIT, out, cancelled=lambda: True)
    with pytest.raises(ValueError, match="no image is left to train on"):
        build_dataset(three, dict.fromkeys(SPLIT, "val"), out)
    close = RecordWriter.close

    def lose_a_byte(writer: RecordWriter) -> None:
        close(writer)
        for records in tmp_path.glob(".out.*/train.rec"):
            records.write_bytes(records.read_bytes()[:-1] + b"?")

    with monkeypatch.context() as patch:  # a disk that returns other bytes than it was given
        patch.setattr(RecordWriter, "close", lose_a_byte)
        with pytest.raises(OSError, match=r"train.rec is not what was written"):
            build_dataset(three, SPLIT, out)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    build_dataset(three, SPLIT, out)
    before = (out / "train.rec").read_bytes()
    with pytest.raises(FileExistsError, match="out exists already: nothing was done"):
        build_dataset(three, {"0.jpg": "val", "1.jpg": "train"}, out)
    assert (out / "train.rec").read_bytes() == before


def test_a_class_that_is_in_no_list_does_not_become_one(tmp_path: Path) -> None:
    for number, line in enumerate(("0", "0", "0", "7")):
        picture(tmp_path / f"{number}.jpg", number)
        (tmp_path / f"{number}.txt").write_text(f"{line} 0.5 0.5 0.5 0.5\n")
    (tmp_path / "classes.txt").write_text("cat\n")
    read = read_annotations(tmp_path)
    split = {f"{number}.jpg": "val" if number == 0 else "train" for number in range(4)}
    with pytest.raises(ValueError, match=r"^3\.jpg: line 1 is of 'class 7', which is not in"):
        build_dataset(read, split, tmp_path / "built")
    report = build_dataset(read, split, tmp_path / "built", skip_bad=True)
    assert (report.class_names, list(report.left_out)) == (("cat",), ["3.jpg"])
    renamed = ClassMapping({"class 7": "dog"})
    report = build_dataset(read, split, tmp_path / "both", renamed)
    assert report.class_names == ("cat", "dog")
