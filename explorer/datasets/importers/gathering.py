"""Images of label files that speak of many: each image once, whichever files name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.side_names import one_side, several_sides
from explorer.i18n import ngettext


class GatheredImage:
    """An image while its label files are read."""

    def __init__(self, name: str, path: Path | None, label_file: Path) -> None:
        self.name, self.path, self.label_file = name, path, label_file
        self.said_size_px: tuple[int, int] | None = None
        self.problems: list[str] = []
        self.left_out: list[str] = []
        self.sides: set[str] = set()
        self._by_file: dict[Path, list[Annotation]] = {}

    def add(self, one: Annotation, label_file: Path) -> None:
        """Add an object."""
        self._by_file.setdefault(label_file, []).append(one)

    def objects(self) -> Iterator[list[Annotation]]:
        """Yield the objects of one label file after the other, without those of files before.

        Exports of one set lie together: what two files say is one object.
        """
        if len(self._by_file) == 1:
            yield from self._by_file.values()
            return
        known: set[tuple[object, ...]] = set()
        for each in self._by_file.values():
            new = [one for one in each if _key(one) not in known]
            known |= {_key(one) for one in new}
            yield new

    def finished(self, objects: Iterable[list[Annotation]]) -> LabelledImage:
        """Return it with these objects."""
        return LabelledImage(
            self.name,
            self.path,
            self.label_file,
            self.said_size_px,
            tuple(chain.from_iterable(objects)),
            tuple(self.problems),
            tuple(self.left_out),
        )

    @property
    def num_added(self) -> int:
        """How many objects were added, of all files."""
        return sum(map(len, self._by_file.values()))


def _key(one: Annotation) -> tuple[object, ...]:
    return one.class_name, *(round(side, 1) for side in one.box_px)


class Gathering:
    """All images of a folder's label files."""

    def __init__(self, files: ImageFiles) -> None:
        self._files = files
        self._images: dict[Path | str, GatheredImage] = {}

    def image(
        self, said: str, label_file: Path, unnamed: str = "", side: str | None = None
    ) -> GatheredImage:
        """Return the image that a label file calls `said`, which may be known by other names.

        Parameters
        ----------
        unnamed : str
            Its name where `said` is empty.
        side : str, optional
            What the image is for; by default what the label file's name or folder says.
        """
        side = side or self._files.sides.of_file(self._files.name(label_file))
        path, doubt = self._files.find(said, label_file, side)
        name = self._files.called(path, said) or self._files.called(None, unnamed)
        image = self.found(path, name, label_file, doubt)
        # The file that says what is on an image says what it is for; else its folder does.
        image.sides |= {side} if side is not None else set()
        return image

    def found(
        self, path: Path | None, name: str, label_file: Path, doubt: str | None = None
    ) -> GatheredImage:
        """Return the image of a path; where it was not found that of a name, in `label_file`.

        Parameters
        ----------
        doubt : str, optional
            Why it was not found.
        """
        # Two folders may lack an image of the same name: it is another one in each.
        key = path or f"{label_file.parent}/{name}"
        if key not in self._images:
            image = self._images[key] = GatheredImage(name, path, label_file)
            if doubt is not None:
                image.problems.append(f"{label_file.name}: {doubt}")
        return self._images[key]

    def finished(
        self, kind: str, class_names: Iterable[str] | None = None, notes: Iterable[str] = ()
    ) -> AnnotationSet:
        """Return them all, in the order in which they were named first.

        Parameters
        ----------
        class_names : iterable of str, optional
            By default those of the objects, sorted.
        """
        gathered = list(self._images.values())
        objects = [list(each.objects()) for each in gathered]
        images = tuple(each.finished(its) for each, its in zip(gathered, objects, strict=True))
        used = {one.class_name for image in images for one in image.objects}
        names = sorted(used) if class_names is None else dict.fromkeys(class_names)
        split = {each.name: one_side(each.sides) for each in gathered if each.sides}
        notes = list(notes)
        repeated = sum(each.num_added for each in gathered) - sum(
            len(image.objects) for image in images
        )
        if repeated:
            notes.append(
                ngettext(
                    "{n:,} box is in two files: it counts once",
                    "{n:,} boxes are in two files each: they count once",
                    repeated,
                )
            )
        several = sum(sum(map(bool, its)) > 1 for its in objects)
        if several:
            notes.append(
                ngettext(
                    "{n:,} image has boxes of more than one file: all of them were taken",
                    "{n:,} images have boxes of more than one file each: all of them were taken",
                    several,
                )
            )
        both = sum(len(each.sides) > 1 for each in gathered)
        if both:
            notes.append(several_sides(both))
        return AnnotationSet(self._files.root, kind, images, tuple(names), split, tuple(notes))
