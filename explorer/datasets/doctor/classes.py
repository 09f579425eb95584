"""Classes that are in no list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.doctor.finding import Finding
from explorer.datasets.doctor.kinds import Kind
from explorer.i18n import _

__all__ = ["check_classes", "listed_classes"]

_NUMBERED = ("yolo", "records")
"""Labels of these kinds have numbers; one without a name is called “class 7” when it is read."""

_STAND_IN = re.compile(r"class [-+]?(\d[\d.e+-]*|nan|inf)")
_WHOLE = re.compile(r"class \d+")
_MOST_SHOWN = 5


def listed_classes(annotations: AnnotationSet) -> tuple[str, ...]:
    """Return the classes that a set's own list has.

    Where labels have numbers and some of these have names, those without one are out of the list.
    Where none has a name there is no list: any whole number from 0 is a class.
    """
    if annotations.kind not in _NUMBERED:
        return annotations.class_names
    names = annotations.class_names
    named = tuple(name for name in names if not _STAND_IN.fullmatch(name))
    return named or tuple(name for name in names if _WHOLE.fullmatch(name))


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
