"""How texts are written in the source: marked, whole, with named places, and never too early."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.places import ROOT

FILES = sorted((ROOT / "explorer").rglob("*.py"))
MARKS = ("_", "N_", "ngettext")
FOR_PROGRAMMERS = {
    "AssertionError",
    "AttributeError",
    "IndexError",
    "KeyError",
    "NotImplementedError",
    "PydanticCustomError",
    "RunError",  # takes the key of a sentence
    "RuntimeError",
    "TypeError",
}
"""Errors that only a programmer meets are in English."""


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Yield the calls of functions with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def literal(node: ast.AST) -> bool:
    """Say whether an expression is a text that is written there, with values in it or not."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def each_file(find: Callable[[ast.Module], Iterator[ast.AST]], folder: str = "") -> list[str]:
    """Return where `find` finds something in a folder of the source."""
    return [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path in FILES
        if path.is_relative_to(ROOT / "explorer" / folder)
        for node in find(parsed(path))
    ]


def test_a_refusal_is_of_the_catalogue() -> None:
    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                name = ast.unparse(node.exc.func)
                if name not in FOR_PROGRAMMERS and literal(node.exc.args[0]):
                    yield node

    assert each_file(find) == []


def test_a_text_is_written_where_it_is_marked() -> None:
    """An f-string or a sum is another text each time: no catalogue can have it."""

    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for call in calls(tree, *MARKS):
            texts = call.args[:2] if ast.unparse(call.func) == "ngettext" else call.args[:1]
            if any(isinstance(text, (ast.JoinedStr, ast.BinOp)) for text in texts):
                yield call

    assert each_file(find) == []


def test_places_have_names_and_are_filled() -> None:
    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for call in calls(tree, *MARKS):
            given = {keyword.arg for keyword in call.keywords}
            for text in call.args:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    fields = {name for _, name, _, _ in string.Formatter().parse(text.value)}
                    fields -= {None, "n"}
                    if "" in fields or (given and None not in given and not fields <= given):
                        yield call

    assert each_file(find) == []


def test_no_text_is_translated_at_import() -> None:
    """What is said when a module is imported is said before the reader's language is known."""

    def find(tree: ast.AST) -> Iterator[ast.AST]:
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                early = [*node.args.defaults, *node.args.kw_defaults]
                early += getattr(node, "decorator_list", [])
                for each in early:
                    if each is not None:
                        yield from calls(each, "_", "ngettext")
                continue
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "ngettext"):
                yield node
            yield from find(node)

    assert each_file(find) == []


SHOWN = {
    "axis_label",
    "description",
    "legend_label",
    "placeholder",
    "title",
    "tooltip",
    "x_axis_label",
    "y_axis_label",
}
"""Arguments and attributes of widgets and figures that a person reads."""


TERMS = ("AP50",)


def test_what_widgets_and_figures_say_is_of_the_catalogue() -> None:
    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            names, value = [], None
            if isinstance(node, ast.keyword):
                names, value = [node.arg], node.value
            elif isinstance(node, ast.Assign):
                names = [each.attr for each in node.targets if isinstance(each, ast.Attribute)]
                value = node.value
            if SHOWN & set(names) and isinstance(value, (ast.Constant, ast.JoinedStr)):
                said = value.values if isinstance(value, ast.JoinedStr) else [value]
                words = "".join(str(v.value) for v in said if isinstance(v, ast.Constant))
                if re.search("[A-Za-z]{2}", words) and words not in ("None", *TERMS):
                    yield value

    assert each_file(find, "pages") == []


@pytest.mark.parametrize("name", ["_", "ngettext"])
def test_the_catalogue_is_not_hidden(name: str) -> None:
    """A loop over `_` in a function that says something would hide the function `_` there."""

    def binds(node: ast.AST) -> bool:
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            return False
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        return any(map(binds, ast.iter_child_nodes(node)))

    def find(tree: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from calls(node, name) if binds(node) else ()

    assert each_file(find) == []
