"""Tables that say how classes are called which others name by a code (Open Images, RetinaNet)."""

from __future__ import annotations

import math
from dataclasses import replace

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.importers.numbers import finite_number
from explorer.datasets.importers.table_lines import Lines
from explorer.i18n import _


class ClassNames:
    """Codes of classes with their names, of all tables of two columns that are there."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def add(self, lines: Lines) -> bool:
        """Take the names of a table; False if it is none of names."""
        rows = [[field.strip() for field in row] for __, row in lines.rows]
        if not rows or any(len(row) != 2 for row in rows):
            return False
        found = {}
        for one, other in rows:
            if _is_code(one) and not _is_code(other):
                found[one] = other
            elif _is_code(other) and not _is_code(one):
                found[other] = one
        self._names.update(found)
        return bool(found)

    def applied(self, annotations: AnnotationSet) -> AnnotationSet:
        """Return the set with names for codes, and a note, if all its classes have one."""
        codes = set(annotations.class_names)
        if not codes or not codes <= self._names.keys():
            return annotations
        images = tuple(
            replace(
                image,
                objects=tuple(
                    replace(one, class_name=self._names[one.class_name]) for one in image.objects
                ),
            )
            for image in annotations.images
        )
        names = tuple(sorted({self._names[code] for code in codes}))
        note = _("The names of classes are those of a table beside the boxes")
        return replace(
            annotations, images=images, class_names=names, notes=(*annotations.notes, note)
        )


def _is_code(text: str) -> bool:
    """Say whether it is a number, or an identifier of Open Images such as /m/01g317."""
    return text.startswith(("/m/", "/g/")) or not math.isnan(finite_number(text))
