"""What becomes of drawn labels: a draft after each change, and files when the user wants them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import traitlets as t

from explorer.datasets.label_formats import WITHOUT_LABELS
from explorer.datasets.own.label_draft import (
    LabelDraft,
    changed_images,
    default_folder,
    delete_draft,
    draft_of,
    load_draft,
    write_draft,
)
from explorer.datasets.own.label_folder import WRITTEN, has_images, in_the_way, save_labels
from explorer.i18n import _, reason_of
from explorer.pages.data.labelling.words import (
    counted,
    may_replace,
    may_save_among_images,
    now_text,
    offer_text,
    time_text,
)
from explorer.pages.data.words import images_word
from explorer.pages.shared.page.sentences import sentence
from explorer.pages.shared.timing.job import Job

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet
    from explorer.pages.data.labelling.model import Labelling
    from explorer.pages.data.labelling.words import Question


@dataclass(frozen=True)
class _Saved:
    """The last saving."""

    annotations: AnnotationSet
    folder: str
    when: str
    counts: str


class LabelSaving(Job):
    """Saving what was drawn."""

    folder = t.Unicode("")
    """Where to; the user may type another one."""
    formats = t.Tuple(tuple(WRITTEN))
    """tuple of str: of `WRITTEN`."""
    with_images = t.Bool(True)
    """Links to the images are put beside the labels."""
    keep_empty = t.Bool(False)
    """Images without boxes are saved too: they say that there is nothing."""
    state = t.Enum(("idle", "asking", "working"), "idle")
    comes_to_its_end = True
    question = t.Any(None, allow_none=True)
    """Question or None: while it is "asking"."""
    line = t.Unicode("")
    """What was saved, and whether that is still so."""
    offer = t.Unicode("")
    """Labels that were left here earlier, for `take_up` or `discard`; "" if there are none.
    Until then nothing can be drawn.
    """

    def __init__(self, model: Labelling) -> None:
        super().__init__()
        self._model = model
        self._default = Path()
        self._source = ""
        self._root: Path | None = None
        self._draft: LabelDraft | None = None
        self._ours: tuple[str, ...] = ()
        self._saved: _Saved | None = None
        model.observe(lambda _change: self._say(), "annotations")

    @property
    def needs_images(self) -> bool:
        """Whether the folder is elsewhere than the images, so that links to them are of use."""
        return self._root is not None and not has_images(self._path(), self._root)

    @property
    def offer_is_saved(self) -> bool:
        """Whether what is offered is in a folder too, and stays there when it is discarded."""
        return self._draft is not None and bool(self._draft.saved_in)

    def show_set(self, annotations: AnnotationSet | None, source: str = "") -> None:
        """Begin with a set; labels of its source that were left earlier become the `offer`."""
        self.cancel()
        self._draft, self._saved, self._ours = None, None, ()
        self.question, self.problem, self.offer, self.state = None, "", "", "idle"
        self._root = None if annotations is None else annotations.root
        if annotations is None:
            self.folder = ""
            self._say()
            return
        self._source = source or str(annotations.root.resolve())
        name = Path(source).stem if source else annotations.root.resolve().name
        self._default = default_folder(name, self._source)
        self.folder = str(self._default)
        self.keep_empty = annotations.kind != WITHOUT_LABELS
        draft = load_draft(self._default)
        if draft is not None and draft.source == self._source:
            count = len(changed_images(annotations, draft.taken_up(annotations)))
            if count:
                self._draft = draft
                self.offer = offer_text(draft, count)
        self._say()

    def take_up(self) -> None:
        """Go on with the labels that were left here."""
        draft = self._draft
        if draft is None or self._model.annotations is None:
            return
        self._draft, self.offer = None, ""
        self._ours = draft.folders
        after = draft.taken_up(self._model.annotations)
        self._model.take(after)
        if draft.saved_in:
            self.folder = draft.saved_in
            self._saved = _Saved(after, draft.saved_in, draft.written, "")
        self._say()

    def discard(self) -> None:
        """Forget the labels that were left here; what was saved stays where it is."""
        self._draft, self.offer = None, ""
        delete_draft(self._default)

    def write_draft(self) -> None:
        """Write what differs from the user's files beside the default folder.

        Raises
        ------
        ValueError
            If that is not possible: one sentence.
        """
        original, now = self._model.original, self._model.annotations
        if original is None or now is None or self._draft is not None:
            return
        saved = self._saved
        saved_in = saved.folder if saved is not None and saved.annotations is now else ""
        draft = draft_of(original, now, self._source, now_text(), saved_in, self._ours)
        try:
            if draft.images:
                write_draft(self._default, draft)
            else:
                delete_draft(self._default)
        except OSError as error:
            text = _("A crash would lose your labels, for no draft can be written: {reason}.")
            raise ValueError(text.format(reason=reason_of(error))) from error

    def _path(self) -> Path:
        return Path(self.folder).expanduser()

    async def save(self) -> None:
        """Save, or ask first where something is in the way; see `answer`."""
        annotations: AnnotationSet | None = self._model.annotations
        if annotations is None or self.works:
            return
        self.problem = ""
        folder = self._path()
        if not folder.is_absolute():
            self.problem = _("Type the whole path of the folder, from / on.")
            return
        self.question = self._asked(folder, annotations.root)
        if self.question is not None:
            self.state = "asking"
            return
        await self._save(annotations, folder)

    async def answer(self, yes: bool) -> None:
        """Go on with saving, or leave all as it is."""
        if self.state != "asking":
            return
        self.question, self.state = None, "idle"
        annotations: AnnotationSet | None = self._model.annotations
        if yes and annotations is not None:
            await self._save(annotations, self._path())

    async def _save(self, annotations: AnnotationSet, folder: Path) -> None:
        how = (self.formats, self.with_images, self.keep_empty, str(folder) not in self._ours)
        source = self._source
        saved = await self.perform(
            lambda attempt: save_labels(
                annotations, folder, source, *how, attempt.progress, attempt.is_cancelled
            )
        )
        if saved is None:
            return
        self.rest()
        self._ours = tuple(dict.fromkeys((*self._ours, str(folder))))
        self._saved = _Saved(annotations, str(folder), now_text(), counted(saved))
        self._say()
        self.write_draft()

    def fail(self, error: Exception) -> None:
        """Say why nothing is saved."""
        self.rest()
        self.problem = sentence(error)

    def _asked(self, folder: Path, root: Path) -> Question | None:
        """Return what must be asked before the first time that labels go to a folder."""
        if str(folder) in self._ours:
            return None
        if in_the_way(folder):
            return may_replace(folder)
        if folder.resolve().is_relative_to(root.resolve()):
            return may_save_among_images(folder)
        return None

    def _say(self) -> None:
        now: AnnotationSet | None = self._model.annotations
        if now is None:
            self.line = ""
        elif self._saved is not None:
            saved = self._saved
            counts = f": {saved.counts}" if saved.counts else ""
            text = _("Saved {time}{counts}").format(time=time_text(saved.when), counts=counts)
            since = len(changed_images(saved.annotations, now))
            if since:
                text += _("; {images} changed since").format(images=images_word(since))
            self.line = f"{text}."
        elif self._model.changed:
            text = _("Not saved yet: {images} changed.")
            self.line = text.format(images=images_word(self._model.changed))
        else:
            self.line = _("Nothing is changed yet.")
