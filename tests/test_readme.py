"""What the README and the other documents promise: files, commands, options, output of examples."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer

from explorer.cli import app
from tests.places import ROOT

README = ROOT / "README.md"
DOCUMENTS = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "data" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
INLINE_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# "make" is also a package that one installs, so that it counts only where a command begins.
COMMAND = re.compile(
    r"(?:^|^\$ |&& |/bin/|\s(?=ssd-explorer))(ssd-explorer|make|voila) ([^`#\n]*)", re.MULTILINE
)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS]
)


def blocks(language: str) -> list[str]:
    """Return the README's fenced blocks of a language."""
    return [body for name, body in FENCED.findall(README.read_text()) if name == language]


def commands(document: Path, program: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of `program` in code, as a shell would split them."""
    text = document.read_text()
    code = [body for name, body in FENCED.findall(text) if name not in ("python", "pycon")]
    prose = FENCED.sub("", text)
    code += INLINE_CODE.findall(prose)
    code += re.findall(r"^    (.*)$", prose, re.MULTILINE)
    for part in code:
        for found, arguments in COMMAND.findall(part):
            if found == program:
                yield shlex.split(arguments.split(" && ")[0])


def named_paths(document: Path) -> Iterator[str]:
    """Yield what stands in code marks and is a path below a folder or file of the repository."""
    folders = {path.name for path in ROOT.iterdir()} | {"data", "runs"}
    for code in INLINE_CODE.findall(FENCED.sub("", document.read_text())):
        if re.fullmatch(r"[\w./-]+", code) and code.partition("/")[0] in folders:
            yield code


def is_made_by_the_product(path: str) -> bool:
    ignored = ["git", "check-ignore", "-q", path]
    return subprocess.run(ignored, cwd=ROOT, check=False).returncode == 0


def anchors_of(document: Path) -> set[str]:
    """Return the link targets that GitHub gives the headings of a document."""
    headings = HEADING.findall(FENCED.sub("", document.read_text()))
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text()):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / unquote(path) if path else document
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(target)
    assert broken == []


@every_document
def test_named_files_are_there(document: Path) -> None:
    near = (ROOT, document.parent)
    missing = [
        path
        for path in named_paths(document)
        if not any((folder / path).exists() for folder in near) and not is_made_by_the_product(path)
    ]
    assert missing == []


@every_document
def test_named_make_targets_are_there(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {arguments[0] for arguments in commands(document, "make") if arguments}
    assert named <= targets


@every_document
def test_named_notebooks_are_there(document: Path) -> None:
    for arguments in commands(document, "voila"):
        assert (ROOT / arguments[0]).is_file(), arguments


@every_document
def test_named_commands_and_options_exist(document: Path) -> None:
    for arguments in commands(document, "ssd-explorer"):
        check_command(arguments)


def check_command(arguments: list[str]) -> None:
    """Fail if a command or option is not one of ours; "…" stands for any."""
    command: Any = typer.main.get_command(app)
    words = [word for word in arguments if word != "…"]
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"no command {name}: ssd-explorer {arguments}"
        command = command.commands[name]
    options = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in {*options, "--help"}, f"ssd-explorer {arguments}"


@pytest.mark.parametrize("call", ["data mix", "train --epoch 8", "anchors show --fast"])
def test_a_command_that_does_not_exist_is_noticed(call: str) -> None:
    with pytest.raises(AssertionError):
        check_command(call.split())


def test_readme_names_the_commands_that_it_should() -> None:
    first_words = {tuple(arguments[:1]) for arguments in commands(README, "ssd-explorer")}
    assert {("train",), ("evaluate",), ("detect",), ("data",), ("anchors",)} <= first_words
    assert {arguments[0] for arguments in commands(README, "make")} >= {"run", "test"}


def test_session_with_anchors_says_what_the_readme_says() -> None:
    (session,) = blocks("pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, "README", str(README), 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert result.attempted > 0
    assert result.failed == 0, "".join(report)


def test_example_prints_what_the_readme_says() -> None:
    (example,) = blocks("python")
    (output,) = blocks("text")
    on_the_cpu = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}  # a GPU rounds otherwise
    command = [sys.executable, "-c", example]
    done = subprocess.run(
        command, cwd=ROOT, env=on_the_cpu, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == output
