"""What every table calls a class: on a page, on the terminal and in a file."""

from __future__ import annotations

from collections.abc import Sequence


def class_label(class_id: int, class_names: Sequence[str]) -> str:
    """Return what stands in a column of classes; hostile until escaped.

    Parameters
    ----------
    class_id : int, from 0
    class_names : sequence of str
        In order of `class_id`; may be of a reader's files.
    """
    return class_names[class_id]
