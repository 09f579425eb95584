"""What in a graph is not understood, said by its node."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from explorer.i18n import _
from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.graph import Node

_Item = TypeVar("_Item")
_Read = TypeVar("_Read")


class NotUnderstoodError(MxnetFileError):
    """Nodes do what no part of an SSD does that is known here; one sentence for each."""

    def __init__(self, node: Node, why: str) -> None:
        self.sentences = [_("{node}: {why}", node=node.said, why=why)]
        super().__init__(*self.sentences)


class NoSsdError(MxnetFileError):
    """A graph is no SSD; one sentence says what is missing."""


def read_each(read: Callable[[_Item], _Read], items: Iterable[_Item]) -> list[_Read]:
    """Return what `read` makes of each item.

    Raises
    ------
    NotUnderstoodError
        With the sentences of all that are not understood.
    """
    found, failed = [], None
    for item in items:
        try:
            found.append(read(item))
        except NotUnderstoodError as error:
            if failed is None:
                failed = error
            else:
                failed.sentences += error.sentences
    if failed is not None:
        raise failed
    return found
