"""State of the list of classes: what each is called from now on, and which are left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import traitlets as t

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.own.class_list import ClassMapping, FoundClass, found_classes
from explorer.i18n import _


@dataclass(frozen=True)
class PlannedClass:
    """One class of the files."""

    found: FoundClass
    new_name: str
    """What it is called from now on; another class's name merges the two."""
    kept: bool


class ClassPlan(t.HasTraits):
    """What becomes of each class."""

    classes = t.Tuple()
    """tuple of PlannedClass: in the set's order."""
    mapping = t.Instance(ClassMapping)
    """ClassMapping: the same, for `build_dataset`."""

    def __init__(self) -> None:
        super().__init__(mapping=ClassMapping())

    def show_set(self, annotations: AnnotationSet | None) -> None:
        """List a set's classes; what was planned for a class of the same name stays."""
        planned = {each.found.name: each for each in self.classes}
        found = [] if annotations is None else found_classes(annotations)
        classes = tuple(
            replace(planned[each.name], found=each)
            if each.name in planned
            else PlannedClass(each, each.name, kept=True)
            for each in found
        )
        if not _enough(classes):  # what was kept is no longer there
            classes = tuple(replace(each, kept=True) for each in classes)
        self._take(classes)

    def forget(self) -> None:
        """Plan nothing: another set has come."""
        self._take(())

    def use(self, mapping: ClassMapping) -> None:
        """Plan what `mapping` says of the classes that there are; one at least stays."""
        classes = tuple(
            PlannedClass(
                each.found,
                mapping.rename.get(each.found.name, each.found.name).strip() or each.found.name,
                each.found.name not in mapping.left_out,
            )
            for each in self.classes
        )
        if _enough(classes):
            self._take(classes)

    def rename(self, name: str, new_name: str) -> None:
        """Call a class of the files `new_name` from now on.

        Raises
        ------
        ValueError
            If `new_name` is empty.
        """
        new_name = new_name.strip()
        if not new_name:
            text = _("the new name of {name!r} is empty: type one, or leave the class out instead")
            raise ValueError(text.format(name=name))
        self._take(self._changed(name, new_name=new_name))

    def keep(self, name: str, kept: bool) -> None:
        """Keep a class, or leave its objects out.

        Raises
        ------
        ValueError
            If none would be left.
        """
        classes = self._changed(name, kept=kept)
        if not kept and not _enough(classes):
            raise ValueError(_("at least one class must stay"))
        self._take(classes)

    def reset(self) -> None:
        """Keep all classes as the files have them."""
        self._take(tuple(PlannedClass(each.found, each.found.name, True) for each in self.classes))

    def _changed(self, name: str, **changes: Any) -> tuple[PlannedClass, ...]:
        return tuple(
            replace(each, **changes) if each.found.name == name else each for each in self.classes
        )

    def _take(self, classes: tuple[PlannedClass, ...]) -> None:
        with self.hold_trait_notifications():
            self.classes = classes
            self.mapping = ClassMapping(
                {
                    each.found.name: each.new_name
                    for each in classes
                    if each.kept and each.new_name != each.found.name
                },
                frozenset(each.found.name for each in classes if not each.kept),
            )


def _enough(classes: tuple[PlannedClass, ...]) -> bool:
    """Say whether a class is left that objects can be trained as: one with a name."""
    return any(each.kept and each.new_name for each in classes)
