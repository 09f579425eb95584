"""What is wrong with the boxes of a set: each for itself, and the set as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.doctor.finding import Diagnosis, Finding
from explorer.datasets.doctor.frames import Size
from explorer.datasets.doctor.kinds import Kind
from explorer.datasets.doctor.readings import BoxReading, fit, gross, reading_of_group, units
from explorer.datasets.labels import OUTSIDE_TOLERANCE
from explorer.i18n import _

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

CELL_PX = 8.0
"""Side of a cell of ToySSD's finest map at 256 px, and with it the distance of its anchors. An
object is tiny if the root of its area is less: two such objects may share one cell, and the best
anchor of the smallest scale in use (27 px) overlaps it by less than a tenth."""

LEAST_SIDE_PX = 1.0
"""A box that is no wider has no inside: with VOC's count, equal corners mean one pixel."""


@dataclass(frozen=True, eq=False)
class _Boxes:
    """All boxes of a set, as arrays: (N, 4) px, (N, 2) px with NaN, (N,) and (N,)."""

    px: Float
    size: Float
    image: NDArray[np.intp]
    object: NDArray[np.intp]

    def of(self, chosen: Flags | NDArray[np.intp]) -> _Boxes:
        return _Boxes(self.px[chosen], self.size[chosen], self.image[chosen], self.object[chosen])


def examine_boxes(
    images: Sequence[LabelledImage], sizes: Sequence[Size | None], input_size: int
) -> tuple[list[Finding], list[Diagnosis]]:
    """Return at most one finding per box, and what speaks for a set that was misread.

    Parameters
    ----------
    images : sequence of LabelledImage
    sizes : sequence of (width, height) or None
        What each image's boxes are counted in; None where nobody knows.
    input_size : int
        Side that images are resized to, px.
    """
    boxes = _collect(images, sizes)
    finite = np.isfinite(boxes.px).all(axis=1)
    known = np.isfinite(boxes.size).all(axis=1)
    # Without a size, relative boxes have no numbers: what is wrong then is the image.
    findings = [
        _finding(Kind.NO_NUMBER, one, _("a corner is not a number"), "drop")
        for one in _each(boxes.of(~finite & known))
    ]
    misread, diagnoses, is_misread = _misread(boxes, finite & known)
    findings += misread
    left = finite & ~is_misread
    findings += _single(boxes.of(left), input_size)
    return findings, diagnoses


def _collect(images: Sequence[LabelledImage], sizes: Sequence[Size | None]) -> _Boxes:
    rows, frames, numbers, objects = [], [], [], []
    for number, (image, size) in enumerate(zip(images, sizes, strict=True)):
        for place, one in enumerate(image.objects):
            rows.append(one.box_px)
            frames.append(size or (np.nan, np.nan))
            numbers.append(number)
            objects.append(place)
    return _Boxes(
        np.array(rows, np.float64).reshape(-1, 4),
        np.array(frames, np.float64).reshape(-1, 2),
        np.array(numbers, np.intp),
        np.array(objects, np.intp),
    )


def _misread(boxes: _Boxes, usable: Flags) -> tuple[list[Finding], list[Diagnosis], Flags]:
    found: list[tuple[BoxReading, Flags]] = []
    left = usable.copy()
    chosen = np.flatnonzero(left)
    for reading, explained in units(boxes.px[chosen], boxes.size[chosen]):
        flags = np.zeros_like(left)
        flags[chosen[explained]] = True
        found.append((reading, flags))
    for _reading, flags in found:
        left &= ~flags
    orders: dict[str, tuple[BoxReading, Flags]] = {}
    for reading, rows in _orders(boxes, np.flatnonzero(left)):
        flags = orders.setdefault(reading.name, (reading, np.zeros_like(left)))[1]
        flags[rows] = True
    findings, diagnoses = [], []
    is_misread = np.zeros_like(left)
    of_images = len(np.unique(boxes.image[usable]))
    for reading, flags in [*found, *orders.values()]:
        if not flags.any():
            continue
        is_misread |= flags
        part = boxes.of(flags)
        meant = reading.convert(part.px, part.size)
        diagnoses.append(
            Diagnosis(
                reading.kind,
                _(reading.means),
                len(np.unique(part.image)),
                of_images,
                len(part.px),
                # A unit is judged box by box: each of them is impossible as it stands.
                int(gross(part.px, part.size).sum()) if reading.name in orders else len(part.px),
                int(fit(meant, part.size).sum()),
            )
        )
        for one, box in zip(_each(part), meant, strict=True):
            text = _("{box} is not a box of this image; read as {means} it is {meant}")
            if reading.kind is Kind.PIXELS_AS_RELATIVE:
                text = _("looks like pixels, expected 0–1; read as {means} it is {meant}")
            text = text.format(box=_text(one.px), means=_(reading.means), meant=_text(box))
            if not gross(one.px[None], one.size[None])[0] and reading.name in orders:
                text = _("like the others here: read as {means} it is {meant}").format(
                    means=_(reading.means), meant=_text(box)
                )
            findings.append(_finding(reading.kind, one, text, reading.name))
    return findings, diagnoses, is_misread


