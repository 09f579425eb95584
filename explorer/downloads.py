"""A file from the network: there whole and as it was expected, or not there at all."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from explorer.files import write_atomically
from explorer.i18n import _, reason_of

_BLOCK_BYTES = 1 << 16
_TIMEOUT_SECONDS = 20.0

Progress = Callable[[int, int | None], None]
"""Called with the bytes done and in all, None where the server does not say; whatever it raises
ends the download, and leaves nothing behind.
"""


def download(url: str, target: Path, sha1: str, progress: Progress | None = None) -> None:
    """Have `target` be the file of that SHA-1; one that is there and whole is not asked for again.

    Parameters
    ----------
    target : Path
        Its folder is made if missing.

    Raises
    ------
    ConnectionError
        If the server cannot be reached or the connection breaks; what was there stays.
    ValueError
        If what came is not the expected file; what was there stays.
    OSError
        If the folder cannot be written.
    """
    if target.is_file() and _sha1(target) == sha1:
        return

    def receive(temporary: Path) -> None:
        digest = hashlib.sha1(usedforsecurity=False)
        with temporary.open("wb") as stream:
            for block in _received(url, target, progress):
                digest.update(block)
                stream.write(block)
        if digest.hexdigest() != sha1:
            text = _(
                "{name} from {url} is not the expected file (SHA-1 {digest}, expected {expected}); "
                "nothing was kept, try again"
            )
            given = {"name": target.name, "url": url, "digest": digest.hexdigest()}
            raise ValueError(text.format(expected=sha1, **given))

    try:
        write_atomically(target, receive)
    except ConnectionError:
        raise
    except OSError as error:
        text = _("cannot write {target}: {reason}")
        raise OSError(text.format(target=target, reason=reason_of(error))) from error


def _received(url: str, target: Path, progress: Progress | None) -> Iterator[bytes]:
    """Yield the blocks of a file; any failure of the network is a `ConnectionError`."""
    done = 0
    total = None
    words = {"name": target.name, "url": url, "folder": target.parent}
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
            length = answer.headers.get("Content-Length")
            total = int(length) if length else None
            while block := answer.read(_BLOCK_BYTES):
                done += len(block)
                yield block
                if progress is not None:
                    progress(done, total)
    except urllib.error.HTTPError as error:
        text = _(
            "cannot download {name}: the server answers {code} to {url}; if you have the file, put "
            "it into {folder}"
        )
        raise ConnectionError(text.format(code=error.code, **words)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        text = _(
            "cannot download {name} from {url} ({reason}): connect to the network and try again, "
            "or put the file into {folder}"
        )
        raise ConnectionError(text.format(reason=reason, **words)) from None
    if total is not None and done < total:
        text = _("{name} broke off after {done} of {total} bytes; try again")
        raise ConnectionError(text.format(name=target.name, done=done, total=total))


def _sha1(path: Path) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
