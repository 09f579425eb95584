"""MXNet's RecordIO container: records of bytes in one file, and the index beside it.

A part is ``magic, length word, bytes, zeros to the next multiple of 4``; all words are 32-bit
little endian, and the upper 3 bits of the length word are a flag. A record whose bytes contain
the magic number at a multiple of 4 is cut there into several parts (flags 1 first, 2 middle, 3
last; 0 is a whole record) and the number itself is left out, so that a program can find the
next record from anywhere in the file.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import numpy as np

from explorer.datasets.records.closing import Closing
from explorer.i18n import _, reason_of
from explorer.plain_files import POINTER, is_pointer, open_plain, read_plain

MAGIC = 0xCED7230A
_MAGIC_BYTES = struct.pack("<I", MAGIC)
_WORDS = struct.Struct("<II")
LENGTH_BITS = 29
MAX_LENGTH = (1 << LENGTH_BITS) - 1
WHOLE, FIRST, MIDDLE, LAST = range(4)


class RecordWriter(Closing):
    """Append records to a new file; `offsets` is what its index lists.

    Parameters
    ----------
    path : Path
        Created, or emptied.
    """

    def __init__(self, path: Path) -> None:
        self.offsets: list[int] = []
        self._stream = path.open("wb")
        self._digest = hashlib.sha256()

    def write(self, payload: bytes) -> int:
        """Append one record and return its offset in bytes.

        Raises
        ------
        ValueError
            If a part would not fit into 29 bits (512 MiB).
        """
        parts = _split(payload)
        longest = max(len(part) for part in parts)
        if longest > MAX_LENGTH:
            text = _("a record of {longest} bytes is too long, the limit is {limit}")
            raise ValueError(text.format(longest=longest, limit=MAX_LENGTH))
        offset = self._stream.tell()
        for number, part in enumerate(parts):
            if len(parts) == 1:
                flag = WHOLE
            elif number == 0:
                flag = FIRST
            else:
                flag = LAST if number == len(parts) - 1 else MIDDLE
            word = _WORDS.pack(MAGIC, flag << LENGTH_BITS | len(part))
            whole = b"".join((word, part, bytes(-len(part) % 4)))
            self._stream.write(whole)
            self._digest.update(whole)
        self.offsets.append(offset)
        return offset

    @property
    def fingerprint(self) -> str:
        """SHA-256, as hex, of what was given to be written so far."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Flush to the disk and close."""
        if not self._stream.closed:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()


