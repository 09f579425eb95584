"""Which files are below a folder, and which image a label file means by a name.

Label files name images as the machine had them that wrote the file: with a Windows drive, a
folder that is elsewhere now, upper case, or another way to store an accent. So names are
compared in lower case, composed, and from their end.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from explorer.i18n import _
from explorer.images import IMAGE_SUFFIXES, read_header
from explorer.plain_files import is_no_file

_ByLastPart = dict[str, list[tuple[tuple[str, ...], Path]]]
"""Images by the last part of their paths, each with all parts of it."""


class ImageFiles:
    """All files below a folder, read once.

    Those that a system hides (``.…``) and what a program keeps of before (``…~``) are left alone.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
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
        self._named: _ByLastPart = defaultdict(list)
        self._stems: _ByLastPart = defaultdict(list)
        for path in self.images:
            parts = parts_of(self.name(path))
            self._named[parts[-1]].append((parts, path))
            stem = parts[-1].rpartition(".")[0]
            self._stems[stem].append(((*parts[:-1], stem), path))

    def _leave_out(self, error: OSError) -> None:
        self.left_out.append(Path(error.filename))

    def name(self, path: Path) -> str:
        """Return the path below the root, with "/" between its parts."""
        return path.relative_to(self.root).as_posix()

    def called(self, image: Path | None, said: str) -> str:
        """Return the name of an image, or where it was not found what a label file calls it."""
        return self.name(image) if image else said.replace("\\", "/").lstrip("/")

    def with_suffix(self, *suffixes: str) -> list[Path]:
        """Return the files that end in one of these, in any case."""
        return [path for path in self.files if path.suffix.lower() in suffixes]

    def find(self, said: str, beside: Iterable[Path] = ()) -> tuple[Path | None, str | None]:
        """Return the image that a label file calls `said`; if several are called so, that.

        The image whose path agrees with most of `said`, from its end, is meant; among equals
        the one in a folder of `beside`, in their order; then the one from whose folder all of
        them can be named: ``a/1.jpg`` is no name for ``b/a/1.jpg`` where the other is there.
        """
        return self._best(said, self._named, beside)

    def with_stem(self, stem: str, beside: Iterable[Path] = ()) -> tuple[Path | None, str | None]:
        """Return the image whose path ends in `stem`, whatever its suffix; as `find`."""
        return self._best(stem, self._stems, beside)

    def _best(
        self, said: str, known: _ByLastPart, beside: Iterable[Path]
    ) -> tuple[Path | None, str | None]:
        parts = parts_of(said)
        found = known.get(parts[-1]) if parts else None
        if found is None:
            return None, None  # the doctor says what is missing
        agreeing = [_agreeing(parts, has) for has, _ in found]
        best = [path for n, (_, path) in zip(agreeing, found, strict=True) if n == max(agreeing)]
        for folder in beside:
            # Among equals: the same stem as .jpg and as .png is no doubt, in this one place.
            near = next((path for path in best if path.parent == folder), None)
            if near is not None:
                return near, None
        if max(agreeing) == len(parts):
            best = _outermost(best, len(parts))
        if len(best) == 1:
            return best[0], None
        names = ", ".join(self.name(path) for path in best[:3])
        text = _("{number} images are called {said}: {names}")
        return None, text.format(number=len(best), said=said, names=names)


def parts_of(said: str) -> tuple[str, ...]:
    """Return the parts of a path of any system, as they are compared."""
    plain = unicodedata.normalize("NFC", said.strip().replace("\\", "/")).lower()
    return tuple(part for part in plain.split("/") if part not in ("", "."))


def size_of(path: Path | None) -> tuple[int, int] | None:
    """Return (width, height) of the upright image in px; None where it cannot be read."""
    if path is None:
        return None
    try:
        return read_header(path).size_px
    except ValueError:
        return None  # the doctor opens every image and says what is wrong with it


def _agreeing(said: tuple[str, ...], has: tuple[str, ...]) -> int:
    """Return how many parts agree, from the end."""
    count = 0
    for a, b in zip(reversed(said), reversed(has), strict=False):
        if a != b:
            break
        count += 1
    return count


def _outermost(paths: list[Path], depth: int) -> list[Path]:
    """Return the path below whose folder, `depth` parts up, all others are; else all."""
    roots = [path.parents[depth - 1] for path in paths]
    top = min(roots, key=lambda root: len(root.parts))
    if roots.count(top) == 1 and all(root.is_relative_to(top) for root in roots):
        return [paths[roots.index(top)]]
    return paths


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name == "__MACOSX"
