"""Which files are below a folder, and which image a label file means by a name."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from explorer.datasets.importers.folder.path_ends import PathEnds
from explorer.datasets.importers.folder.path_names import parts_of, readings_of
from explorer.datasets.importers.folder.side_names import Sides
from explorer.datasets.importers.folder.texts import read_text
from explorer.i18n import _
from explorer.images import IMAGE_SUFFIXES, UNREAD_FORMATS, read_header
from explorer.plain_files import is_no_file


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
        self._names: dict[Path, str] = {}
        for folder, names, files in os.walk(root, onerror=self._leave_out):
            names[:] = [name for name in names if not _hidden(name)]
            here = Path(folder)
            below = "".join(f"{part}/" for part in here.relative_to(root).parts)
            for name in files:
                if not _hidden(name):
                    path = here / name
                    self._names[path] = below + name
                    (self.left_out if is_no_file(path) else self.files).append(path)
        self.files.sort(key=lambda path: self._names[path].split("/"))
        self.left_out.sort()
        self.images = [path for path in self.files if path.suffix.lower() in IMAGE_SUFFIXES]
        """Those of `files` that are called like an image."""
        self.unread = [path for path in self.files if path.suffix.lower() in UNREAD_FORMATS]
        """Those that are called like an image of a format that is not read."""
        # What is read is meant before what is not: the same photograph is there as .heic and .jpg.
        self._known = [self._indexed(self.images), self._indexed(self.unread)]
        self.looked_into: dict[Path, Any] = {}
        """What those JSON files hold that told the format; whoever reads one takes it from here."""

    def _leave_out(self, error: OSError) -> None:
        self.left_out.append(Path(error.filename))

    def _indexed(self, images: list[Path]) -> tuple[PathEnds[Path], PathEnds[Path]]:
        named = [(parts_of(self.name(path)), path) for path in images]
        stems = [((*parts[:-1], parts[-1].rpartition(".")[0]), path) for parts, path in named]
        return PathEnds(named), PathEnds(stems)

    @cached_property
    def sides(self) -> Sides:
        """Which names of files and folders say what is for training, validation and test."""
        return Sides(self.name(path) for path in self.files)

    def text(self, path: Path) -> str:
        """Return what a text file says; see `read_text`."""
        return read_text(path, self.encoding)

    def name(self, path: Path) -> str:
        """Return the path below the root, with "/" between its parts."""
        return self._names.get(path) or path.relative_to(self.root).as_posix()

    def called(self, image: Path | None, said: str) -> str:
        """Return the name of an image, or where it was not found what a label file calls it."""
        if image is not None:
            return self.name(image)
        parts = PurePosixPath(said.replace("\\", "/")).parts
        return "/".join(part for part in parts if part not in ("/", ".."))

    def with_suffix(self, *suffixes: str) -> list[Path]:
        """Return the files that end in one of these, in any case, in order of their paths."""
        found = [self._by_suffix.get(suffix, []) for suffix in suffixes]
        return list(found[0]) if len(found) == 1 else sorted(chain(*found))

    @cached_property
    def _by_suffix(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = defaultdict(list)
        for path in self.files:
            found[path.suffix.lower()].append(path)
        return found

    def find(
        self, said: str, label_file: Path | None = None, side: str | None = None
    ) -> tuple[Path | None, str | None]:
        """Return the image that a label file calls `said`; if several are called so, that.

        The image whose path agrees with most of `said`, from its end, is meant. Among equals: the
        one beside the label file; the one that shares most of its folders and is in a folder of
        `side` ("train", "val" or "test"); the one from whose folder all of them can be named:
        ``a/1.jpg`` is no name for ``b/a/1.jpg`` where the other is there. Where `said` tells no
        side, an image in a folder for validation is never that of a label file in a folder for
        training. A name without an ending means an image of that stem.
        """
        for parts in readings_of(said):
            for place in (0, 1):
                for named_stems in self._known:
                    found = self._best(parts, said, named_stems[place], label_file, side)
                    if found != (None, None):
                        return found
        return None, None  # the doctor says what is missing

    def with_stem(
        self, stem: str, label_file: Path | None = None
    ) -> tuple[Path | None, str | None]:
        """Return the image whose path ends in `stem`, whatever its suffix; as `find`."""
        for __, stems in self._known:
            found = self._best(parts_of(stem), stem, stems, label_file, None)
            if found != (None, None):
                return found
        return None, None

    def _best(
        self,
        parts: tuple[str, ...],
        said: str,
        known: PathEnds[Path],
        label_file: Path | None,
        side: str | None,
    ) -> tuple[Path | None, str | None]:
        if not parts:
            return None, None
        most, best = known.alike(parts)
        if label_file is not None:
            for folder in _beside(parts_of(self.name(label_file))):
                place = (*folder, parts[-1])
                if most and place[-most:] == parts[-most:]:
                    beside = self._spelled(known.at(place), said)
                    if beside:
                        # The same stem as .jpg and as .png is no doubt, in this one place.
                        return beside[0], None
            best = self._of_side(best, parts, label_file)
        if len(best) > 1:
            near = best if label_file is None else _nearest(best, label_file)
            on_side = [path for path in best if self.sides.of_folders(self.name(path)) == side]
            # The nearest one and that of the side may be two: then it is a doubt.
            best = [path for path in near if side is None or path in on_side or not on_side] or best
        best = self._spelled(best, said)
        if most == len(parts):
            best = _outermost(best, len(parts))
        if len(best) < 2:
            return (best[0] if best else None), None
        names = ", ".join(self.name(path) for path in sorted(best)[:3])
        text = _("{number} images are called {said}: {names}")
        return None, text.format(number=len(best), said=said, names=names)

    @staticmethod
    def _spelled(paths: list[Path], said: str) -> list[Path]:
        """Return the paths that are spelled as the name is, in upper and lower case; else all."""
        if len(paths) < 2:
            return paths
        name = PurePosixPath(said.replace("\\", "/")).name
        return [path for path in paths if name in (path.name, path.stem)] or paths

    def _of_side(self, paths: list[Path], parts: tuple[str, ...], label_file: Path) -> list[Path]:
        """Return the paths that lie in no folder of another side than the label file does."""
        side = self.sides.of_folders(self.name(label_file))
        if side is None or self.sides.of_folders("/".join(parts)) is not None:
            return paths
        return [path for path in paths if self.sides.of_folders(self.name(path)) in (None, side)]


def size_of(path: Path | None) -> tuple[int, int] | None:
    """Return (width, height) of the upright image in px; None where it cannot be read."""
    if path is None:
        return None
    try:
        return read_header(path).size_px
    except ValueError:
        return None  # the doctor opens every image and says what is wrong with it


def _beside(label_file: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the folders in which the images of a label file lie, if it does not say where."""
    *home, last = label_file
    yield *home, last.rpartition(".")[0]  # train/ beside train.json
    yield (*home,)
    for above in (home, home[:-1]):
        yield *above, "images"
        yield *above, "jpegimages"
    yield (*home[:-1],)


def _nearest(paths: list[Path], label_file: Path) -> list[Path]:
    """Return those that share most of their folders with a label file."""
    if len(paths) < 2:
        return paths
    shared = [len(os.path.commonpath([label_file.parent, path.parent])) for path in paths]
    most = max(shared)
    return [path for path, n in zip(paths, shared, strict=True) if n == most]


def _outermost(paths: list[Path], depth: int) -> list[Path]:
    """Return the path below whose folder, `depth` parts up, all others are; else all."""
    if len(paths) < 2:
        return paths
    roots = [path.parents[depth - 1] for path in paths]
    top = min(roots, key=lambda root: len(root.parts))
    if roots.count(top) == 1 and all(root.is_relative_to(top) for root in roots):
        return [paths[roots.index(top)]]
    return paths


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name == "__MACOSX"
