"""Mending a set: from one `AnnotationSet` to another. The source files are never touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.doctor.examine import review
from explorer.datasets.doctor.finding import Finding, Report, facts_key
from explorer.datasets.doctor.frames import Box, Frame, Size, turned
from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.doctor.kinds import Kind
from explorer.datasets.doctor.readings import READINGS
from explorer.i18n import N_

FIX_WORDS = {
    "multiply-by-size": N_("multiply by width and height"),
    "divide-by-size": N_("divide by width and height"),
    "divide-by-size-to-corners": N_("divide by width and height, and read as corners"),
    "xywh-to-corners": N_("compute the corners from x, y, width, height"),
    "center-to-corners": N_("compute the corners from centre, width, height"),
    "corners-from-xywh": N_("read the numbers as corners"),
    "corners-from-center": N_("read the numbers as corners"),
    "swap-xy": N_("swap x and y"),
    "swap-corners": N_("swap the corners"),
    "clip": N_("cut at the border"),
    "drop": N_("drop the box"),
    "turn": N_("turn the boxes with the image"),
    "take-size": N_("take the file's size"),
    "leave-out": N_("leave the image out"),
}
"""What a fix does; its name stands in reports, so it stays."""

_MOST_ROUNDS = 8
"""A box has at most a unit, an order, its corners, its border and its twin to mend, one by one."""


def apply(report: Report, kinds: Iterable[Kind]) -> AnnotationSet:
    """Mend the findings of some kinds, where something mends them.

    Returns
    -------
    AnnotationSet
        What is behind a fix shows only now: a box that was in the wrong unit may still reach out
        of its image. `review` with the report's facts finds it.
    """
    return _changed(report, [each for each in report.of(kinds) if each.fix is not None])


def leave_out(report: Report, kinds: Iterable[Kind]) -> AnnotationSet:
    """Take the boxes away that some kinds are about, or the images where these are meant."""
    return _changed(
        report,
        [
            replace(each, fix="leave-out" if each.object is None else "drop")
            for each in report.of(kinds)
        ],
    )


def mend(report: Report, kinds: Iterable[Kind]) -> Report:
    """Apply, and review what is left, until nothing of these kinds can be mended.

    Law: no finding of these kinds is left that has a fix.
    """
    kinds = set(kinds)
    for _round in range(_MOST_ROUNDS):
        if not any(each.fix for each in report.of(kinds)):
            break
        report = review(
            apply(report, kinds),
            report.facts,
            report.input_size,
            report.label_pad,
            # The classes stay those that were asked for, though their last object may be gone.
            report.class_names,
        )
    return report


def _changed(report: Report, findings: Iterable[Finding]) -> AnnotationSet:
    by_image: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_image[finding.number].append(finding)
    images = []
    for number, image in enumerate(report.annotations.images):
        if number in by_image:
            fixed = fixed_image(report, number, by_image[number])
            if fixed is not None:
                images.append(fixed)
        else:
            images.append(image)
    names = {image.name for image in images}
    split = {name: side for name, side in report.annotations.split.items() if name in names}
    return replace(report.annotations, images=tuple(images), split=split)


def fixed_image(report: Report, number: int, findings: Iterable[Finding]) -> LabelledImage | None:
    """Return an image with some of its findings mended; None where it is left out.

    Boxes are mended first, in what they are counted in; then the image's own size or turn.
    """
    image = report.annotations.images[number]
    facts = report.facts[facts_key(image)]
    frame = report.frames[number]
    objects: list[Annotation | None] = list(image.objects)
    of_image = set()
    for finding in findings:
        if finding.fix is None:
            continue
        if finding.object is None:
            of_image.add(finding.fix)
            continue
        one = objects[finding.object]
        if one is not None:
            box = _fixed_box(one.box_px, frame.size_px, finding.fix)
            objects[finding.object] = None if box is None else replace(one, box_px=box)
    if "leave-out" in of_image:
        return None
    image = replace(image, objects=tuple(one for one in objects if one is not None))
    if "turn" in of_image:
        image = _turned_image(image, facts)
    if "take-size" in of_image:
        image = _sized_image(image, facts, frame)
    return image


def _fixed_box(box: Box, size: Size | None, fix: str) -> Box | None:
    x0, y0, x1, y1 = box
    if fix == "drop":
        return None
    if fix == "swap-corners":
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    if size is None:
        return box
    if fix == "clip":
        width, height = size
        return (
            min(max(x0, 0.0), width), min(max(y0, 0.0), height),
            min(max(x1, 0.0), width), min(max(y1, 0.0), height),
        )  # fmt: skip
    row = READINGS[fix].convert(np.array([box], np.float64), np.array([size], np.float64))[0]
    left, top, right, bottom = row.tolist()
    return left, top, right, bottom


def _turned_image(image: LabelledImage, facts: ImageFacts) -> LabelledImage:
    if facts.stored_px is None:
        return image
    objects = tuple(
        replace(one, box_px=turned(one.box_px, facts.orientation, facts.stored_px))
        for one in image.objects
    )
    return replace(image, said_size_px=facts.upright_px, objects=objects)


def _sized_image(image: LabelledImage, facts: ImageFacts, frame: Frame) -> LabelledImage:
    said, size = image.said_size_px, facts.upright_px
    if size is None or said is None:
        return image
    objects = image.objects
    if frame.size_px == said:  # the boxes are counted in it, and are scaled with it
        scale = (size[0] / said[0], size[1] / said[1])
        objects = tuple(replace(one, box_px=_scaled(one.box_px, scale)) for one in objects)
    return replace(image, said_size_px=size, objects=objects)


def _scaled(box: Box, scale: tuple[float, float]) -> Box:
    x0, y0, x1, y1 = box
    return x0 * scale[0], y0 * scale[1], x1 * scale[0], y1 * scale[1]
