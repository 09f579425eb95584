"""The common case of a JPEG, known from a few bytes: it can go into a record as it is."""

from __future__ import annotations

import struct

_START = b"\xff\xd8"
_END = b"\xff\xd9"
_TAIL_BYTES = 1024
"""Cameras may write a little after the end of an image."""

_FRAMES = (0xC0, 0xC1, 0xC2)
"""Baseline, extended and progressive: what every decoder reads."""

_SCAN, _EXIF, _ADOBE = 0xDA, 0xE1, 0xEE
_LENGTH = struct.Struct(">H")
_FRAME = struct.Struct(">BHHB")


def plain_jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return (width, height) in px of a JPEG of 8 bits and three colours that has an end.

    None for everything else, and where EXIF may turn it or Adobe's marker may change what its
    colours mean: `explorer.images.read_header` then has to look, which takes ten times as long.
    """
    if not content.startswith(_START) or _END not in content[-_TAIL_BYTES:]:
        return None
    size = None
    at = len(_START)
    while at + 4 + _FRAME.size <= len(content) and content[at] == 0xFF:
        kind = content[at + 1]
        if kind == _SCAN:  # from here on there are pixels
            return size
        if kind in (_EXIF, _ADOBE):
            return None
        if kind in _FRAMES:
            bits, height, width, colours = _FRAME.unpack_from(content, at + 4)
            if bits != 8 or colours != 3 or width == 0 or height == 0:
                return None
            size = width, height
        at += 2 + _LENGTH.unpack_from(content, at + 2)[0]
    return None
