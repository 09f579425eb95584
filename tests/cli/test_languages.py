"""Commands in the language of brackets: help, tables, refusals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from explorer.cli import _translate, app
from explorer.datasets.catalog import NAMES
from tests.i18n.pseudo import LANGUAGE, english_left

KNOWN = "|".join(
    (
        r"/[^\s⟦⟧]*",  # paths
        r"ssd-explorer [-a-z ]+",  # commands to type
        r"--\w+|nix|toy-ssd|cpu",
        *sorted(NAMES, reverse=True),  # the longest of those that begin alike first
        r"m?AP(50|75)?",
    )
)
"""What is the same in every language."""


def helped(command: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and the help of a command, its options and all below it."""
    for each in (command, *command.params):
        yield f"{command.name} {each.name}", getattr(each, "help", None) or ""
    for below in getattr(command, "commands", {}).values():
        yield from helped(below)


@pytest.mark.usefixtures("pseudo_language")
def test_all_help_is_of_the_catalogue() -> None:
    command = typer.main.get_command(app)
    _translate(command)
    texts = dict(helped(command))
    assert len([text for text in texts.values() if text]) > 60
    left = {name: english_left(re.sub(r"\{\w+\}", " ", text)) for name, text in texts.items()}
    assert [name for name, words in left.items() if words] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["devices"],
        ["data", "list"],
        ["data", "check", "nix"],
        ["anchors", "show"],
        ["anchors", "coverage", "sample"],
        ["runs", "list"],
        ["runs", "pause", "nix"],
        ["train", "--epochs", "0"],
    ],
    ids=" ".join,
)
def test_a_command_says_nothing_else(
    arguments: list[str], catalogues: Path, tmp_path: Path
) -> None:
    place = {
        "SSD_EXPLORER_LOCALE": str(catalogues),
        "LANGUAGE": LANGUAGE,
        "SSD_EXPLORER_RUNS": str(tmp_path),
    }
    code = "from explorer.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **place},
        capture_output=True,
        text=True,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert "⟦" in said
    assert english_left(re.sub(KNOWN, " ", said)) == [], said