class RecordReader(Closing):
    """Read records of a file by their number; safe to share between threads.

    The whole file is walked once, header to header, so a torn file is noticed at once and an
    index is not needed. If there is one (same name, ``.idx``) it decides the order, unless
    `indexed` is False.

    Raises
    ------
    ValueError
        If the file is cut off or is no RecordIO file, or the index does not fit it.
    FileNotFoundError
        If there is no such file.
    """

    def __init__(self, path: Path, *, indexed: bool = True) -> None:
        self.path = path
        with open_plain(path) as stream:
            self._descriptor = os.dup(stream.fileno())
        try:
            self.offsets, self._ends = self._walk()
            index = path.with_suffix(".idx")
            if indexed and index.exists():
                self.offsets = _ordered(index, path.name, self.offsets)
        except BaseException:
            self.close()
            raise

    def __del__(self) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.offsets)

    def read(self, number: int) -> bytes:
        """Return the bytes of record `number`, counted from 0 in the index's order."""
        raw = self.read_framed(number)
        parts = []
        position = 0
        while position < len(raw):
            _, word = _WORDS.unpack_from(raw, position)
            length = word & MAX_LENGTH
            parts.append(raw[position + 8 : position + 8 + length])
            position += 8 + length + -length % 4
        return _MAGIC_BYTES.join(parts)

    def read_framed(self, number: int) -> bytes:
        """Return a record as it lies in the file, from its magic number to the zeros after it."""
        start = self.offsets[number]
        end = self._ends[start]
        # A positioned read keeps no place in the file, so threads cannot disturb each other.
        raw = os.pread(self._descriptor, end - start, start)
        if len(raw) < end - start:
            text = _("{name} became shorter while it was read, at record {number}")
            raise ValueError(text.format(name=self.path.name, number=number))
        return raw

    def start_of(self, number: int, num_bytes: int) -> bytes:
        """Return up to `num_bytes` bytes from the start of a record, without reading the rest."""
        start = self.offsets[number]
        size = min(self._ends[start] - start, 8 + num_bytes)
        raw = os.pread(self._descriptor, size, start)
        _, word = _WORDS.unpack_from(raw)
        if word >> LENGTH_BITS == WHOLE:
            return raw[8 : 8 + (word & MAX_LENGTH)]
        return self.read(number)[:num_bytes]

    def close(self) -> None:
        """Close the file; may be called twice."""
        descriptor, self._descriptor = getattr(self, "_descriptor", -1), -1
        if descriptor >= 0:
            os.close(descriptor)

    def _walk(self) -> tuple[list[int], dict[int, int]]:
        size = os.fstat(self._descriptor).st_size
        offsets: list[int] = []
        ends: dict[int, int] = {}
        position, start = 0, None
        while position < size:
            header = os.pread(self._descriptor, 8, position)
            text = _("{name} is cut off at byte {size} after {number} records")
            cut_off = text.format(name=self.path.name, size=size, number=len(ends))
            if len(header) < 8:
                raise ValueError(cut_off)
            magic, word = _WORDS.unpack(header)
            flag, length = word >> LENGTH_BITS, word & MAX_LENGTH
            starts = flag in (WHOLE, FIRST)
            if magic != MAGIC or flag > LAST or starts != (start is None):
                if is_pointer(os.pread(self._descriptor, 100, 0)):
                    raise ValueError(_(POINTER, name=self.path.name))
                if position == 0:
                    raise ValueError(_("{name} is not a RecordIO file", name=self.path.name))
                text = _("{name} is damaged at byte {position} after {number} records")
                raise ValueError(
                    text.format(name=self.path.name, position=position, number=len(ends))
                )
            if start is None:
                start = position
                offsets.append(start)
            position += 8 + length + -length % 4
            if position > size:
                raise ValueError(cut_off)
            if flag in (WHOLE, LAST):
                ends[start] = position
                start = None
        if start is not None:
            raise ValueError(cut_off)
        return offsets, ends


def write_index(path: Path, offsets: list[int]) -> None:
    """Write the index: a line ``key<TAB>offset`` per record, keys counted from 0."""
    lines = [f"{key}\t{offset}\n" for key, offset in enumerate(offsets)]
    path.write_text("".join(lines), encoding="ascii")


def read_index(path: Path) -> list[tuple[int, int]]:
    """Return the (key, offset) pairs of an index.

    Raises
    ------
    ValueError
        If it cannot be read, or a line is not two whole numbers.
    """
    pairs = []
    try:
        text = read_plain(path).decode("ascii", errors="replace")
    except OSError as error:
        text = _("{name} cannot be read: {reason}; without {name} the records are found anyway")
        raise ValueError(text.format(name=path.name, reason=reason_of(error))) from error
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split("\t")
        if len(fields) != 2 or not all(field.strip().isdecimal() for field in fields):
            text = _(
                "{name} line {number} is not a key, a tab and an offset; without {name} the "
                "records are found anyway"
            )
            raise ValueError(text.format(name=path.name, number=number))
        pairs.append((int(fields[0]), int(fields[1])))
    return pairs


def _ordered(index: Path, record_file: str, found: list[int]) -> list[int]:
    listed = [offset for __, offset in read_index(index)]
    if set(listed) == set(found) and len(listed) == len(found):
        return listed
    strange = sorted(set(listed) - set(found))
    if strange:
        text = _(
            "{name} points to byte {byte} of {records}, where no record begins; without {name} the "
            "records are found anyway"
        )
    elif len(set(listed)) < len(listed):
        text = _(
            "{name} lists a record of {records} twice; without {name} the records are found anyway"
        )
    else:
        text = _(
            "{name} lists {listed} of {found} records of {records}; without {name} the records are "
            "found anyway"
        )
    counts = {"byte": (strange or [0])[0], "listed": len(listed), "found": len(found)}
    raise ValueError(text.format(name=index.name, records=record_file, **counts))


def _split(payload: bytes) -> list[bytes]:
    """Cut a record at each magic number that lies at a multiple of 4."""
    words = np.frombuffer(payload, dtype="<u4", count=len(payload) // 4)
    parts = []
    start = 0
    for cut in np.nonzero(words == MAGIC)[0] * 4:
        parts.append(payload[start:cut])
        start = int(cut) + 4
    return [*parts, payload[start:]]
