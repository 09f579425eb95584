"""Labels while they are drawn: what a program that ends at any moment leaves behind.

A draft holds the images whose objects are others than in the user's own files, whether they
were saved or not, and lies beside the folder that they are saved in by default:
``labels/photos.draft.json`` beside ``labels/photos``.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from explorer.data_folders import data_root
from explorer.datasets.annotations import Annotation, AnnotationSet, LabelledImage
from explorer.datasets.own.saved_labels import SavedLabels
from explorer.files import write_json
from explorer.i18n import _
from explorer.plain_files import read_plain

_SUFFIX = ".draft.json"
_VERSION = 1


@dataclass(frozen=True)
class LabelDraft:
    """Labels of a source that differ from its files."""

    source: str
    """The folder or zip file that was read."""
    written: str
    """When; ISO 8601, local time."""
    saved_in: str
    """The folder where these very labels are saved; "" if they are not."""
    folders: tuple[str, ...]
    """All where labels of this source were saved from here."""
    class_names: tuple[str, ...]
    images: Mapping[str, LabelledImage]
    """By name; path and label file are those of whoever reads it."""

    def taken_up(self, annotations: AnnotationSet) -> AnnotationSet:
        """Return the set with the objects of this draft; images that it lacks are left out."""
        images = []
        for image in annotations.images:
            drawn = self.images.get(image.name)
            if drawn is not None:
                image = replace(
                    image, said_size_px=drawn.said_size_px, objects=drawn.objects, problems=()
                )
            images.append(image)
        names = tuple(dict.fromkeys((*self.class_names, *annotations.class_names)))
        return replace(annotations, images=tuple(images), class_names=names)


def draft_of(
    before: AnnotationSet,
    now: AnnotationSet,
    source: str,
    written: str,
    saved_in: str,
    folders: tuple[str, ...],
) -> LabelDraft:
    """Return what differs between the set that was read and the one that was drawn."""
    images = {image.name: image for image in changed_images(before, now)}
    return LabelDraft(source, written, saved_in, folders, now.class_names, images)


def changed_images(before: AnnotationSet, now: AnnotationSet) -> list[LabelledImage]:
    """Return the images of `now` that are not so in `before`."""
    known = {(image.name, image.label_file): image for image in before.images}
    return [image for image in now.images if known.get((image.name, image.label_file)) != image]


def default_folder(name: str, source: str) -> Path:
    """Return where labels of a source are saved by default: ``labels/NAME`` in the data root.

    Another source of the same name may have been there before; then ``NAME-2``, ….
    """
    first = data_root() / "labels" / (name or "images")
    return next(folder for folder in _numbered(first) if _source_of(folder) in (None, source))


def write_draft(folder: Path, draft: LabelDraft) -> None:
    """Write it beside its default folder, atomically.

    Raises
    ------
    OSError
        If that cannot be written; what was there stays.
    """
    images = {
        name: {
            "size_px": image.said_size_px,
            "objects": [
                {
                    "class": one.class_name,
                    "place": one.place,
                    # JSON has no NaN, which is what a label file may have.
                    "box_px": [value if math.isfinite(value) else None for value in one.box_px],
                }
                for one in image.objects
            ],
        }
        for name, image in draft.images.items()
    }
    write_json(_path(folder), {"version": _VERSION, **vars(draft), "images": images})


def load_draft(folder: Path) -> LabelDraft | None:
    """Return the draft beside a default folder; None where there is none that can be read."""
    try:
        found = json.loads(read_plain(_path(folder)))
        if found["version"] != _VERSION:
            return None
        return LabelDraft(
            str(found["source"]),
            str(found["written"]),
            str(found["saved_in"]),
            tuple(map(str, found["folders"])),
            tuple(map(str, found["class_names"])),
            {name: _image(name, said) for name, said in found["images"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def delete_draft(folder: Path) -> None:
    """Remove the draft beside a default folder, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        _path(folder).unlink()


def _image(name: str, said: dict[str, Any]) -> LabelledImage:
    objects = tuple(
        Annotation(
            str(one["class"]),
            tuple(math.nan if value is None else float(value) for value in one["box_px"]),  # type: ignore[arg-type]
            str(one["place"]),
        )
        for one in said["objects"]
    )
    if any(len(one.box_px) != 4 for one in objects):
        raise ValueError(_("{name} has a box that is not of four numbers", name=name))
    size = said["size_px"]
    return LabelledImage(
        name, None, Path(), None if size is None else (int(size[0]), int(size[1])), objects
    )


def _path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_SUFFIX}")


def _source_of(folder: Path) -> str | None:
    """Return whose labels or draft are there; None where there are none of ours."""
    found = load_draft(folder) or SavedLabels.load(folder)
    return None if found is None else found.source


def _numbered(first: Path) -> Iterator[Path]:
    yield first
    for number in count(2):
        yield first.with_name(f"{first.name}-{number}")
