"""A zip file from anybody, unpacked into a folder of ours.

Nothing in it is believed: names may lead out of the folder, entries may be links, and a few
kilobytes may unpack to a disk full. Sizes are counted while they are written, whatever the
file's own table says.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from explorer.datasets.folder_in_place import CancelledError, folder_in_place
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _
from explorer.plain_files import open_plain, parts_within

_BLOCK_BYTES = 1 << 20
_MEGABYTE = 2**20
_DIRT = ("__MACOSX", ".DS_Store", "Thumbs.db")
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class ZipLimits:
    """What an archive may ask of this machine."""

    files: int = 200_000
    megabytes: int = 20_000
    """Of all files together."""
    ratio: float = 50.0
    """Bytes that one of the archive may become, over all. Photographs hardly shrink, label files
    to a twentieth.
    """
    free_megabytes: int = 500
    """The part of the disk that stays free."""


def extract_zip(
    archive: Path,
    out_dir: Path,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    limits: ZipLimits = ZipLimits(),
) -> Path:
    """Unpack a zip file into a new folder and return that; it is there whole or not at all.

    Parameters
    ----------
    out_dir : Path
        Must not exist.
    progress : callable(done, total)
        In files.
    cancelled : callable() -> bool
        Asked after each file and each megabyte.

    Raises
    ------
    ValueError
        If it is no zip file, damaged or encrypted; if an entry lies outside of the folder, is a
        link or no plain file, or is there twice; if a limit is passed: one sentence.
    FileExistsError
        If the folder exists.
    OSError
        If the folder cannot be written or the disk is too full.
    """
    if out_dir.exists():
        raise FileExistsError(_("{out_dir} exists already", out_dir=out_dir))
    with (
        open_plain(archive) as stream,
        _opened(stream, archive.name) as opened,
        folder_in_place(out_dir, _("what is in {name}", name=archive.name)) as folder,
    ):
        entries = _entries(opened, archive.name, limits)
        most, too_much = min(
            (
                limits.megabytes * _MEGABYTE,
                _("{archive} unpacks to more than the {allowed:,} MB that are allowed"),
            ),
            (
                shutil.disk_usage(folder).free - limits.free_megabytes * _MEGABYTE,
                _("{archive} unpacks to more than the disk has room for"),
            ),
            (
                int(archive.stat().st_size * limits.ratio) + _MEGABYTE,
                _(
                    "{archive} unpacks to more than {ratio:g} times its size, which no set of "
                    "images does"
                ),
            ),
            key=lambda limit: limit[0],
        )
        written = 0
        stopped = _("stopped after {done} of {total} files")
        files = walk(entries, progress, cancelled, stopped)
        for done, (entry, name) in enumerate(files, start=1):
            target = folder.joinpath(*name.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with opened.open(entry) as source, target.open("xb") as written_to:
                    while block := source.read(_BLOCK_BYTES):
                        written += len(block)
                        if written > most:
                            values = {"allowed": limits.megabytes, "ratio": limits.ratio}
                            raise ValueError(too_much.format(archive=archive.name, **values))
                        written_to.write(block)
                        if cancelled is not None and cancelled():
                            text = stopped.format(done=done, total=len(entries))
                            raise CancelledError(text)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                text = _("{archive} is damaged at {name}: {error}")
                raise ValueError(
                    text.format(archive=archive.name, name=name, error=error)
                ) from None
    return out_dir


def _opened(stream: BinaryIO, archive: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        text = _("{name} is not a readable zip file: {error}")
        raise ValueError(text.format(name=archive, error=error)) from None


def _entries(
    opened: zipfile.ZipFile, archive: str, limits: ZipLimits
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the files with the place of each, all checked before the first is written."""
    if len(opened.filelist) > limits.files:
        text = _("{archive} has {number:,} entries, the limit is {files:,}")
        raise ValueError(
            text.format(archive=archive, number=len(opened.filelist), files=limits.files)
        )
    found: list[tuple[zipfile.ZipInfo, PurePosixPath]] = []
    seen: set[str] = set()
    folders: set[str] = set()
    for entry in opened.infolist():
        if "\0" in entry.orig_filename:  # zipfile cuts the name there
            text = _("{archive} has an entry that leads out: {orig_filename!r}")
            raise ValueError(text.format(archive=archive, orig_filename=entry.orig_filename))
        name = entry.filename.replace("\\", "/")  # as some programs on Windows write them
        parts = parts_within(name, archive)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            text = _("{archive} has a link or a device: {name!r}")
            raise ValueError(text.format(archive=archive, name=name))
        if entry.is_dir() or name.endswith("/") or any(part in _DIRT for part in parts):
            continue
        if entry.flag_bits & _ENCRYPTED:
            text = _("{archive} is encrypted: unpack it yourself, and choose the folder")
            raise ValueError(text.format(archive=archive))
        if not parts:
            continue
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            text = _("{archive} is packed in an uncommon way: unpack it yourself")
            raise ValueError(text.format(archive=archive))
        path = "/".join(parts)
        above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        if path in seen or path in folders or above & seen:
            raise ValueError(_("{archive} has {name!r} twice", archive=archive, name=name))
        seen.add(path)
        folders |= above
        found.append((entry, PurePosixPath(*parts)))
    if not found:
        raise ValueError(_("{archive} is empty", archive=archive))
    return found
