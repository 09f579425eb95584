"""Every byte of a record by its name: what the container, the header, the label and the image are.

A record that is cut into parts (`explorer.datasets.records.recordio`) is one run of bytes that
only the length words of its parts interrupt: the magic number that begins a later part is the
record's own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from explorer.datasets.records.detection_record import HEADER, label_end, label_widths
from explorer.datasets.records.recordio import LAST, LENGTH_BITS, MAGIC, MAX_LENGTH, WHOLE
from explorer.i18n import N_, _
from explorer.images import read_header

Part = Literal["frame", "header", "label", "object", "image"]

HEX_BYTES = 8
"""At most this many bytes of a field are shown."""

_OBJECT_NAMES = ("class_id", "xmin", "ymin", "xmax", "ymax")
_WORD = struct.Struct("<I")
_FLAGS = (N_("a whole record"), N_("its first part"), N_("a middle part"), N_("its last part"))


@dataclass(frozen=True)
class Field:
    """Bytes that belong together."""

    part: Part
    """"frame" is the container's, "label" the numbers before the objects."""
    name: str
    offset: int
    """In the file."""
    num_bytes: int
    hex: str
    """The first `HEX_BYTES` of them."""
    meaning: str
    """May have names from a file: hostile until escaped."""
    value: float | None = None
    """Of a field that is one number."""


def record_anatomy(
    framed: bytes, offset: int = 0, class_names: Sequence[str] = ()
) -> tuple[Field, ...]:
    """Return the fields of a record in the order of the file; together they are all its bytes.

    Nothing is refused: what cannot be read as a detection label is named as far as it goes.

    Parameters
    ----------
    framed : bytes
        As `RecordReader.read_framed` returns them.
    offset : int
        Where they begin in the file.
    """
    frame, runs = _frame(framed)
    record = b"".join(framed[low:high] for low, high in runs)
    fields = [*frame]
    for field in _fields(record, class_names):
        fields += _laid(field, runs)
    return tuple(
        replace(
            field,
            offset=offset + field.offset,
            hex=framed[field.offset : field.offset + min(field.num_bytes, HEX_BYTES)].hex(" "),
        )
        for field in sorted(fields, key=lambda field: field.offset)
    )


def _frame(framed: bytes) -> tuple[list[Field], list[tuple[int, int]]]:
    """Return the container's own fields, and the runs of bytes that are the record."""
    begins = _("0x{magic:X}: here a record begins").format(magic=MAGIC)
    fields = [Field("frame", _("magic"), 0, 4, "", begins, MAGIC)]
    runs: list[tuple[int, int]] = []
    at, last = 4, False
    while not last:
        (word,) = _WORD.unpack_from(framed, at)
        flag, length = word >> LENGTH_BITS, word & MAX_LENGTH
        last = flag in (WHOLE, LAST)
        meaning = _("{flag}, {what}; {length:,} bytes follow").format(
            flag=flag, what=_FLAGS[flag], length=length
        )
        fields.append(Field("frame", _("flag and length"), at, 4, "", meaning, word))
        low, high = at + 4, at + 4 + length
        at = high + -length % 4
        runs.append((low, high))
        if at > high:
            zeros = _("zeros, up to the next multiple of 4")
            fields.append(Field("frame", _("padding"), high, at - high, "", zeros))
        if not last:
            runs.append((at, at + 4))
            at += 4
    return fields, runs


def _fields(record: bytes, class_names: Sequence[str]) -> Iterator[Field]:
    """Yield the fields of a record's bytes, offsets counted in these."""
    if len(record) < HEADER.size:
        meaning = _("too few bytes for a header, which has {size}").format(size=HEADER.size)
        yield Field("image", _("unknown"), 0, len(record), "", meaning)
        return
    num_floats, label, record_id, second_id = HEADER.unpack_from(record)
    if num_floats:
        flag = _("{number:,} numbers of label follow, its label width").format(number=num_floats)
        unused = _("{value:g}, not used: the label follows").format(value=label)
    else:
        flag = _("0: the next number is all the label")
        unused = _("{value:g}, the label: one number").format(value=label)
    yield Field("header", "flag", 0, 4, "", flag, num_floats)
    yield Field("header", "label", 4, 4, "", unused, label)
    first = _("{n}, the record’s number").format(n=record_id)
    second = _("{n}, not used").format(n=second_id)
    yield Field("header", "id", 8, 8, "", first, record_id)
    yield Field("header", "id2", 16, 8, "", second, second_id)
    end = label_end(record)
    if end > len(record):
        meaning = _("its label alone should have {more:,} bytes").format(more=end - HEADER.size)
        rest = len(record) - HEADER.size
        yield Field("image", _("unknown"), HEADER.size, rest, "", meaning)
        return
    yield from _label(record[HEADER.size : end], class_names)
    yield Field("image", _("image"), end, len(record) - end, "", _image(record[end:]))


def _label(label: bytes, class_names: Sequence[str]) -> Iterator[Field]:
    floats = np.frombuffer(label, "<f4")
    widths = (
        (_("header width"), _("{n:g} numbers before the first object, this one included")),
        (_("object width"), _("{n:g} numbers for each object")),
    )
    try:
        header_width, object_width = label_widths(floats)
    except ValueError:
        header_width, object_width, widths = len(floats), 0, ()
    for place, value in enumerate(floats.tolist()):
        at = HEADER.size + 4 * place
        if place < len(widths):
            name, meaning = widths[place]
            yield Field("label", name, at, 4, "", meaning.format(n=value), value)
        elif place < header_width:
            yield Field("label", _numbered(place), at, 4, "", f"{value:g}", value)
        else:
            column = (place - header_width) % object_width
            known = column < len(_OBJECT_NAMES)
            name = _OBJECT_NAMES[column] if known else _numbered(column)
            meaning = f"{value:g}" if column else _class(value, class_names)
            yield Field("object", name, at, 4, "", meaning, value)


def _numbered(place: int) -> str:
    return _("number {n}").format(n=place + 1)


def _class(value: float, class_names: Sequence[str]) -> str:
    if value == -1:
        return _("no object: padding")
    if value.is_integer() and 0 <= value < len(class_names):
        return class_names[int(value)]
    return _("class {number:g}").format(number=value)


def _image(content: bytes) -> str:
    try:
        header = read_header(content, _("This"))
    except ValueError as error:
        return str(error)
    width, height = header.size_px
    return _("{kind}, {width} × {height} px").format(kind=header.format, width=width, height=height)


def _laid(field: Field, runs: Sequence[tuple[int, int]]) -> Iterator[Field]:
    """Yield a field as it lies in the file: in pieces, if a length word is within it."""
    start = 0
    pieces: list[tuple[int, int]] = []
    for low, high in runs:
        first = low + max(field.offset - start, 0)
        last = low + min(field.offset + field.num_bytes - start, high - low)
        start += high - low
        if first >= last:
            continue
        if pieces and pieces[-1][1] == first:
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    for number, (first, last) in enumerate(pieces):
        name = _("{name}, continued").format(name=field.name) if number else field.name
        yield replace(field, name=name, offset=first, num_bytes=last - first)
