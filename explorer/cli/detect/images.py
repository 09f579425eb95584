"""The image files that a command names, singly or by their folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.i18n import _
from explorer.images import IMAGE_SUFFIXES


@dataclass(frozen=True)
class ImageFile:
    """A file, and where it lies below what the user named."""

    path: Path
    """To open it; begins as the user wrote it."""
    below: Path
    """Relative to the folder that was named; the file's name where it was named itself."""


def find_images(
    named: Sequence[Path], complain: Callable[[Exception], None], leave_out: Path | None = None
) -> list[ImageFile]:
    """Return named files as they are, and the images in named folders and all below them.

    In a folder those count whose suffix is one of `IMAGE_SUFFIXES` in any case, sorted; hidden
    files and folders do not, and no link to a folder is followed. A file that is named twice is
    returned once.

    Parameters
    ----------
    named : sequence of path
    complain : function of Exception
        Told of each folder that cannot be read or has no image.
    leave_out : path, optional
        A folder that is not looked into where it lies below a named one.
    """
    found: dict[str, ImageFile] = {}
    for path in named:
        if path.is_dir():
            files = _images_below(path, complain, leave_out)
            if not files:
                text = _("{path} has no image files ({suffixes})")
                complain(ValueError(text.format(path=path, suffixes=", ".join(IMAGE_SUFFIXES))))
        else:
            files = [ImageFile(path, Path(path.name))]
        for file in files:
            found.setdefault(os.path.realpath(file.path), file)
    return list(found.values())


def _images_below(
    root: Path, complain: Callable[[Exception], None], leave_out: Path | None
) -> list[ImageFile]:
    outside = None if leave_out is None else os.path.realpath(leave_out)
    files = []
    for folder, folders, names in os.walk(root, onerror=complain):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(here / name) != outside
        ]
        files += [
            ImageFile(here / name, (here / name).relative_to(root))
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES
        ]
    return sorted(files, key=lambda file: file.below)


def annotated_names(images: Sequence[ImageFile]) -> list[Path]:
    """Return what each image's annotated PNG is called, relative to the folder that has them.

    It is the image's place with the suffix ``.png``. Those that would get one name keep their
    own suffix before it, ``a.jpg.png``; those that still would, their folders too, as far up as
    all images have no folder in common.
    """
    if not images:
        return []
    real = [Path(os.path.realpath(image.path)) for image in images]
    top = os.path.commonpath([path.parent for path in real])
    choices = [
        (
            image.below.with_suffix(".png"),
            image.below.with_name(f"{image.below.name}.png"),
            path.with_name(f"{path.name}.png").relative_to(top),
        )
        for image, path in zip(images, real, strict=True)
    ]
    chosen = [0] * len(images)
    while True:
        names = [choice[number] for choice, number in zip(choices, chosen, strict=True)]
        count = Counter(names)
        if max(count.values()) == 1:
            return names
        if all(number == 2 for name, number in zip(names, chosen, strict=True) if count[name] > 1):
            return [choice[2] for choice in choices]
        chosen = [
            min(2, number + (count[name] > 1)) for name, number in zip(names, chosen, strict=True)
        ]
