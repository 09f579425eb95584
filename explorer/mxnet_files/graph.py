"""A network's graph as MXNet writes it, ``NAME-symbol.json``, read without MXNet.

The spelling changed over the years: a node's attributes stand under ``attrs``, ``attr`` or
``param``, its inputs are two numbers or three, and the oldest nodes name a ``backward_source_id``.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from explorer.i18n import _
from explorer.mxnet_files.errors import MxnetFileError

MOST_BYTES = 16 * 2**20
"""Of a file; a ResNet-152 with all its decoding has less than half a megabyte."""
MOST_NODES = 20_000
VARIABLE = "null"
"""What MXNet calls the operator of an input: an image, a weight, a label."""

_MOST_LETTERS = 10_000
_LARGEST = 2**31
"""Of an attribute: shapes and thresholds are far below, and infinity is not."""

_INPUTS_OF_OLD_BATCH_NORM = 3
_OF_OLD_BATCH_NORM = ("moving_mean", "moving_var")
"""Until MXNet 0.8 a graph had no nodes for what is not learned; later ones add them so."""

_SPELLINGS = ("attrs", "attr", "param")
"""Where a node's attributes may stand; of an attribute that stands twice the later one counts."""


class Entry(NamedTuple):
    """One output of a node: what another node takes."""

    node: int
    """Its place in `Graph.nodes`."""
    output: int = 0


@dataclass(frozen=True)
class Node:
    """An operator, or a variable."""

    name: str
    op: str
    """`VARIABLE`, or the operator's name in MXNet."""
    inputs: tuple[Entry, ...]
    """Each of them stands before it."""
    attributes: dict[str, str] = field(default_factory=dict)
    """As text, as MXNet has them."""

    @property
    def is_variable(self) -> bool:
        """Whether it is an input: an image, a weight, a label."""
        return self.op == VARIABLE

    @property
    def said(self) -> str:
        """What a sentence calls it."""
        return self.name if self.is_variable else f"{self.name} ({self.op})"

    @property
    def first(self) -> Entry:
        """The first of its inputs.

        Raises
        ------
        MxnetFileError
            If it has none.
        """
        if not self.inputs:
            raise MxnetFileError(_("{node}: it takes nothing", node=self.said))
        return self.inputs[0]

    def value(self, name: str, default: Any) -> Any:
        """Return an attribute that is one number or truth; `default` without it.

        Raises
        ------
        MxnetFileError
            If it is none of these, or not finite.
        """
        values = self.numbers(name)
        if len(values) > 1:
            raise self._no_number(name)
        return values[0] if values else default

    def numbers(self, name: str, default: Sequence[float] = ()) -> tuple[float, ...]:
        """Return an attribute that is a tuple; one number alone is a tuple of one.

        Raises
        ------
        MxnetFileError
            If something in it is no number, or not finite.
        """
        text = self.attributes.get(name, "None")
        if text == "None":
            return tuple(default)
        try:
            if len(text) > _MOST_LETTERS:
                raise ValueError(text)
            spelled = {"true": "True", "false": "False"}.get(text.strip(), text.strip())
            value = ast.literal_eval(spelled.replace("L", ""))  # Python 2 wrote (1L, 3L)
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise self._no_number(name) from error
        values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if not all(isinstance(each, (int, float)) and abs(each) < _LARGEST for each in values):
            raise self._no_number(name)
        return values

    def _no_number(self, name: str) -> MxnetFileError:
        text = _("{node}: {name} is {text!r}, which is not understood")
        return MxnetFileError(
            text.format(node=self.said, name=name, text=self.attributes.get(name, "")[:60])
        )


