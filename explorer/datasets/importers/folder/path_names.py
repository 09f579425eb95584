"""How images are named by label files, and when two names mean the same image.

Label files name images as the machine had them that wrote the file: with a Windows drive, a folder
that is elsewhere now, upper case, another way to store an accent, or as an address. So names are
compared in lower case, composed, and from their end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_UPLOADED = re.compile(r"^(?=\d*[a-f])[0-9a-f]{8}-")
"""What Label Studio puts before the name of an image that was uploaded to it. Eight digits without
a letter are rather a date, and a part of the name.
"""


def parts_of(said: str) -> tuple[str, ...]:
    """Return the parts of a path of any system, as they are compared."""
    plain = unicodedata.normalize("NFC", said.strip().replace("\\", "/")).lower()
    return tuple(part for part in plain.split("/") if part not in ("", "."))


def readings_of(said: str) -> Iterator[tuple[str, ...]]:
    """Yield the parts of what a label file calls an image: as it stands, then as it may be meant.

    An address may be escaped, may have a query after the path, or the path in its query.
    """
    yield parts_of(said)
    path, __, query = said.partition("?")
    if query:
        yield parts_of(path)
    inner = query.removeprefix("d=")
    for each in dict.fromkeys((said, path, inner) if query else (said,)):
        plain = unquote(_ADDRESS.sub("", each))
        yield parts_of(plain)
        *folders, last = parts_of(plain) or ("",)
        if _UPLOADED.match(last):
            yield (*folders, last[9:])
