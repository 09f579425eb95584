"""Ways in which a file goes wrong, by accident or on purpose."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

Change = Callable[[bytes, random.Random], bytes]

_MOST_BYTES = 1_000_000
_NUMBERS = (
    b"-1",
    b"0",
    b"1e999",
    b"NaN",
    b"-Infinity",
    b"null",
    b"9" * 5000,
    b"1.5",
    b"4294967296",
)
_TOKENS = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"<", b"]]>", b"{", b"}", b'"', b",", b"\t", b"\n" * 50),
    *(b"\xed\xa0\x80", b"\x1b[2J", b"../../", b"&amp;", b"&x;", b"%s{0}", b"[" * 60_000),
)


def flip(content: bytes, rng: random.Random) -> bytes:
    """Change single bits."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 30))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def flip_early(content: bytes, rng: random.Random) -> bytes:
    """Change bits of the first 64 bytes, where headers are."""
    return flip(content[:64], rng) + content[64:]


def cut(content: bytes, rng: random.Random) -> bytes:
    """End somewhere."""
    return content[: rng.randrange(len(content) + 1)]


def insert(content: bytes, rng: random.Random) -> bytes:
    """Put something in that is not meant to be there."""
    at = rng.randrange(len(content) + 1)
    put = rng.choice(_TOKENS) if rng.random() < 0.6 else rng.randbytes(rng.choice((1, 7, 500)))
    return content[:at] + put + content[at:]


def swap(content: bytes, rng: random.Random) -> bytes:
    """Let two pieces change places."""
    a, b, c, d = sorted(rng.randrange(len(content) + 1) for _ in range(4))
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def repeat(content: bytes, rng: random.Random) -> bytes:
    """Say a piece over and over."""
    a, b = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    times = min(rng.choice((2, 50, 5000)), _MOST_BYTES // max(1, b - a))
    return content[:a] + content[a:b] * times + content[b:]


def renumber(content: bytes, rng: random.Random) -> bytes:
    """Put another value in the place of a number."""
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?", content))
    if not found:
        return flip(content, rng)
    start, end = rng.choice(found).span()
    return content[:start] + rng.choice(_NUMBERS) + content[end:]


def recode(content: bytes, rng: random.Random) -> bytes:
    """Write the text in another encoding, or what is none as if it were."""
    return content.decode("latin-1").encode(rng.choice(("utf-16", "utf-16-be", "utf-32", "utf-7")))


def replace(content: bytes, rng: random.Random) -> bytes:
    """Be something else."""
    return rng.choice(
        (
            *(b"", b"\0" * 1000, b"\n", b"[]", b"{}", b"null", b"0", b"<annotation/>", b"--- *a\n"),
            *(rng.randbytes(2000), b"PK\x05\x06" + b"\0" * 18, ALIASES, ENTITIES),
            *(b"[" * 200_000, b'{"a":' * 100_000, b"<a>" * 200_000, b"- " * 50_000),
            b'{"images": [{}], "annotations": [' + b"{}," * 300_000 + b"{}]}",
        )
    )


ALIASES = b"names: &a0 [x]\n" + b"".join(
    b"k%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
) + b"train: *a11\nnc: *a11\n"  # fmt: skip
"""A few lines of YAML that are 9¹¹ names, if somebody writes them out."""

ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY e0 "ha">'
    + b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><annotation><filename>&e9;</filename></annotation>"
)
"""A few lines of XML that are 10⁹ words, if somebody writes them out."""

CHANGES: tuple[Change, ...] = (
    *(flip, flip_early, cut, insert, insert, swap, repeat, renumber, renumber, recode, replace),
)


def spoil(path: Path, rng: random.Random) -> str:
    """Damage a file in one way, or put something in its place; return which way."""
    if rng.random() < 0.08:
        kind = rng.choice(("pipe", "folder", "loop", "endless", "gone"))
        path.unlink()
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "loop":
            path.symlink_to(path.name)
        elif kind == "endless":
            path.symlink_to("/dev/zero")
        return kind
    change = rng.choice(CHANGES)
    content = path.read_bytes()
    for _ in range(rng.choice((1, 1, 1, 3))):
        content = change(content, rng)[:_MOST_BYTES]
    path.write_bytes(content)
    return change.__name__
