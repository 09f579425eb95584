"""Detections as a table that spreadsheets and scripts read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from explorer.exchange.class_label import class_label
from explorer.exchange.detected_image import DetectedImage

COLUMNS = (
    "image", "class", "score", "xmin_px", "ymin_px", "xmax_px", "ymax_px", "anchor", "layer",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet compute a cell instead of showing it; also as wide characters."""


def detections_csv(images: Sequence[DetectedImage], class_names: Sequence[str]) -> str:
    r"""Write a line for each object, under a line of column names.

    A name that a spreadsheet would take for a formula, or that begins with ``'``, gets a ``'``
    before it: leaving out a first ``'`` gives all names back. What is not valid UTF-8 in a file
    name becomes U+FFFD, and so does a byte of zero.

    Parameters
    ----------
    images : sequence of DetectedImage
        An image without objects has no line.
    class_names : sequence of str
        In order of `class_id`.

    Returns
    -------
    str
        Text is quoted, lines end with ``\n``; pixels are rounded to 2 decimals, scores to 6.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(COLUMNS)
    for image in images:
        for class_id, score, box, anchor, layer in zip(
            image.class_id, image.score, image.boxes_px, image.anchor, image.layer, strict=True
        ):
            table.writerow(
                [
                    _cell(image.name),
                    _cell(class_label(class_id, class_names)),
                    round(float(score), 6),
                    *(round(float(side), 2) for side in box),
                    anchor,
                    layer,
                ]
            )
    return text.getvalue()


def _cell(name: str) -> str:
    readable = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    readable = readable.replace("\0", "\N{REPLACEMENT CHARACTER}")  # Python 3.10 writes none
    return f"'{readable}" if readable.startswith(("'", *_FORMULA)) else readable
