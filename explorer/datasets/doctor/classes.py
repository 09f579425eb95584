"""Classes that are in no list."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.doctor.finding import Finding
from explorer.datasets.doctor.kinds import Kind
from explorer.i18n import _

_MOST_SHOWN = 5


def check_classes(number: int, image: LabelledImage, names: tuple[str, ...]) -> Iterator[Finding]:
    """Find the objects of an image, number `number` of its set, whose class is in no list."""
    for place, one in enumerate(image.objects):
        if one.class_name == "":
            text = _("it has no class")
        elif one.class_name not in names:
            text = _("{name}, and the list has {count}: {names}").format(
                name=one.class_name, count=len(names), names=_some(names)
            )
        else:
            continue
        yield Finding(Kind.UNKNOWN_CLASS, number, place, text)


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_SHOWN])
    return f"{shown}, …" if len(names) > _MOST_SHOWN else shown
