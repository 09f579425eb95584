"""The classes that a set has, and what a user makes of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.label_formats import FORMATS
from explorer.i18n import _

_STAND_IN = re.compile(r"class [-+]?(\d[\d.e+-]*|nan|inf)")
_WHOLE = re.compile(r"class \d+")


@dataclass(frozen=True)
class FoundClass:
    """A class as the label files have it; `name` is empty where they give none."""

    name: str
    num_objects: int
    num_images: int


def found_classes(annotations: AnnotationSet) -> list[FoundClass]:
    """Return the classes in the set's order, with how often each occurs; some may never."""
    objects = Counter(one.class_name for image in annotations.images for one in image.objects)
    images = Counter(
        name for image in annotations.images for name in {one.class_name for one in image.objects}
    )
    names = dict.fromkeys((*annotations.class_names, *sorted(objects)))
    return [FoundClass(name, objects[name], images[name]) for name in names]


def listed_classes(annotations: AnnotationSet) -> tuple[str, ...]:
    """Return the classes that a set's own list has.

    Where labels have numbers and some of these have names, those without one are out of the list.
    Where none has a name there is no list: any whole number from 0 is a class.
    """
    if annotations.kind not in FORMATS or not FORMATS[annotations.kind].numbered:
        return annotations.class_names
    names = annotations.class_names
    named = tuple(name for name in names if not _STAND_IN.fullmatch(name))
    return named or tuple(name for name in names if _WHOLE.fullmatch(name))


@dataclass(frozen=True)
class ClassMapping:
    """New names for classes, and those to leave out; all others stay."""

    rename: Mapping[str, str] = field(default_factory=dict)
    """Two classes with one new name are merged, also with one that has the name already."""
    left_out: frozenset[str] = frozenset()
    """Their objects are not used; their images are."""

    def apply(self, annotations: AnnotationSet) -> AnnotationSet:
        """Return the set with its classes renamed, merged and left out.

        The order of the classes stays; a merged class stands where its first one stood.

        Raises
        ------
        ValueError
            If a class is not in the set, is both renamed and left out, gets an empty name, or
            none is left: one sentence.
        """
        if not self.rename and not self.left_out:
            return annotations
        known = {one.name for one in found_classes(annotations)}
        for name in (*self.rename, *sorted(self.left_out)):
            if name not in known:
                has = ", ".join(sorted(known - {""})) or "none"
                text = _("no class is called {name!r}; there are: {has}")
                raise ValueError(text.format(name=name, has=has))
        for name in self.rename:
            if name in self.left_out:
                raise ValueError(_("{name!r} cannot be renamed and left out", name=name))
            if not self.rename[name].strip():
                text = _("the new name of {name!r} is empty; leave the class out instead")
                raise ValueError(text.format(name=name))
        names = [
            self.rename.get(name, name)
            for name in annotations.class_names
            if name not in self.left_out
        ]
        # A class without an entry in the list, as that of objects without a name.
        names += [new for old, new in self.rename.items() if old not in annotations.class_names]
        if not names:
            raise ValueError(_("every class is left out: keep at least one"))
        images = tuple(
            replace(
                image,
                objects=tuple(
                    replace(one, class_name=self.rename.get(one.class_name, one.class_name))
                    for one in image.objects
                    if one.class_name not in self.left_out
                ),
            )
            for image in annotations.images
        )
        return replace(annotations, images=images, class_names=tuple(dict.fromkeys(names)))
