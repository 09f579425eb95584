"""The examination of a set: every image is read once, then all that is said of it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.doctor.boxes import examine_boxes
from explorer.datasets.doctor.finding import Facts, Finding, Report, facts_key, names_an_image
from explorer.datasets.doctor.frames import Frame, frames_of
from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.doctor.image_pass import look_at_all
from explorer.datasets.doctor.kinds import ABOUT, Kind
from explorer.datasets.doctor.same_boxes import first_same
from explorer.datasets.doctor.twins import find_twins
from explorer.datasets.label_formats import FORMATS
from explorer.datasets.own.class_list import listed_classes
from explorer.datasets.walking import Cancelled, Progress
from explorer.i18n import _, ngettext

LABEL_PAD = 100
"""Rows that labels are padded to at most. COCO has fewer than 100 objects on nearly all of its
images, and its evaluation counts 100 detections per image."""

SAME_BOX_IOU = 0.95
"""Two objects of a class that overlap more are one, drawn twice."""

_MOST_CLASSES = 5
"""Of a list, that a finding names."""


def examine(
    annotations: AnnotationSet,
    input_size: int = 256,
    label_pad: int = LABEL_PAD,
    class_names: tuple[str, ...] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Report:
    """Find all that is wrong with a set. Nothing is written anywhere.

    Images go through memory a few at a time; what is kept of each is less than a kilobyte.

    Parameters
    ----------
    input_size : int
        Side that images are resized to, px: it decides what is tiny.
    label_pad : int
        Objects that an image may have.
    class_names : tuple of str, optional
        What a model knows; by default the set's own list.
    """
    for name, value in (("input_size", input_size), ("label_pad", label_pad)):
        if value < 1:
            raise ValueError(_("{name} must be at least 1, got {value}", name=name, value=value))
    facts: dict[tuple[str, Path | None], ImageFacts] = {}
    once = {facts_key(image): image for image in annotations.images}
    for image, seen in look_at_all(tuple(once.values()), progress, cancelled):
        facts[facts_key(image)] = seen
    return review(annotations, facts, input_size, label_pad, class_names)


def review(
    annotations: AnnotationSet,
    facts: Facts,
    input_size: int = 256,
    label_pad: int = LABEL_PAD,
    class_names: tuple[str, ...] | None = None,
) -> Report:
    """Judge a set whose images were looked at before; no file is read.

    The parameters are those of `examine`, and `facts` is of a report whose set had these images.
    """
    images = annotations.images
    names = listed_classes(annotations) if class_names is None else class_names
    relative = annotations.kind in FORMATS and FORMATS[annotations.kind].relative
    frames = frames_of(images, [facts[facts_key(image)] for image in images], relative)
    findings, diagnoses = examine_boxes(images, [frame.size_px for frame in frames], input_size)
    of_shape = {(each.number, each.object) for each in findings if each.kind is not Kind.TINY}
    known = frozenset(names)
    for number, image in enumerate(images):
        frame = frames[number]
        findings += _of_image(number, image, facts[facts_key(image)], frame, label_pad)
        findings += _of_classes(number, image, names, known)
        usable = [place for place in range(len(image.objects)) if (number, place) not in of_shape]
        findings += _of_pairs(number, image, usable, frame)
    findings += _twins(annotations, facts)
    order = {kind: place for place, kind in enumerate(ABOUT)}
    findings.sort(
        key=lambda each: (
            order[each.kind], each.number, -1 if each.object is None else each.object
        )
    )  # fmt: skip
    return Report(
        annotations=annotations,
        facts=facts,
        frames=tuple(frames),
        findings=tuple(findings),
        diagnoses=tuple(diagnoses),
        class_names=tuple(names),
        input_size=input_size,
        label_pad=label_pad,
    )


def _of_image(
    number: int, image: LabelledImage, facts: ImageFacts, frame: Frame, label_pad: int
) -> Iterator[Finding]:
    for problem in image.problems:
        yield Finding(Kind.LABEL_UNREADABLE, number, None, problem)
    if facts.problem is not None and names_an_image(image):
        kind, text = facts.problem
        yield Finding(kind, number, None, text)
    if frame.problem is not None:
        kind, text = frame.problem
        fix = {Kind.SIZE_DIFFERS: "take-size", Kind.EXIF_TURNED: "turn"}.get(kind)
        yield Finding(kind, number, None, text, fix if facts.upright_px else None)
    if len(image.objects) > label_pad:
        text = _("{number} objects, label_pad is {pad}", number=len(image.objects), pad=label_pad)
        yield Finding(Kind.MANY_OBJECTS, number, None, text)
    if not image.objects and not image.problems and facts.problem is None:
        text = _("the label has no object")
        if image.left_out:
            text = ngettext(
                "{n:,} object of the label is left out, and there is no other",
                "all {n:,} objects of the label are left out",
                len(image.left_out),
            )
        yield Finding(Kind.NO_OBJECT, number, None, text)


def _of_classes(
    number: int, image: LabelledImage, names: tuple[str, ...], known: frozenset[str]
) -> Iterator[Finding]:
    """Find the objects whose class is in no list."""
    shown = ", ".join(names[:_MOST_CLASSES]) + (", …" if len(names) > _MOST_CLASSES else "")
    for place, one in enumerate(image.objects):
        if one.class_name == "":
            text = _("it has no class")
        elif one.class_name not in known:
            text = _("{name}, and the list has {count}: {names}").format(
                name=one.class_name, count=len(names), names=shown
            )
        else:
            continue
        yield Finding(Kind.UNKNOWN_CLASS, number, place, text)


def _of_pairs(
    number: int, image: LabelledImage, usable: list[int], frame: Frame
) -> Iterator[Finding]:
    """Find boxes that are there twice; the later one of two is the finding."""
    if len(usable) < 2 or frame.size_px is None:
        return
    scale = np.array([*frame.size_px, *frame.size_px], np.float64)
    boxes = np.array([image.objects[place].box_px for place in usable], np.float64) / scale
    earliest = first_same(boxes.astype(np.float32), SAME_BOX_IOU)
    for later in np.flatnonzero(earliest < np.arange(len(usable))).tolist():
        one, other = image.objects[usable[earliest[later]]], image.objects[usable[later]]
        if one.class_name == other.class_name:
            text = _("the same as {place}").format(place=one.place)
            yield Finding(Kind.DUPLICATE_BOX, number, usable[later], text, "drop")
        else:
            text = _("{name} here, {other} at {place}").format(
                name=other.class_name, other=one.class_name, place=one.place
            )
            yield Finding(Kind.TWO_CLASSES, number, usable[later], text)


def _twins(annotations: AnnotationSet, facts: Facts) -> Iterator[Finding]:
    images, split = annotations.images, annotations.split
    seen = [facts[facts_key(image)] for image in images]
    for number, first in enumerate(find_twins(seen)):
        if first == number:
            continue
        one, other = images[first], images[number]
        if one.name == other.name:
            text = _("labelled twice, in {one} and in {other}").format(
                one=one.label_file.name, other=other.label_file.name
            )
        elif seen[first].digest == seen[number].digest:
            text = _("the same file as {name}").format(name=one.name)
        else:
            text = _("looks like {name}").format(name=one.name)
        sides = split.get(one.name), split.get(other.name)
        if None not in sides and sides[0] != sides[1]:
            text = _("{text}; one is for training, the other for validation").format(text=text)
        yield Finding(Kind.DUPLICATE_IMAGE, number, None, text, "leave-out")
