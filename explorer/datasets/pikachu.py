"""The Pikachu set of the MXNet tutorial: downloaded, checked, put in place."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from explorer.datasets.description import Description
from explorer.files import write_atomically
from explorer.i18n import _, reason_of

BASE_URL = "https://apache-mxnet.s3-accelerate.amazonaws.com/gluon/datasets/pikachu/"

SHA1 = {
    "train.rec": "e6bcb6ffba1ac04ff8a9b1115e650af56ee969c8",
    "train.idx": "dcf7318b2602c06428b9988470c731621716c393",
    "val.rec": "d6c33f799b4d058e82f2cb5bd9a976f69d72d520",
}

BLOCK_BYTES = 1 << 16
TIMEOUT_SECONDS = 20.0

Progress = Callable[[str, int, int | None], None]


def download_pikachu(
    out_dir: Path,
    progress: Progress | None = None,
    base_url: str = BASE_URL,
    sha1: Mapping[str, str] = SHA1,
) -> Path:
    """Download the Pikachu set and return its folder; files that are there and whole stay.

    Parameters
    ----------
    out_dir : Path
        Made if missing.
    progress : callable(file name, bytes done, bytes in all or None)

    Raises
    ------
    ConnectionError
        If the server cannot be reached or the connection breaks; what was there stays.
    ValueError
        If a file that came is not the expected one.
    OSError
        If the folder cannot be written.
    """
    for name, expected in sha1.items():
        target = out_dir / name
        if target.exists() and _sha1(target) == expected:
            continue
        blocks = _received(base_url + name, name, progress)
        _write(target, blocks, _("{name} from {url}", name=name, url=base_url), expected)
    Description(class_names=("pikachu",)).save(out_dir)
    return out_dir


def _received(url: str, name: str, progress: Progress | None) -> Iterator[bytes]:
    """Yield the blocks of a file; any failure of the network is a `ConnectionError`."""
    done = 0
    total = None
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
            length = answer.headers.get("Content-Length")
            total = int(length) if length else None
            while block := answer.read(BLOCK_BYTES):
                done += len(block)
                yield block
                if progress is not None:
                    progress(name, done, total)
    except urllib.error.HTTPError as error:
        text = _("cannot download {name}: the server answers {code} to {url}")
        raise ConnectionError(text.format(name=name, code=error.code, url=url)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        text = _("cannot download {name} from {url} ({reason}); this needs a network connection")
        raise ConnectionError(text.format(name=name, url=url, reason=reason)) from None
    if total is not None and done < total:
        text = _("{name} broke off after {done} of {total} bytes; try again")
        raise ConnectionError(text.format(name=name, done=done, total=total))


def _write(target: Path, blocks: Iterator[bytes], what: str, expected: str) -> None:
    """Write the blocks to `target` if they are what is expected, else leave it as it was."""

    def receive(temporary: Path) -> None:
        digest = hashlib.sha1(usedforsecurity=False)
        with temporary.open("wb") as stream:
            for block in blocks:
                digest.update(block)
                stream.write(block)
        if digest.hexdigest() != expected:
            text = _(
                "{what} is not the expected file (SHA-1 {digest}, expected {expected}); nothing "
                "was kept, try again"
            )
            raise ValueError(text.format(what=what, digest=digest.hexdigest(), expected=expected))

    try:
        write_atomically(target, receive)
    except ConnectionError:
        raise
    except OSError as error:
        text = _("cannot write {target}: {reason}")
        raise OSError(text.format(target=target, reason=reason_of(error))) from error


def _sha1(path: Path) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
