"""VOC → ours → COCO → ours → YOLO → ours, with any boxes and names."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.exporters import write_coco, write_voc, write_yolo
from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import Box, a_set, boxes_of, labelled, picture

HALF_A_PIXEL = 0.5
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@st.composite
def sized_boxes(draw: st.DrawFn) -> tuple[tuple[int, int], list[tuple[str, Box]]]:
    size = draw(st.integers(2, 500)), draw(st.integers(2, 500))
    objects = []
    for name in draw(st.lists(NAMES, max_size=4)):
        x0, y0 = (draw(st.floats(0, side - 1)) for side in size)
        x1, y1 = (draw(st.floats(a + 1, s)) for a, s in zip((x0, y0), size, strict=True))
        objects.append((name, (x0, y0, x1, y1)))
    return size, objects


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(sized_boxes(), min_size=1, max_size=3))
def test_every_box_and_class_comes_back_to_half_a_pixel(
    made: list[tuple[tuple[int, int], list[tuple[str, Box]]]],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        images = []
        for number, (size, objects) in enumerate(made):
            name = f"images/é {number}.png"
            path = root / name
            picture(path, size=size, mode="L", kind="PNG")
            images.append(labelled(name, objects, path, said_size_px=size))
        first = a_set(*images, root=root)
        at_last = _through_all(first)
    assert [image.name for image in at_last.images] == [image.name for image in first.images]
    for image, again in zip(first.images, at_last.images, strict=True):
        assert [name for name, _ in boxes_of(again)] == [name for name, _ in boxes_of(image)]
        for (_, box), (_, moved) in zip(boxes_of(image), boxes_of(again), strict=True):
            assert moved == pytest.approx(box, abs=HALF_A_PIXEL, rel=0)


@pytest.mark.parametrize(("write", "name"), [(write_voc, "."), (write_coco, "coco.json")])
def test_a_box_that_reaches_out_stays_where_it_is(tmp_path: Path, write: Any, name: str) -> None:
    box = (-3.0, -0.5, 10.0, 45.0)
    picture(tmp_path / "a.jpg")
    drawn = labelled("a.jpg", [("cat", box)], tmp_path / "a.jpg", said_size_px=(60, 40))
    write(a_set(drawn, root=tmp_path), tmp_path / name)
    [(_label, moved)] = boxes_of(read_annotations(tmp_path).images[0])
    assert moved == pytest.approx(box, abs=0.001)


def _through_all(annotations: AnnotationSet) -> AnnotationSet:
    root = annotations.root
    write_voc(annotations, root)
    from_voc = read_annotations(root, "voc")
    assert [image.said_size_px for image in from_voc.images] == [
        image.said_size_px for image in annotations.images
    ]
    write_coco(from_voc, root / "labels.json")
    from_coco = read_annotations(root, "coco")
    write_yolo(from_coco, root)
    return read_annotations(root, "yolo")


def test_yolo_keeps_the_split(tmp_path: Path) -> None:
    images = [labelled(f"{n}.jpg", [("cat", (0, 0, 60, 40))], tmp_path / f"{n}.jpg") for n in "ab"]
    for image in images:
        picture(image.path)
    write_yolo(a_set(*images, root=tmp_path, split={"a.jpg": "val", "b.jpg": "train"}), tmp_path)
    assert read_annotations(tmp_path).split == {"a.jpg": "val", "b.jpg": "train"}


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the size of a.jpg is not known"):
        write_voc(a_set(labelled("a.jpg")), tmp_path)
    size = {"said_size_px": (60, 40)}
    twins = a_set(labelled("a.jpg", **size), labelled("a.png", **size))
    with pytest.raises(ValueError, match="two images have the same name up to their suffix"):
        write_yolo(twins, tmp_path)
    nan = a_set(labelled("a.jpg", [("cat", (float("nan"), 0, 1, 1))], **size))
    with pytest.raises(ValueError, match=r"a.jpg, object 1: COCO needs a box of numbers"):
        write_coco(nan, tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []
