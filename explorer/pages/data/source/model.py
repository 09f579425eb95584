"""State of what the user brings: a folder, a zip file or a set with a name, read in a thread.

Traits change on the event loop alone. What was read stays until something else is read whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import traitlets as t

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.catalog import dataset_path, is_named
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.importers import kinds_of, read_annotations
from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.texts import likely_encodings
from explorer.datasets.label_formats import WITHOUT_LABELS
from explorer.datasets.own.archives import extract_zip
from explorer.i18n import _, reason_of
from explorer.pages.shared.timing.job import Attempt, Job
from explorer.pages.shared.uploads.incoming import Incoming
from explorer.pages.shared.uploads.place import new_place

_TEXTS = 1000
"""Files that are looked at for their encoding."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Folder:
    """A folder to read, what the user calls it, and what must live as long as it is used."""

    path: Path
    where: str
    unpacked: tempfile.TemporaryDirectory[str] | None = None
    uploaded: bool = False


class OwnSource(Job):
    """What is looked at, and the reading of it."""

    where = t.Unicode("")
    """What the user named: a folder, a zip file or a data set; of an upload the file's name."""
    state = t.Enum(("empty", "working", "ready"), "empty")
    """{"empty", "working", "ready"}: "ready" if there are `annotations`."""
    kinds = t.Tuple()
    """tuple of str: formats of which one must be chosen before the last attempt can succeed;
    `WITHOUT_LABELS` alone where there are images and no labels.
    """
    annotations = t.Any(None, allow_none=True)
    """AnnotationSet or None: as the files have it, right or wrong."""
    encodings = t.Tuple()
    """tuple of str: of texts that do not say their own, of which one may be right."""
    kind = "auto"
    """What `open` was told of the labels of what is shown."""
    encoding = ""
    """What `open` was told of their texts."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: _Folder | None = None
        self._asked: _Folder | None = None
        self._tried = "auto"
        """What was read last, and what was last asked for without success."""

    @property
    def archive(self) -> str:
        """What was unpacked to be read; "" where the user's own folder is shown."""
        unpacked = self._shown is not None and self._shown.unpacked is not None
        return self.where if unpacked else ""

    @property
    def lasts(self) -> bool:
        """Whether `open` finds what is shown once more; an upload is gone with its page."""
        return self._shown is not None and not self._shown.uploaded

    async def open(self, where: str, kind: str = "auto", encoding: str = "") -> None:
        """Read what the user named: a folder or a zip file on this machine, or a data set.

        `cancel` or a later call end it without a result.

        Parameters
        ----------
        where : str
            "~" stands for the user's home.
        kind, encoding : str
            See `read_annotations`; no encoding is UTF-8.
        """
        self.cancel()
        where = where.strip()
        if not where:
            self.problem = _("Type the path of a folder or of a zip file, or choose a data set.")
            return
        if is_named(where):
            await self._read(_Folder(dataset_path(where), where), "records")
            return
        path = _path(where)
        try:
            is_folder, is_file = path.is_dir(), path.is_file()
        except OSError as error:
            text = _("{where} cannot be read: {reason}.")
            self.problem = text.format(where=where, reason=reason_of(error))
            return
        if is_folder:
            await self._read(_Folder(path, where), kind, encoding)
        elif is_file:
            await self._unpack(path, where, kind, encoding, uploaded=False)
        else:
            self.problem = _(
                "{where} is not there: type the path of a folder or of a zip file on the machine "
                "that serves this page, or drop a zip file here."
            ).format(where=where)

    async def open_upload(self, incoming: Incoming) -> None:
        """Read a folder or a zip file that came through the page."""
        folder = Path(incoming.place.name)
        inside = list(folder.iterdir())
        if len(inside) == 1 and inside[0].is_dir():
            folder = inside[0]
        elif len(inside) == 1 and inside[0].suffix.lower() == ".zip":
            try:
                await self._unpack(inside[0], incoming.name, uploaded=True)
            finally:
                incoming.place.cleanup()
            return
        await self._read(_Folder(folder, incoming.name, incoming.place, uploaded=True))

    async def open_as(self, kind: str = "", encoding: str = "") -> None:
        """Read once more what failed for want of a choice, with one of `kinds` or `encodings`.

        Where something is shown, labels that could not be read as text may be another reason.
        """
        folder = self._asked or self._shown
        if folder is not None:
            await self._read(folder, kind or self._tried, encoding)

    @property
    def at_rest(self) -> str:
        """Then what was there is still there."""
        return "empty" if self.annotations is None else "ready"

    def fail(self, error: Exception) -> None:
        """Say why the last attempt came to nothing; what was there stays."""
        self.problem = str(error)
        self.rest()

    async def _unpack(
        self, archive: Path, where: str, kind: str = "auto", encoding: str = "", *, uploaded: bool
    ) -> None:
        self.kinds = self.encodings = ()
        unpacked = await self.perform(
            partial(_unpacked, archive, Path(where).stem or "images"),
            lambda late: late[1].cleanup(),
            _("Unpacking {name}…").format(name=Path(where).name),
        )
        if unpacked is not None:
            await self._read(_Folder(unpacked[0], where, unpacked[1], uploaded), kind, encoding)

    async def _read(self, folder: _Folder, kind: str = "auto", encoding: str = "") -> None:
        self.kinds = self.encodings = ()
        self._tried = kind
        attempt = self.begin(_("Reading labels…"))
        work = partial(
            read_annotations,
            folder.path,
            kind,
            attempt.progress,
            attempt.is_cancelled,
            encoding or None,
        )
        try:
            annotations: AnnotationSet = await attempt.run(work)
        except (ValueError, OSError, CancelledError) as error:
            kinds, encodings = await attempt.run(partial(_choices, folder.path))
            if attempt.is_cancelled():
                _let_go(folder, self._shown, self._asked)
                return
            before, self._asked = self._asked, folder
            self.kinds = kinds if kind == "auto" and not encodings else ()
            self.encodings = encodings
            self.fail(error)
            _let_go(before, self._shown, folder)
            return
        except BaseException:
            self.rest()
            raise
        if attempt.is_cancelled():
            _let_go(folder, self._shown, self._asked)
            return
        # What was shown before may be read from until everybody has heard of the new one.
        before, asked = self._shown, self._asked
        self._shown, self._asked = folder, None
        self.kind, self.encoding = kind, encoding
        with self.hold_trait_notifications():
            self.where, self.annotations = folder.where, annotations
            if any(image.problems for image in annotations.images):
                self.encodings = _encodings(ImageFiles(folder.path))
            self.rest()
        for each in (before, asked):
            _let_go(each, folder)


def _let_go(folder: _Folder | None, *held: _Folder | None) -> None:
    """Remove what was unpacked for a folder, unless it is one of those that are still needed."""
    if folder is not None and folder.unpacked is not None and folder not in held:
        folder.unpacked.cleanup()


def _unpacked(
    archive: Path, name: str, attempt: Attempt
) -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """Return the folder that was in an archive, and what it lives in."""
    place = new_place()
    try:
        target = Path(place.name) / name
        return extract_zip(archive, target, attempt.progress, attempt.is_cancelled), place
    except BaseException:
        place.cleanup()
        raise


def _path(where: str) -> Path:
    try:
        return Path.cwd() / Path(where).expanduser()
    except RuntimeError:  # the home of somebody who is not there
        return Path.cwd() / where


def _choices(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the formats among which "auto" could not choose, and encodings that may be right."""
    files = ImageFiles(folder)
    encodings = _encodings(files)
    try:
        found = tuple(kinds_of(files))
    except ValueError:  # it was said already what is wrong with a file
        return (), encodings
    if len(found) > 1:
        return found, encodings
    return ((WITHOUT_LABELS,) if not found and files.images else ()), encodings


def _encodings(files: ImageFiles) -> tuple[str, ...]:
    """Return what the first text that is not UTF-8 may be in."""
    texts = files.with_suffix(".csv", ".tsv", ".txt", ".names", ".xml", ".yaml", ".yml")
    for path in texts[:_TEXTS]:
        found = likely_encodings(path)
        if found:
            return found
    return ()
