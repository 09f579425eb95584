"""State of a detector that comes from elsewhere: downloaded, or brought and then opened."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import traitlets as t

from explorer.config import NAMED_DETECTORS, DetectorHints
from explorer.data_folders import detectors_root
from explorer.engine.adoption import adopt, adopted_path
from explorer.engine.checkpoint_files import describe_checkpoint
from explorer.engine.foreign.proposals import proposal_sentences
from explorer.engine.tutorial_detector import URL, download_tutorial, tutorial_path
from explorer.files import write_contents
from explorer.i18n import _
from explorer.mxnet_files.bundle import is_archive
from explorer.pages.detect.opening.proposal import LABELS, Proposal
from explorer.pages.shared.timing.job import Attempt, Job
from explorer.pages.shared.uploads.incoming import Incoming

Submit = Callable[[Callable[[], Path]], "Future[Path]"]


class Opening(Job):
    """One detector at a time: what it is proposed to be, and where it lies once it is opened.

    Parameters
    ----------
    submit : callable
        Has the thread in which the page's networks work do something.
    url : str
        Where the tutorial's detector comes from.
    """

    proposal = t.Instance(Proposal, allow_none=True)
    """Proposal or None: what waits for the user's word."""
    opened = t.Unicode("")
    """The file of the last detector that was opened; it lasts, other than what was brought."""
    has_tutorial = t.Bool(False)
    """Whether the tutorial's detector is here; see `look`."""

    def __init__(self, submit: Submit, url: str = URL) -> None:
        super().__init__()
        self._submit, self._url = submit, url
        self._place: tempfile.TemporaryDirectory[str] | None = None

    def look(self) -> None:
        """Find out what is here by now."""
        self.has_tutorial = tutorial_path().is_file()

    async def get_tutorial(self) -> None:
        """Download the tutorial's detector, and open it."""
        self._open(
            await self.perform(self._download, doing=_("Downloading the tutorial’s detector…"))
        )

    async def take(self, incoming: Incoming) -> None:
        """Look at what came through the page: open it where it says all, else propose the rest."""
        self.forget()
        name = Path(incoming.name).name
        found = await self.perform(
            partial(_look, incoming),
            lambda _late: incoming.place.cleanup(),
            _("Reading {name}…", name=name),
        )
        if found is None:
            incoming.place.cleanup()
            return
        self._place = incoming.place
        if found.asked:
            self.rest()
            self.proposal = found
        else:
            await self._keep(found, found.name, DetectorHints())

    async def open(self, name: str, texts: Mapping[str, str]) -> None:
        """Open what is proposed.

        Parameters
        ----------
        name : str
            What it is called from now on.
        texts : mapping
            As of `Proposal.hints`.

        Raises
        ------
        ValueError
            If a text cannot be read or the name not be taken; the proposal stays.
        """
        if self.proposal is not None:
            hints = self.proposal.hints(texts)
            await self._keep(self.proposal, name.strip(), hints)

    def forget(self) -> None:
        """Let go of what is proposed."""
        self.cancel()
        self.proposal = None
        if self._place is not None:
            self._place.cleanup()
            self._place = None

    async def _keep(self, proposal: Proposal, name: str, hints: DetectorHints) -> None:
        target = tutorial_path() if proposal.known else _target(name)
        was_there = target.exists()  # the tutorial's, once more
        work = partial(_kept, proposal, target, hints)
        kept = await self.perform(
            lambda _attempt: self._submit(work).result(),
            lambda late: None if was_there else _discard(late),
            _("Opening {name}…", name=name),
        )
        if kept is not None:
            self.forget()
            self._open(kept)

    def _open(self, path: Path | None) -> None:
        if path is not None:
            self.rest()
            self.look()
            self.opened = ""  # the same once more is news, too
            self.opened = str(path)

    def _download(self, attempt: Attempt) -> Path:
        def progress(done: int, total: int | None) -> None:
            attempt.progress(done if total else 0, total or 1)

        return download_tutorial(progress, self._url)


def _look(incoming: Incoming, _attempt: Attempt) -> Proposal:
    """Return what has arrived, and what has to be asked of it."""
    files = sorted(path for path in Path(incoming.place.name).rglob("*") if path.is_file())
    weights = [path for path in files if path.suffix == ".params" or is_archive(path)]
    if len(weights) != 1:
        text = _("{name} is no detector: choose one .params file, and its graph if it has one.")
        if weights:
            text = _("These are several detectors: choose one at a time.")
        raise ValueError(text.format(name=Path(incoming.name).name))
    (path,) = weights
    with _called_by_name(path):
        detector, content = describe_checkpoint(path)
    source = content["about"].get("source") or {}
    return Proposal(
        path,
        _free_name(path.name),
        detector,
        tuple(name for name in LABELS if name in source.get("proposed", ())),
        tuple(proposal_sentences(detector, content)),
        source.get("known") or "",
    )


def _kept(proposal: Proposal, target: Path, hints: DetectorHints) -> Path:
    """Put a detector where it lasts, and return its file."""
    described = proposal.path.with_suffix(".json")
    if proposal.known:
        write_contents({target: proposal.path.read_bytes()})
    elif described.is_file():  # it is one of ours
        contents = {target: proposal.path, target.with_suffix(".json"): described}
        write_contents({new: path.read_bytes() for new, path in contents.items()})
    else:
        with _called_by_name(proposal.path):
            adopt(proposal.path, target, hints)
    return target


@contextmanager
def _called_by_name(path: Path) -> Iterator[None]:
    """Have a refusal leave out in which folder a file lies until it is opened."""
    try:
        yield
    except ValueError as error:
        raise ValueError(str(error).replace(f"{path.parent}/", "")) from error


def _discard(kept: Path) -> None:
    """Take back what was opened although nobody wanted it any more."""
    kept.with_suffix(".json").unlink(missing_ok=True)
    kept.unlink()


def _free_name(file: str) -> str:
    """Return a name like that of a file, which no detector has yet."""
    plain = re.sub(r"\.params$|\.tar\.gz$|\.tgz$", "", file)
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("_-")[:50] or "detector"
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next((each for each in names if not _is_taken(each)), name)


def _target(name: str) -> Path:
    """Return the file of a new detector; a `ValueError` if it cannot have that name."""
    path = adopted_path(name)
    if _is_taken(name):
        raise ValueError(_("{name!r} is taken: choose another name", name=name))
    return path


def _is_taken(name: str) -> bool:
    path = detectors_root() / f"{name}.params"
    is_there = path.exists() or path.with_suffix(".json").exists()
    return is_there or path == tutorial_path() or name in NAMED_DETECTORS