def _orders(
    boxes: _Boxes, chosen: NDArray[np.intp]
) -> Iterator[tuple[BoxReading, NDArray[np.intp]]]:
    """Yield readings of another order, with the rows that they explain."""
    if not len(chosen):
        return
    by_image = np.split(chosen, np.flatnonzero(np.diff(boxes.image[chosen])) + 1)
    of_set = reading_of_group(boxes.px[chosen], boxes.size[chosen])
    for rows in by_image:
        px, size = boxes.px[rows], boxes.size[rows]
        if of_set is not None:
            # An image that is right as it stands, and would not be so then, is an exception.
            then = fit(of_set.convert(px, size), size)
            if then.all() or not fit(px, size).all():
                yield of_set, rows
                continue
        alone = reading_of_group(px, size, is_image=True)
        if alone is not None:
            yield alone, rows


@dataclass(frozen=True, eq=False)
class _One:
    px: Float
    size: Float
    image: int
    object: int


def _each(boxes: _Boxes) -> Iterator[_One]:
    rows = zip(boxes.px, boxes.size, boxes.image.tolist(), boxes.object.tolist(), strict=True)
    return (_One(*row) for row in rows)


def _single(boxes: _Boxes, input_size: int) -> list[Finding]:
    sides = boxes.px[:, 2:] - boxes.px[:, :2]
    relative = boxes.px / np.tile(boxes.size, 2)
    outside = ((relative < -OUTSIDE_TOLERANCE) | (relative > 1 + OUTSIDE_TOLERANCE)).any(axis=1)
    inside = np.clip(relative, 0, 1)
    shown = (inside[:, 2:] - inside[:, :2]) * input_size
    inverted = (sides < 0).any(axis=1)
    no_area = ~inverted & (sides <= LEAST_SIDE_PX).any(axis=1)
    outside &= ~inverted & ~no_area
    with np.errstate(invalid="ignore"):
        tiny = np.sqrt(shown.prod(axis=1)) < CELL_PX
    tiny &= ~(inverted | no_area | outside)
    findings = []
    for one in _each(boxes.of(inverted)):
        text = _("{box} has its corners the wrong way round").format(box=_text(one.px))
        findings.append(_finding(Kind.INVERTED, one, text, "swap-corners"))
    for one in _each(boxes.of(no_area)):
        width, height = one.px[2:] - one.px[:2]
        text = _("{box} is {width:g}×{height:g} px", box=_text(one.px), width=width, height=height)
        findings.append(_finding(Kind.NO_AREA, one, text, "drop"))
    rows = np.flatnonzero(outside)
    for one, part in zip(_each(boxes.of(rows)), shown[rows], strict=True):
        nothing = bool((part <= 0).any())
        text = (
            _("{box} lies beyond the image of {width:g}×{height:g} px")
            if nothing
            else _("{box} reaches out of the image of {width:g}×{height:g} px")
        )
        text = text.format(box=_text(one.px), width=one.size[0], height=one.size[1])
        findings.append(_finding(Kind.OUTSIDE, one, text, "drop" if nothing else "clip"))
    rows = np.flatnonzero(tiny)
    for one, part in zip(_each(boxes.of(rows)), shown[rows], strict=True):
        text = _("{width:.1f}×{height:.1f} px once the image is {size}×{size} px").format(
            width=part[0], height=part[1], size=input_size
        )
        findings.append(_finding(Kind.TINY, one, text))
    return findings


def _finding(kind: Kind, one: _One, reason: str, fix: str | None = None) -> Finding:
    return Finding(kind, one.image, one.object, reason, fix)


def _text(box: Float) -> str:
    return f"({', '.join(f'{round(float(value), 1):g}' for value in box)})"
