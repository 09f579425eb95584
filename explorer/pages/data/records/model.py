"""State of the record viewer: a set's record files, and the record that is looked at.

Files are opened and their objects counted in a thread; traits change on the event loop alone.
"""

from __future__ import annotations

from pathlib import Path

import traitlets as t

from explorer.i18n import _, ngettext
from explorer.pages.data.records.files import RecordFiles, SplitFile, open_files
from explorer.pages.data.records.padding import PaddingModel
from explorer.pages.data.records.shown_record import shown_record
from explorer.pages.shared.timing.job import Job


class RecordViewer(Job):
    """A built set, record by record.

    Attributes
    ----------
    padding : PaddingModel
        What the set costs in a batch.
    """

    splits = t.Tuple()
    """tuple of str: of "train" and "val", those that are there."""
    split = t.Unicode("")
    number = t.Int(0)
    """Of the record, from 0."""
    shown = t.Any(None, allow_none=True)
    """ShownRecord or None: None where nothing can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.padding = PaddingModel()
        self._files: RecordFiles | None = None

    @property
    def file(self) -> SplitFile | None:
        """The chosen split's."""
        return None if self._files is None else self._files.splits.get(self.split)

    @property
    def num_records(self) -> int:
        """Of the chosen split."""
        return 0 if self.file is None else len(self.file.num_objects)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the set: hostile until escaped."""
        return () if self._files is None else self._files.class_names

    async def open_set(self, folder: Path | None) -> None:
        """Look at the first record of a set; None closes what is open.

        What was shown of an earlier set goes at once. `cancel` or a later call end it without a
        result.
        """
        self.cancel()
        self._forget()
        if folder is None:
            return
        files = await self.perform(
            lambda attempt: open_files(folder, attempt.progress), RecordFiles.close
        )
        if files is not None:
            self._take(files)

    def choose_split(self, name: str) -> None:
        """Look at the first record of another split."""
        if name in self.splits and name != self.split:
            self._look(name, 0)

    def go_to(self, number: int) -> None:
        """Look at a record of the split; beyond its ends, at the first or the last."""
        self._look(self.split, min(max(number, 0), max(self.num_records - 1, 0)))

    def turn(self, by: int) -> None:
        """Go on by this many records, or back; at the ends it stays."""
        self.go_to(self.number + by)

    def show_crowd(self) -> None:
        """Look at the image with the most objects."""
        crowd = self.padding.crowd
        if crowd is not None:
            self._look(crowd.split, crowd.number)

    def headline(self) -> str:
        """Return what is looked at, or why there is nothing."""
        file, shown = self.file, self.shown
        if file is None or shown is None:
            return "" if self.state == "ready" else _("There is no set to look into yet.")
        objects = len(shown.labels)
        counted = ngettext("{n:,} object", "{n:,} objects", objects)
        text = _("Record {number:,} of {split}.rec: {objects}, {bytes:,} bytes.").format(
            number=shown.number, split=file.name, objects=counted, bytes=shown.num_bytes
        )
        if shown.key is None:
            return text
        return _("{text} {split}.idx says: key {key} is at byte {offset:,}.").format(
            text=text, split=file.name, key=shown.key, offset=shown.offset
        )

    def remarks(self) -> tuple[str, ...]:
        """Return what is wrong with the record, its file and files that cannot be read.

        Hostile until escaped.
        """
        files = () if self._files is None else self._files.splits.values()
        told = [
            note
            for file in files
            if file is self.file or file.reader is None
            for note in file.notes
        ]
        return tuple(dict.fromkeys([*told, *(() if self.shown is None else self.shown.problems)]))

    def _forget(self) -> None:
        if self._files is not None:
            self._files.close()
            self._files = None
        with self.hold_trait_notifications():
            self.splits, self.split, self.number, self.shown = (), "", 0, None
            self.state, self.problem = "idle", ""
        self.padding.set_objects({})

    def _take(self, files: RecordFiles) -> None:
        self._files = files
        self.padding.set_objects({name: one.num_objects for name, one in files.splits.items()})
        sound = [name for name, one in files.splits.items() if len(one.num_objects)]
        with self.hold_trait_notifications():
            self.splits, self.state = tuple(files.splits), "ready"
            self._look((sound or list(files.splits))[0], 0)

    def _look(self, split: str, number: int) -> None:
        file = None if self._files is None else self._files.splits.get(split)
        shown, problem = None, ""
        if file is not None and len(file.num_objects):
            try:
                shown = shown_record(file, number, self.class_names)
            except (ValueError, OSError) as error:
                problem = str(error)
        with self.hold_trait_notifications():
            self.split, self.number, self.shown, self.problem = split, number, shown, problem
