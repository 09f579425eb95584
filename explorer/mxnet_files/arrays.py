"""``.params`` files: MXNet's arrays with their names, as ``mx.nd.save`` writes them.

A file is a header, the arrays one after the other, and their names after all of them. What stands
before an array has changed over the years: MXNet up to 0.11 begins with the shape, later ones with
a number that says which of three forms it is. All are read.

References
----------
``src/ndarray/ndarray.cc`` of MXNet 1.9.1: ``NDArray::Save``, ``Load`` and ``LegacyLoad``.
"""

from __future__ import annotations

import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.mxnet_files.errors import MxnetFileError
from explorer.plain_files import POINTER, is_pointer, open_plain

MOST_BYTES = 2**30
"""Of a file; VGG16's detectors have a tenth of it."""

_MOST_ARRAYS = 100_000
_MOST_NAME_BYTES = 4096
_MOST_DIMENSIONS = 32
"""As many as numpy has."""

_LIST = 0x112
_FORM_1, _FORM_2, _FORM_3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
"""Since MXNet 0.12, since 1.0 (knows sparse arrays), and with numpy's shapes, of which () is one
number, where it used to be nothing at all.
"""

_TYPES: dict[int, np.dtype[Any]] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f8"),
    2: np.dtype("<f2"),
    3: np.dtype("u1"),
    4: np.dtype("<i4"),
    5: np.dtype("i1"),
    6: np.dtype("<i8"),
    7: np.dtype("?"),
}
_TYPES_WITHOUT_NUMPY = {8: "int16", 9: "uint16", 10: "uint32", 11: "uint64", 12: "bfloat16"}
_SPARSE = {1: "row_sparse", 2: "csr"}


def read_arrays_file(path: Path) -> bytes:
    """Return what is in a ``.params`` file, for `parse_arrays`.

    Raises
    ------
    MxnetFileError
        If it is larger than `MOST_BYTES`.
    OSError
        If it is not there, is no plain file, or may not be read.
    """
    with open_plain(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MOST_BYTES:
            text = _("{path} is larger than {limit} MB, so it is not opened")
            raise MxnetFileError(text.format(path=path, limit=MOST_BYTES // 2**20))
        return stream.read(size)


def parse_arrays(content: bytes, path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a ``.params`` file by name, in the file's order.

    They are views of `content`, not to be written to: nothing is copied, and no memory is taken
    because of a number in the file.

    Parameters
    ----------
    content : bytes
        All of the file.
    path : path
        What errors call it.

    Raises
    ------
    MxnetFileError
        If it is something else or damaged, if arrays have no names or one twice, or if an array is
        sparse, or of a type that numpy does not have.
    """
    if not content:
        raise MxnetFileError(_("{path} is empty", path=path))
    if is_pointer(content):
        raise MxnetFileError(_(POINTER, name=path))
    reader = _Reader(content, path)
    if len(content) < 8 or reader.number("Q") != _LIST:
        text = _("{path} is no file of MXNet's arrays: its beginning is another one")
        raise MxnetFileError(text.format(path=path))
    reader.number("Q")  # of no meaning yet
    arrays = [reader.array(place) for place in range(reader.count())]
    if (num_names := reader.count()) != len(arrays):
        if num_names:
            raise reader.damaged()
        text = _("{path} holds arrays without names, so nobody can say what they are")
        raise MxnetFileError(text.format(path=path))
    named: dict[str, NDArray[Any]] = {}
    for array in arrays:
        name = reader.name()
        if name in named:
            raise reader.damaged()
        named[name] = array
    if not reader.at_end:
        raise reader.damaged()
    return named


class _Reader:
    """Takes one thing after the other from a file, and never more than is there."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._content = content
        self._path = path
        self._place = 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._content)

    def damaged(self) -> MxnetFileError:
        text = _("{path} is damaged: its arrays end or begin where they should not")
        return MxnetFileError(text.format(path=self._path))

    def number(self, kind: str) -> int:
        """Return the next number, which `struct` knows as `kind`."""
        return self._numbers(kind, 1)[0]

    def count(self) -> int:
        count = self.number("Q")
        if count > _MOST_ARRAYS:
            raise self.damaged()
        return count

    def name(self) -> str:
        num_bytes = self.number("Q")
        if num_bytes > _MOST_NAME_BYTES:
            raise self.damaged()
        try:
            return self._skip(num_bytes).tobytes().decode()
        except UnicodeDecodeError as error:
            raise self.damaged() from error

    def array(self, place: int) -> NDArray[Any]:
        """Return the next array, which is that one of the file's, counted from 0."""
        form = self.number("I")
        if form in (_FORM_2, _FORM_3) and (storage := self.number("i")) != 0:
            if storage not in _SPARSE:
                raise self.damaged()
            text = _("{path}: its array {number} is sparse ({kind}), which is not read")
            raise MxnetFileError(
                text.format(path=self._path, number=place + 1, kind=_SPARSE[storage])
            )
        shape = self._shape(form)
        if not shape and form != _FORM_3:
            text = _("{path}: its array {number} is empty, so something was never computed")
            raise MxnetFileError(text.format(path=self._path, number=place + 1))
        self._numbers("i", 2)  # the device that it was on
        dtype = self._type(self.number("i"), place)
        # Without the zeros, for (0, 10**18) is no array of numpy's either.
        if math.prod(filter(None, shape)) * dtype.itemsize > MOST_BYTES:
            raise self.damaged()
        values = self._skip(math.prod(shape) * dtype.itemsize)
        # Strings and small types before it may have left it at any place.
        return np.require(np.frombuffer(values, dtype).reshape(shape), requirements="A")

    def _shape(self, form: int) -> tuple[int, ...]:
        if form in (_FORM_1, _FORM_2, _FORM_3):
            kind, num_dimensions = "q", self.number("i")
        else:  # before there were forms, what comes first is how many sides there are
            kind, num_dimensions = "I", form
        if not 0 <= num_dimensions <= _MOST_DIMENSIONS:
            raise self.damaged()
        shape = self._numbers(kind, num_dimensions)
        if any(side < 0 for side in shape):
            raise self.damaged()
        return shape

    def _type(self, key: int, place: int) -> np.dtype[Any]:
        if key in _TYPES:
            return _TYPES[key]
        if key not in _TYPES_WITHOUT_NUMPY:
            raise self.damaged()
        text = _("{path}: its array {number} is of type {kind}, which is not read")
        raise MxnetFileError(
            text.format(path=self._path, number=place + 1, kind=_TYPES_WITHOUT_NUMPY[key])
        )

    def _numbers(self, kind: str, count: int) -> tuple[int, ...]:
        form = f"<{count}{kind}"
        return struct.unpack(form, self._skip(struct.calcsize(form)))

    def _skip(self, num_bytes: int) -> memoryview:
        """Return the next bytes, and go on behind them."""
        start, self._place = self._place, self._place + num_bytes
        if self._place > len(self._content):
            raise self.damaged()
        return memoryview(self._content)[start : self._place]
