"""Which files are below a folder, and which image a label file means by a name."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from explorer.datasets.importers.folder.path_names import agreeing, parts_of, readings_of
from explorer.datasets.importers.folder.side_names import Sides
from explorer.datasets.importers.folder.texts import read_text
from explorer.i18n import _
from explorer.images import IMAGE_SUFFIXES, UNREAD_FORMATS, read_header
from explorer.plain_files import is_no_file

_ByLastPart = dict[str, list[tuple[tuple[str, ...], Path]]]
"""Images by the last part of their paths, each with all parts of it."""


class ImageFiles:
    """All files below a folder, read once.

    Those that a system hides (``.…``) and what a program keeps of before (``…~``) are left alone.
    """

    def __init__(self, root: Path, encoding: str | None = None) -> None:
        self.root = root
        self.encoding = encoding
        """Of texts that do not say their own; None: UTF-8."""
        self.files: list[Path] = []
        """In order of their paths; a link that leads nowhere is one of them."""
        self.left_out: list[Path] = []
        """Pipes, sockets and devices, which nobody may wait for, and folders that are closed."""
        for folder, names, files in os.walk(root, onerror=self._leave_out):
            names[:] = [name for name in names if not _hidden(name)]
            for path in (Path(folder, name) for name in files if not _hidden(name)):
                (self.left_out if is_no_file(path) else self.files).append(path)
        self.files.sort()
        self.left_out.sort()
        self.images = [path for path in self.files if path.suffix.lower() in IMAGE_SUFFIXES]
        """Those of `files` that are called like an image."""
        self.unread = [path for path in self.files if path.suffix.lower() in UNREAD_FORMATS]
        """Those that are called like an image of a format that is not read."""
        # What is read is meant before what is not: the same photograph is there as .heic and .jpg.
        self._known = [self._indexed(self.images), self._indexed(self.unread)]

    def _leave_out(self, error: OSError) -> None:
        self.left_out.append(Path(error.filename))

    def _indexed(self, images: list[Path]) -> tuple[_ByLastPart, _ByLastPart]:
        named: _ByLastPart = defaultdict(list)
        stems: _ByLastPart = defaultdict(list)
        for path in images:
            parts = parts_of(self.name(path))
            named[parts[-1]].append((parts, path))
            stem = parts[-1].rpartition(".")[0]
            stems[stem].append(((*parts[:-1], stem), path))
        return named, stems

    @cached_property
    def sides(self) -> Sides:
        """Which names of files and folders say what is for training, validation and test."""
        return Sides(self.name(path) for path in self.files)

    def text(self, path: Path) -> str:
        """Return what a text file says; see `read_text`."""
        return read_text(path, self.encoding)

    def name(self, path: Path) -> str:
        """Return the path below the root, with "/" between its parts."""
        return path.relative_to(self.root).as_posix()

    def called(self, image: Path | None, said: str) -> str:
        """Return the name of an image, or where it was not found what a label file calls it."""
        return self.name(image) if image else said.replace("\\", "/").lstrip("/")

    def with_suffix(self, *suffixes: str) -> list[Path]:
        """Return the files that end in one of these, in any case."""
        return [path for path in self.files if path.suffix.lower() in suffixes]

    def find(
        self, said: str, beside: Iterable[Path] = (), side: str | None = None
    ) -> tuple[Path | None, str | None]:
        """Return the image that a label file calls `said`; if several are called so, that.

        The image whose path agrees with most of `said`, from its end, is meant; among equals
        the one in a folder of `beside`, in their order; then the one that lies in a folder of
        `side` ("train", "val" or "test"); then the one from whose folder all of
        them can be named: ``a/1.jpg`` is no name for ``b/a/1.jpg`` where the other is there.
        A name without an ending means an image of that stem.
        """
        beside = tuple(beside)
        for parts in readings_of(said):
            for place in (0, 1):
                for named_stems in self._known:
                    found = self._best(parts, named_stems[place], beside, side, said)
                    if found != (None, None):
                        return found
        return None, None  # the doctor says what is missing

    def with_stem(self, stem: str, beside: Iterable[Path] = ()) -> tuple[Path | None, str | None]:
        """Return the image whose path ends in `stem`, whatever its suffix; as `find`."""
        for __, stems in self._known:
            found = self._best(parts_of(stem), stems, tuple(beside), None, stem)
            if found != (None, None):
                return found
        return None, None

    def _best(
        self,
        parts: tuple[str, ...],
        known: _ByLastPart,
        beside: tuple[Path, ...],
        side: str | None,
        said: str,
    ) -> tuple[Path | None, str | None]:
        found = known.get(parts[-1]) if parts else None
        if found is None:
            return None, None
        most = [agreeing(parts, has) for has, _ in found]
        best = [path for n, (_, path) in zip(most, found, strict=True) if n == max(most)]
        for folder in beside:
            # Among equals: the same stem as .jpg and as .png is no doubt, in this one place.
            near = next((path for path in best if path.parent == folder), None)
            if near is not None:
                return near, None
        if side is not None and len(best) > 1:
            on_side = [path for path in best if self.sides.of_folders(self.name(path)) == side]
            best = on_side or best
        if max(most) == len(parts):
            best = _outermost(best, len(parts))
        if len(best) == 1:
            return best[0], None
        names = ", ".join(self.name(path) for path in best[:3])
        text = _("{number} images are called {said}: {names}")
        return None, text.format(number=len(best), said=said, names=names)


def size_of(path: Path | None) -> tuple[int, int] | None:
    """Return (width, height) of the upright image in px; None where it cannot be read."""
    if path is None:
        return None
    try:
        return read_header(path).size_px
    except ValueError:
        return None  # the doctor opens every image and says what is wrong with it


def _outermost(paths: list[Path], depth: int) -> list[Path]:
    """Return the path below whose folder, `depth` parts up, all others are; else all."""
    roots = [path.parents[depth - 1] for path in paths]
    top = min(roots, key=lambda root: len(root.parts))
    if roots.count(top) == 1 and all(root.is_relative_to(top) for root in roots):
        return [paths[roots.index(top)]]
    return paths


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name == "__MACOSX"
