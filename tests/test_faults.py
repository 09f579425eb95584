"""Every fault of `docs/faults.md` is provoked by tests that are there."""

from __future__ import annotations

import ast
import re

from tests.places import ROOT

ROWS = [
    line
    for line in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and "provoked by" not in line
]


def test_each_row_names_tests_that_are_there() -> None:
    assert len(ROWS) == 39
    for row in ROWS:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, test in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
