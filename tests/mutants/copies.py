"""Copies of the checkout, in which the tests meet a mistake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import psutil

from tests.mutants.mutations import Mutant
from tests.places import ROOT

CPU_LIMIT_S = 120
"""A mistake that makes the tests compute for longer is seen too: those of no file do so."""

_NO_FAILURE = (0, 5)
"""Exit codes of pytest when all tests passed, and when there was none."""


class Copy:
    """A checkout like ours; what happens in it changes nothing here."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._times = count(1)
        names = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split("\0")  # fmt: skip
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, root / name)

    def sees(self, mutant: Mutant) -> bool:
        """Say whether the tests of its folder fail with a mistake, or do not end."""
        path = self.root / mutant.path
        self._write(path, mutant.source)
        try:
            return not self.passes(self.tests_of(mutant.path))
        finally:
            self._write(path, mutant.module.code)

    def passes(self, tests: list[str], cpu_limit_s: int = CPU_LIMIT_S) -> bool:
        """Say whether no test fails."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not browser and not slow",
                   "-p", "no:cacheprovider", "-p", "tests.mutants.plugin", *tests]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(self.root), "OMP_NUM_THREADS": "1"}
        with subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=subprocess.DEVNULL
        ) as process:
            # Time of the processor: how busy it is with other work says nothing about a mistake.
            limit = cpu_limit_s, cpu_limit_s
            psutil.Process(process.pid).rlimit(psutil.RLIMIT_CPU, limit)
            return process.wait() in _NO_FAILURE

    def tests_of(self, path: str) -> list[str]:
        """Return a file's tests: those of its folder in the tree of tests that import it.

        Or the package that it is of; its own come first, then those of the folders around it, down
        to a part of a layer. All of its folder are where none imports it.
        """
        folder = self.root / Path("tests", *Path(path).parts[1:-1])
        while not any(folder.glob("test_*.py")):
            folder = folder.parent
        own = folder / f"test_{Path(path).name}"
        part = self.root / Path("tests", *Path(path).parts[1:3])
        around = [each for each in folder.parents if each.is_relative_to(part)]
        everything = [
            each for place in (folder, *around) for each in sorted(place.glob("test_*.py"))
        ]
        everything.sort(key=lambda each: each != own)
        names = [Path(path).with_suffix(""), *Path(path).parents]
        imported = [f"from {'.'.join(name.parts)} import " for name in names]
        chosen = [
            each
            for each in everything
            if each == own or any(line in each.read_text() for line in imported)
        ]
        whole = [each for each in everything if each.parent == folder]
        return [str(each.relative_to(self.root)) for each in chosen or whole]

    def _write(self, path: Path, source: str) -> None:
        path.write_text(source, encoding="utf-8")
        # Python takes what it compiled before if size and time are the same, to the second.
        os.utime(path, (next(self._times),) * 2)
