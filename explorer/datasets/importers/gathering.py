"""Images of label files that speak of many: each image once, whichever files name it."""

from __future__ import annotations

from collections.abc import Iterable
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
        self.num_repeated = 0
        self.sides: set[str] = set()
        self._objects: list[Annotation] = []
        self._sources: dict[tuple[object, ...], Path] = {}

    def add(self, one: Annotation, label_file: Path) -> None:
        """Add an object, unless another file had it before: exports of one set lie together."""
        key = (one.class_name, *(round(side, 1) for side in one.box_px))
        if self._sources.setdefault(key, label_file) != label_file:
            self.num_repeated += 1
            return
        self._objects.append(one)

    def finished(self) -> LabelledImage:
        """Return it with all that was added."""
        return LabelledImage(
            self.name,
            self.path,
            self.label_file,
            self.said_size_px,
            tuple(self._objects),
            tuple(self.problems),
            tuple(self.left_out),
        )


class Gathering:
    """All images of a folder's label files."""

    def __init__(self, files: ImageFiles) -> None:
        self._files = files
        self._images: dict[Path | str, GatheredImage] = {}

    def image(
        self,
        said: str,
        label_file: Path,
        beside: Iterable[Path] = (),
        unnamed: str = "",
        side: str | None = None,
    ) -> GatheredImage:
        """Return the image that a label file calls `said`, which may be known by other names.

        Parameters
        ----------
        beside : iterable of Path
            Folders in which it is looked for first.
        unnamed : str
            Its name where `said` is empty.
        side : str, optional
            What the image is for; by default what the label file's name or folder says.
        """
        side = side or self._files.sides.of_file(self._files.name(label_file))
        path, doubt = self._files.find(said, beside, side)
        name = self._files.called(path, said) or unnamed
        # Two folders may lack an image of the same name: it is another one in each.
        key = path or f"{label_file.parent}/{name}"
        if key not in self._images:
            image = self._images[key] = GatheredImage(name, path, label_file)
            if doubt is not None:
                image.problems.append(f"{label_file.name}: {doubt}")
        image = self._images[key]
        # The file that says what is on an image says what it is for; else its folder does.
        image.sides |= {side} if side is not None else set()
        return image

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
        images = tuple(each.finished() for each in gathered)
        used = {one.class_name for image in images for one in image.objects}
        names = sorted(used) if class_names is None else dict.fromkeys(class_names)
        split = {each.name: one_side(each.sides) for each in gathered if each.sides}
        notes = list(notes)
        repeated = sum(each.num_repeated for each in gathered)
        if repeated:
            notes.append(
                ngettext(
                    "{n:,} box is in two files: it counts once",
                    "{n:,} boxes are in two files each: they count once",
                    repeated,
                )
            )
        both = sum(len(each.sides) > 1 for each in gathered)
        if both:
            notes.append(several_sides(both))
        return AnnotationSet(self._files.root, kind, images, tuple(names), split, tuple(notes))
