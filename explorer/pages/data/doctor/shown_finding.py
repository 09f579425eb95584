"""One finding of the label doctor as a picture: the boxes it is about, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.datasets.annotations import Annotation, LabelledImage
from explorer.datasets.doctor import Finding, Report
from explorer.datasets.doctor.fixes import FIX_WORDS, fixed_image
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.i18n import _
from explorer.images import read_image
from explorer.pages.data.drawn_box import Box, drawn_box
from explorer.pages.shared.pictures.pictures import Picture

NamedBox = tuple[Box, str]
"""A corner box, normalised to the picture, and its class, which is hostile until escaped."""


@dataclass(frozen=True, eq=False)
class ShownFinding:
    """A finding to look at."""

    finding: Finding
    place: str
    """Image, object and label file; hostile until escaped, as `reason` is."""
    reason: str
    fix: str
    """What would mend it, or ""."""
    picture: Picture | None
    """None where the image cannot be shown."""
    found: tuple[NamedBox, ...]
    """What it is about, as the label has it: one box, or all where the image is meant."""
    fixed: tuple[NamedBox, ...]
    """The same boxes mended; empty where they are dropped, or nothing mends them."""
    others: tuple[NamedBox, ...]
    """The image's other boxes."""


def shown_finding(report: Report, finding: Finding, contents: ImageBytes) -> ShownFinding:
    """Return a finding with its picture, which is read now."""
    image = report.image(finding)
    picture = _picture(image, contents)
    found: list[NamedBox] = []
    fixed: list[NamedBox] = []
    others: list[NamedBox] = []
    if picture is not None:
        mended = None
        if finding.fix is not None:
            mended = fixed_image(report, finding.number, [finding])
        for place, one in enumerate(image.objects):
            is_meant = finding.object in (None, place)
            (found if is_meant else others).extend(_box(one, picture))
            # A dropped box moves the later ones up: then there is nothing to show of this one.
            if is_meant and mended is not None and len(mended.objects) == len(image.objects):
                fixed.extend(_box(mended.objects[place], picture))
    return ShownFinding(
        finding,
        report.place(finding),
        finding.reason,
        "" if finding.fix is None else _(FIX_WORDS[finding.fix]),
        picture,
        tuple(found),
        tuple(fixed),
        tuple(others),
    )


def _picture(image: LabelledImage, contents: ImageBytes) -> Picture | None:
    try:
        return Picture(read_image(contents.read(image), image.name), image.name)
    except (ValueError, OSError):  # that is the finding, or another one of this image
        return None


def _box(one: Annotation, picture: Picture) -> list[NamedBox]:
    """Return a box as it lies on the picture; none if it is no box at all."""
    box = drawn_box(one.box_px, (picture.width_px, picture.height_px))
    return [] if box is None else [(box, one.class_name)]