@dataclass(frozen=True)
class Graph:
    """The nodes of a network, each after those that it takes from."""

    nodes: tuple[Node, ...]
    heads: tuple[Entry, ...]
    """What the network gives."""
    _content: dict[str, Any] = field(repr=False)
    """The JSON that it was read from: MXNet itself upgrades what an earlier one wrote."""

    def __getitem__(self, entry: Entry) -> Node:
        return self.nodes[entry.node]

    def users(self, entry: Entry) -> Iterator[int]:
        """Yield the places of the nodes that take an output."""
        for place, node in enumerate(self.nodes):
            if entry in node.inputs:
                yield place

    def needed(self, wanted: Sequence[Entry]) -> list[int]:
        """Return the places of all nodes that the `wanted` outputs come from, in order."""
        needed = {entry.node for entry in wanted}
        for place in range(len(self.nodes) - 1, -1, -1):
            if place in needed:
                needed.update(entry.node for entry in self.nodes[place].inputs)
        return sorted(needed)

    def variables(self, places: Iterable[int]) -> list[str]:
        """Return the names of what must be given from outside: images, labels and arrays."""
        names: list[str] = []
        for node in map(self.nodes.__getitem__, places):
            if node.is_variable:
                names.append(node.name)
            elif node.op.startswith("BatchNorm") and len(node.inputs) == _INPUTS_OF_OLD_BATCH_NORM:
                names += [f"{node.name}_{each}" for each in _OF_OLD_BATCH_NORM]
        return names

    def cut(self, wanted: Sequence[Entry], names: dict[int, str] | None = None) -> str:
        """Return the JSON of a graph that gives the `wanted` outputs and has nothing else.

        It stands in the spelling of the original, for MXNet to read.

        Parameters
        ----------
        names : dict of int to str, optional
            New names of nodes, by their places.
        """
        needed = self.needed(wanted)
        place_of = {place: number for number, place in enumerate(needed)}

        def moved(entry: list[int]) -> list[int]:
            return [place_of[entry[0]], *entry[1:]]

        nodes = []
        for place in needed:
            written = self._content["nodes"][place]
            name = (names or {}).get(place, written["name"])
            inputs = [moved(entry) for entry in written["inputs"]]
            nodes.append({**written, "name": name, "inputs": inputs})
        kept = {name: self._content[name] for name in ("attrs",) if name in self._content}
        variables = [place_of[place] for place in needed if self.nodes[place].is_variable]
        heads = [moved([*entry, 0]) for entry in wanted]
        return json.dumps({"nodes": nodes, "arg_nodes": variables, "heads": heads, **kept})


def read_graph(written: bytes | str) -> Graph:
    """Read the JSON of a graph.

    Raises
    ------
    MxnetFileError
        If it is none: one sentence.
    """
    if len(written) > MOST_BYTES:
        text = _("a graph of more than {limit} MB is not read")
        raise MxnetFileError(text.format(limit=MOST_BYTES // 2**20))
    try:
        content = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise MxnetFileError(_("it is not JSON, so it is no graph of MXNet")) from error
    if not isinstance(content, dict) or not all(
        isinstance(content.get(name), list) for name in ("nodes", "heads")
    ):
        raise MxnetFileError(_("it has no nodes and heads, so it is no graph of MXNet"))
    if len(content["nodes"]) > MOST_NODES:
        text = _("it has {number:,} nodes, the limit is {limit:,}")
        raise MxnetFileError(text.format(number=len(content["nodes"]), limit=MOST_NODES))
    nodes = tuple(_node(place, each) for place, each in enumerate(content["nodes"]))
    heads = tuple(_entry(each, len(nodes), _("the graph's heads")) for each in content["heads"])
    if not heads:
        raise MxnetFileError(_("the graph has no heads: it gives nothing"))
    return Graph(nodes, heads, content)


def _node(place: int, written: Any) -> Node:
    told = written if isinstance(written, dict) else {}
    name, op, inputs = told.get("name"), told.get("op"), told.get("inputs")
    if not (isinstance(name, str) and isinstance(op, str) and isinstance(inputs, list)):
        text = _("node {place} of the graph has no name, operator or inputs")
        raise MxnetFileError(text.format(place=place))
    attributes: dict[str, str] = {}
    for spelling in _SPELLINGS:
        more = told.get(spelling, {})
        if not isinstance(more, dict):
            text = _("node {name} of the graph has attributes that are none")
            raise MxnetFileError(text.format(name=name))
        attributes |= {str(key): str(value) for key, value in more.items()}
    entries = tuple(_entry(each, place, name) for each in inputs)
    return Node(name, op, entries, attributes)


def _entry(written: Any, before: int, where: str) -> Entry:
    """Return what one node takes from another, which must stand `before` it."""
    numbers = written[:2] if isinstance(written, list) else []
    if len(numbers) != 2 or not all(type(each) is int and each >= 0 for each in numbers):
        text = _("{where}: an input is {written!r}, not a node and its output")
        raise MxnetFileError(text.format(where=where, written=str(written)[:60]))
    if numbers[0] >= before:
        text = _("{where}: it takes from node {place}, which does not stand before it")
        raise MxnetFileError(text.format(where=where, place=numbers[0]))
    return Entry(*numbers)
