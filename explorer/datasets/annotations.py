"""What a user's label files say, as it stands there, right or wrong.

Every importer ends in these, and everything that follows (the doctor, the list of classes, the
split, the building of records) begins with them. Nothing is mended on the way in: a box in the
wrong unit, a class without a name or a missing image is kept as it is, for the doctor to find.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from explorer.datasets.labels import MAX_OBJECTS, too_many


@dataclass(frozen=True)
class Annotation:
    """One object."""

    class_name: str
    """Hostile until escaped; empty where the file gives none."""
    box_px: tuple[float, float, float, float]
    """corner, px of the upright image: the image as its EXIF orientation turns it, which is what
    labelling tools show; the doctor says where a label file's size is that of the image before
    it was turned. xmin, ymin, xmax, ymax without a ±1 convention: importers convert. Not
    checked; NaN where the file has no number.
    """
    place: str
    """Where it stands in its file, for a person: "object 3", "line 12"."""
    shape: str = ""
    """What it is in its file if that is no box, as people call it; `box_px` is around it."""


@dataclass(frozen=True)
class LabelledImage:
    """One image with all that is said of it."""

    name: str
    """The image's path below the folder that was read, with "/" between its parts."""
    path: Path | None
    """The image; None where it was not found."""
    label_file: Path
    """The image itself where nothing labels it."""
    said_size_px: tuple[int, int] | None = None
    """(width, height) or None: as the label file has it."""
    objects: tuple[Annotation, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be read of the label file, one sentence each."""
    left_out: tuple[str, ...] = ()
    """What is labelled on it and is no object to learn: "crowd", "point"; one for each."""

    @property
    def is_record(self) -> bool:
        """It is one of many in the record file that is its `path`."""
        return self.path is not None and self.path.suffix.lower() == ".rec"

    def within_limit(self) -> LabelledImage:
        """Return the image; one with far too many objects without them, and with that problem.

        Nothing that follows (drawing, examining, comparing) then has to fear their number.
        """
        if len(self.objects) <= MAX_OBJECTS:
            return self
        problems = (*self.problems, too_many(len(self.objects)))
        return replace(self, objects=(), problems=problems)


@dataclass(frozen=True)
class AnnotationSet:
    """All that was read of a folder."""

    root: Path
    kind: str
    """One of `label_formats.FORMATS`, or "images": without labels."""
    images: tuple[LabelledImage, ...]
    class_names: tuple[str, ...]
    """In the order of the files where they have one (COCO's ids, YOLO's list), else sorted."""
    split: dict[str, str]
    """Names of images to "train" or "val", where lists or folders say so; may be empty. An importer
    says "test", too; images of a test set leave with `read_annotations`.
    """
    notes: tuple[str, ...] = ()
    """What the importer decided, for a person: one sentence each."""
