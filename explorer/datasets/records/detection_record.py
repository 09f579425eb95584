"""What MXNet's detection records hold: a header, the label as floats, the encoded image.

The header is ``flag, label, id, id2`` (uint32, float32, uint64, uint64). For detection `flag`
counts the floats that follow it: the width of this label's own header, the width of an
object, further header values, then the objects: ``class_id, xmin, ymin, xmax, ymax, …``.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

HEADER = struct.Struct("<IfQQ")
_LABEL_HEADER_WIDTH = 2
_OBJECT_WIDTH = 5


def pack(labels: NDArray[np.float32], jpeg: bytes, record_id: int) -> bytes:
    """Return a record that `mxnet.image.ImageDetIter` reads.

    Parameters
    ----------
    labels : (G, 5) float32
        class_id and corner box, normalised. G = 0 is allowed here, but `ImageDetIter` refuses
        such a record.
    jpeg : bytes
        The encoded image.
    """
    labels = np.asarray(labels, dtype=np.float32)
    if labels.ndim != 2 or labels.shape[1] != _OBJECT_WIDTH:
        raise ValueError(_("labels must have shape (G, 5), got {shape}", shape=labels.shape))
    floats = np.concatenate([[_LABEL_HEADER_WIDTH, _OBJECT_WIDTH], labels.ravel()])
    header = HEADER.pack(len(floats), 0.0, record_id, 0)
    return header + floats.astype("<f4").tobytes() + jpeg


def unpack_labels(record: bytes) -> NDArray[np.float32]:
    """Return the (G, 5) labels of a record; wider objects lose their further columns.

    Raises
    ------
    ValueError
        If the record has no detection label, or its widths do not fit.
    """
    end = label_end(record)
    if len(record) < end:
        text = _("has {number} bytes, and its label alone should have {end}")
        raise ValueError(text.format(number=len(record), end=end))
    floats = np.frombuffer(record[HEADER.size : end], "<f4")
    header_width, object_width = label_widths(floats)
    objects = floats[header_width:].reshape(-1, object_width)
    return np.array(objects[:, :_OBJECT_WIDTH], dtype=np.float32)


def label_widths(floats: NDArray[np.float32]) -> tuple[int, int]:
    """Return how many numbers of a label are its header, and how many each object has.

    Raises
    ------
    ValueError
        If it is no detection label, or its widths do not fit.
    """
    if len(floats) < 2:
        raise ValueError(_("has no detection label (is it a classification record?)"))
    header_width, object_width = float(floats[0]), float(floats[1])
    if not (
        header_width.is_integer()
        and object_width.is_integer()
        and 2 <= header_width <= len(floats)
        and object_width >= _OBJECT_WIDTH
        and (len(floats) - header_width) % object_width == 0
    ):
        raise ValueError(
            _(
                "has a label of {number} numbers, which a header of {header_width:g} and objects "
                "of {object_width:g} do not fill",
                number=len(floats),
                header_width=header_width,
                object_width=object_width,
            )
        )
    return int(header_width), int(object_width)


def unpack_image(record: bytes) -> bytes:
    """Return the encoded image of a record."""
    return record[label_end(record) :]


def label_end(record: bytes) -> int:
    """Return how many bytes header and label take; the record's start is enough to know it."""
    if len(record) < HEADER.size:
        raise ValueError(_("has {number} bytes, fewer than a record's header", number=len(record)))
    return HEADER.size + 4 * int(HEADER.unpack_from(record)[0])
