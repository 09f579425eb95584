"""Small mistakes that one could make in a file, by the operators of mutmut.

mutmut's own run looks at the bodies of undecorated functions alone: at no property, no observer
and no constant. So only what it makes of a place is taken from it.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m
from mutmut.mutation.mutators import (
    mutation_operators,
    operator_arg_removal,
    operator_assignment,
)

SEED = 14
"""Another one draws another sample."""

_OPERATORS = [
    (kind, operator)
    for kind, operator in mutation_operators
    # None for a value, and a call that lacks an argument, fail wherever they are run at all.
    if operator not in (operator_assignment, operator_arg_removal)
]
_LEFT_ALONE = m.Annotation() | m.Decorator() | m.Import() | m.ImportFrom()
_TEXT = m.Call(func=m.Name("_") | m.Name("N_") | m.Name("ngettext"))
"""What is said is held by the tests of the catalogue; the values in it are looked at."""


@dataclass(frozen=True)
class Mutant:
    """A file with one mistake in it."""

    path: str
    """Relative to the checkout."""
    module: cst.Module
    old: cst.CSTNode
    new: cst.CSTNode
    digest: str
    """Decides which are drawn. It knows the mistake and its function, but no line number, so that
    changes elsewhere change nothing."""

    @property
    def source(self) -> str:
        """The whole file with the mistake."""
        changed: cst.Module = self.module.deep_replace(self.old, self.new)
        return changed.code

    @property
    def diff(self) -> list[str]:
        """The lines that differ, those that are gone first, with their place."""
        before, after = self.module.code.splitlines(), self.source.splitlines()
        return [
            line
            for line in difflib.unified_diff(before, after, lineterm="", n=0)
            if not line.startswith(("---", "+++"))
        ]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that differ, without their place and indentation."""
        return tuple(f"{line[0]} {line[1:].strip()}" for line in self.diff if line[0] in "-+")


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Return one mutant of each place of a file at which mutmut finds one to make."""
    module = cst.parse_module(source)
    places = _Places()
    module.visit(places)
    seen: Counter[str] = Counter()
    best: dict[int, Mutant] = {}
    for function, old, new in places.found:
        key = "|".join((str(SEED), path, function, _code(old), _code(new)))
        seen[key] += 1
        digest = hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest()
        if id(old) not in best or digest < best[id(old)].digest:
            best[id(old)] = Mutant(path, module, old, new, digest)
    return list(best.values())


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


class _Places(cst.CSTVisitor):
    """Collects what mutmut makes of each place of a file."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, cst.CSTNode, cst.CSTNode]] = []
        self._names: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._names.append(node.name.value)
        if m.matches(node, _LEFT_ALONE):
            return False
        if m.matches(node, _TEXT):
            for argument in cst.ensure_type(node, cst.Call).args:
                if argument.keyword:
                    argument.value.visit(self)
            return False
        for kind, operator in _OPERATORS:
            if isinstance(node, kind):
                self.found += [(".".join(self._names), node, new) for new in operator(node)]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self._names.pop()
