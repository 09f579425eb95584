"""A user draws boxes on the images of a set, and corrects those that are there.

Each edit makes another `AnnotationSet`; the user's own files stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import traitlets as t

from explorer.datasets.own.label_draft import changed_images
from explorer.i18n import _
from explorer.pages.data.labelling.boxes import (
    UNNAMED,
    checked_class_name,
    clipped,
    copied,
    drawn,
    listed,
    next_at,
)
from explorer.pages.data.labelling.history import LabelEdit, LabelHistory
from explorer.pages.data.labelling.pictures import LabelledPictures, other_size
from explorer.pages.data.labelling.saving import LabelSaving

if TYPE_CHECKING:
    from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage

NOTHING = -1
"""No object is selected."""


class Labelling(t.HasTraits):
    """A set of images with boxes, the image that is looked at, and what was done to them.

    Attributes
    ----------
    saving : LabelSaving
        No trait: what becomes of the labels.
    """

    annotations = t.Any(None, allow_none=True)
    """AnnotationSet or None: with all changes: another one after each."""
    image = t.Int(0)
    """Which image is looked at."""
    picture = t.Any(None, allow_none=True)
    """Picture or None: None where there is no image, or it cannot be shown; `problem` then says
    why.
    """
    problem = t.Unicode("")
    """Why the image cannot be drawn on, or ""."""
    objects = t.Tuple()
    """tuple of Annotation: of the image."""
    selected = t.Int(NOTHING)
    """Which of them is edited; `NOTHING` if none is."""
    class_names = t.Tuple()
    """tuple of str: hostile until escaped."""
    class_name = t.Unicode("")
    """Of the next new box; "" while there is no class."""
    changed = t.Int(0)
    """Images that are not as in the user's files."""
    can_undo = t.Bool(False)
    can_redo = t.Bool(False)

    def __init__(self) -> None:
        super().__init__()
        self._history = LabelHistory()
        self._pictures = LabelledPictures()
        self._shown: tuple[Any, ...] | None = None
        self.original: AnnotationSet | None = None
        self.saving = LabelSaving(self)

    @property
    def images(self) -> tuple[LabelledImage, ...]:
        """All images of the set."""
        annotations: AnnotationSet | None = self.annotations
        return () if annotations is None else annotations.images

    @property
    def num_with_boxes(self) -> int:
        """How many images have one."""
        return sum(bool(image.objects) for image in self.images)

    def show_set(self, annotations: AnnotationSet | None, source: str = "") -> None:
        """Look at a set as it was read, from its first image; all that was done is forgotten.

        `source` is what was read, if not the set's own folder: labels that were left come back.
        """
        with suppress(ValueError):  # whoever writes the drafts has said so already
            self.saving.write_draft()
        self._history.clear()
        self._pictures.close()
        self._pictures, self._shown = LabelledPictures(), None
        self.original = annotations
        self.saving.show_set(annotations, source)
        with self.hold_trait_notifications():
            self.class_name = ""
            self._become(annotations, 0, NOTHING)

    def take(self, annotations: AnnotationSet) -> None:
        """Take the set as the label doctor has changed it; undo brings it back."""
        names = [image.name for image in annotations.images]
        here = self.images[self.image].name if self.images else ""
        image = names.index(here) if here in names else min(self.image, max(0, len(names) - 1))
        self._do("", annotations, NOTHING, image)

    def go(self, image: int) -> None:
        """Look at an image, by its number; beyond the first and the last it stays there."""
        if self.images:
            image = min(max(image, 0), len(self.images) - 1)
            if image != self.image:
                self._history.pause()
                self._become(self.annotations, image, NOTHING)

    def turn(self, by: int) -> None:
        """Go on by this many images, or back."""
        self.go(self.image + by)

    def go_to_empty(self) -> None:
        """Look at the next image without boxes, from the first again after the last."""
        count = len(self.images)
        ahead = [(self.image + step) % count for step in range(1, count + 1)]
        found = next((number for number in ahead if not self.images[number].objects), None)
        if found is None:
            raise ValueError(_("Every image has a box."))
        self.go(found)

    def select(self, number: int) -> None:
        """Edit an object of the image; with a number that has none, none."""
        self._history.pause()
        self.selected = number if 0 <= number < len(self.objects) else NOTHING

    def pick(self, x: float, y: float) -> None:
        """Select the smallest box at a point, px; from there on the next larger one."""
        self.select(next_at(self.objects, x, y, self.selected))

    def create(self, x: float, y: float, width: float, height: float) -> None:
        """Add a box of class `class_name`, px; a tiny one is not made."""
        box = clipped((x, y, x + width, y + height), self._size())
        if box is not None:
            one = drawn(self.class_name or UNNAMED, box, len(self.objects) + 1)
            self._edit("", (*self.objects, one), len(self.objects))

    def move(self, x: float, y: float, width: float, height: float) -> None:
        """Give the selected object another box, px; a tiny one is not taken."""
        box = clipped((x, y, x + width, y + height), self._size())
        if box is not None and self.selected != NOTHING:
            self._replace(f"move {self.image} {self.selected}", self.selected, box_px=box)

    def delete(self, number: int | None = None) -> None:
        """Remove the selected object, or another one by its number."""
        number = self.selected if number is None else number
        if 0 <= number < len(self.objects):
            self._size()
            kept = (*self.objects[:number], *self.objects[number + 1 :])
            later = self.selected - (self.selected > number)
            self._edit("", kept, NOTHING if number == self.selected else later)

    def name(self, class_name: str, number: int | None = None) -> None:
        """Give the selected object, or another one, a class; new boxes get it too.

        A class that the list does not have is added to it.

        Raises
        ------
        ValueError
            If the name is empty or longer than 100 characters.
        """
        class_name = checked_class_name(class_name)
        number = self.selected if number is None else number
        if 0 <= number < len(self.objects):
            self._size()
            self._replace("", number, class_name=class_name)
        elif class_name not in self.class_names:
            self._change("", self._here(), self.selected, class_name)
        self.class_name = class_name

    def name_by_key(self, key: int) -> None:
        """Give the class of a key, 1 to 9; one that has none does nothing."""
        if 1 <= key <= min(9, len(self.class_names)):
            self.name(self.class_names[key - 1])

    def copy_previous(self) -> None:
        """Add the boxes of the image before that are not there yet, cut at the border."""
        size = self._size()
        added = copied(self.images[self.image - 1], self.objects, size) if self.image else []
        if not added:
            raise ValueError(_("The previous image has no other boxes that would fit here."))
        self._edit("", (*self.objects, *added), NOTHING)

    def take_size(self) -> None:
        """Let the image have the size of its file where its label says another one."""
        if self.picture is not None:
            size = (self.picture.width_px, self.picture.height_px)
            self._change("", replace(self._here(), said_size_px=size), self.selected)

    def undo(self) -> None:
        """Take the last edit back, on the image where it happened; a drag is one edit."""
        step = self._history.undo()
        if step is not None:
            self._become(step.before, step.image, step.selected_before)

    def redo(self) -> None:
        """Do again what was taken back, on the image where it happened."""
        step = self._history.redo()
        if step is not None:
            self._become(step.after, step.image, step.selected_after)

    def _here(self) -> LabelledImage:
        if not self.images:
            raise ValueError(_("There is no image to draw on."))
        image: LabelledImage = self.images[self.image]
        return image

    def _replace(self, edit: str, number: int, **changes: Any) -> None:
        before = self.objects[number]
        after = replace(before, **changes)
        if after != before:
            objects = (*self.objects[:number], after, *self.objects[number + 1 :])
            self._edit(edit, objects, self.selected)

    def _edit(self, edit: str, objects: Sequence[Annotation], selected: int) -> None:
        # What the user has drawn stands in for what could not be read of the file.
        image = replace(self._here(), objects=tuple(objects), problems=())
        self._change(edit, image, selected)

    def _change(self, edit: str, image: LabelledImage, selected: int, new_class: str = "") -> None:
        images = (*self.images[: self.image], image, *self.images[self.image + 1 :])
        kept = () if self.original is None else self.original.class_names
        names = listed((*self.class_names, new_class), images, kept)
        after = replace(self.annotations, images=images, class_names=names)
        self._do(edit, after, selected, self.image)

    def _do(self, edit: str, after: AnnotationSet, selected: int, image: int) -> None:
        before: AnnotationSet = self.annotations
        if self.saving.offer:
            raise ValueError(_("Decide first what becomes of the labels that you left here."))
        self._history.add(LabelEdit(edit, before, after, image, self.selected, selected))
        self._become(after, image, selected)

    def _become(self, annotations: AnnotationSet | None, image: int, selected: int) -> None:
        """Show a state; observers see all of it or nothing."""
        image = max(0, min(image, len(annotations.images) - 1)) if annotations is not None else 0
        with self.hold_trait_notifications():
            self.annotations = annotations
            self.image = image
            here = self.images[image] if self.images else None
            self._look(here)
            self.objects = () if here is None else here.objects
            self.selected = selected
            self.class_names = () if annotations is None else annotations.class_names
            if self.class_name not in self.class_names:
                self.class_name = self.class_names[0] if self.class_names else ""
            self.changed = 0
            if annotations is not None and self.original is not None:
                self.changed = len(changed_images(self.original, annotations))
            self.can_undo, self.can_redo = bool(self._history.done), bool(self._history.undone)

    def _look(self, image: LabelledImage | None) -> None:
        """Read the picture if it is another one, and find out whether it can be drawn on."""
        key = () if image is None else (image.path, image.name)
        if key != self._shown:
            self._shown = key
            self.picture, self.problem = None, ""
            if image is not None:
                self.picture, self.problem = self._pictures.read(image)
                self._pictures.expect(self.images[(self.image + 1) % len(self.images)])
        if self.picture is not None and image is not None:
            self.problem = other_size(image, self.picture)

    def _size(self) -> tuple[int, int]:
        """Return width and height of an image that may be drawn on.

        Raises
        ------
        ValueError
            If it may not: `problem`.
        """
        if self.picture is None or self.problem:
            raise ValueError(self.problem or _("There is no image to draw on."))
        return self.picture.width_px, self.picture.height_px
