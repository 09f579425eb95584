"""Damage files, one after the other, and see what the commands make of each.

``python -m tests.damaged.trial FIRST NUMBER`` damages so many files by chance, without arguments
it takes those of `HOSTILE`. It prints a line of JSON for each file that did harm, and a last one
with the number of files, the most memory in use, and the slowest answer.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from explorer.cli import app
from tests.damaged.damage import spoil
from tests.damaged.good_sets import KINDS, Kind
from tests.damaged.hostile import HOSTILE
from tests.memory import peak_kb

SECONDS = 20
"""Of a processor's time; a wait, which takes none, may last `WAITING` of the clock's."""

WAITING = 120
MEGABYTES = 1000


class Hang(BaseException):
    """It took longer than `SECONDS`; no handler of errors may take it for one."""


@dataclass(frozen=True)
class Case:
    """A file to damage."""

    kind: str
    number: int
    path: str = ""
    """What is written instead; chosen by chance if empty."""
    content: bytes = b""

    def damage(self, folder: Path) -> str:
        """Damage the file in a folder; return which it was, and how."""
        if self.path:
            (folder / self.path).write_bytes(self.content)
            return f"{self.path}: {self.content[:80]!r}"
        rng = random.Random(self.number)
        path = rng.choice(sorted(folder.rglob(KINDS[self.kind].spoilt)))
        return f"{path.name}: {spoil(path, rng)}"


def by_chance(first: int, number: int) -> list[Case]:
    """Return cases that their numbers decide."""
    kinds = list(KINDS)
    return [Case(kinds[each % len(kinds)], each) for each in range(first, first + number)]


def hostile() -> list[Case]:
    """Return all cases of `HOSTILE`."""
    return [
        Case(kind, number, path, content)
        for (kind, path), contents in HOSTILE.items()
        for number, content in enumerate(contents)
    ]


def main(cases: list[Case]) -> None:
    faulthandler.dump_traceback_later(60 * SECONDS, exit=True)  # what holds Python's lock
    for each in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(each, _ring)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        os.environ["SSD_EXPLORER_DATA"] = str(root / "data")
        os.environ["COLUMNS"] = "200"
        goods = {name: _good(kind, root / "good" / name) for name, kind in KINDS.items()}
        slowest = 0.0
        for case in cases:
            folder = root / "case"
            shutil.copytree(goods[case.kind], folder)
            os.environ["SSD_EXPLORER_RUNS"] = str(folder / "runs")
            how = case.damage(folder)
            for problem, seconds in _try(KINDS[case.kind], folder):
                slowest = max(slowest, seconds)
                if problem:
                    _say(kind=case.kind, case=case.number, how=how, problem=problem)
            shutil.rmtree(folder)
            shutil.rmtree(root / "data", ignore_errors=True)
    _say(number=len(cases), megabytes=peak_kb() // 1024, seconds=round(slowest, 1))


def _good(kind: Kind, folder: Path) -> Path:
    folder.mkdir(parents=True)
    kind.make(folder)
    return folder


def _try(kind: Kind, folder: Path) -> list[tuple[str, float]]:
    commands = [[each.format(folder=folder) for each in words] for words in kind.commands]
    outcomes = [_timed(lambda words=words: _command(words)) for words in commands]
    return outcomes + [_timed(lambda call=call: _call(call, folder)) for call in kind.calls]


def _timed(act: Callable[[], str]) -> tuple[str, float]:
    """Return what is wrong with how it ended, "" if nothing is, and the seconds that it took."""
    before, started = peak_kb() // 1024, time.process_time()
    signal.alarm(WAITING)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        problem = act()
    except Hang:
        problem = f"took more than {SECONDS} s: {traceback.format_exc()[-1500:]}"
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    if before < MEGABYTES <= peak_kb() // 1024:
        problem += f" took {peak_kb() // 1024} MB"
    return problem, time.process_time() - started


def _command(words: list[str]) -> str:
    done = CliRunner().invoke(app, words)
    if not isinstance(done.exception, SystemExit | None):
        return f"{words}: {''.join(traceback.format_exception(done.exception))[-1500:]}"
    last = (done.stderr.splitlines() or [""])[-1]  # notes may come before it
    if done.exit_code == 2 and last and not last.startswith("error: "):
        return f"{words}: no sentence but {done.stderr[:500]!r}"
    return "" if done.exit_code in (0, 1, 2) else f"{words}: exit code {done.exit_code}"


def _call(call: Callable[[Path], object], folder: Path) -> str:
    try:
        call(folder)
    except (ValueError, OSError) as error:
        return "" if str(error) else f"{call.__name__}: an error without a word"
    except Exception:  # noqa: BLE001 - that it is one is what is looked for
        return f"{call.__name__}: {traceback.format_exc()[-1500:]}"
    return ""


def _ring(_signal: int, _frame: object) -> None:
    raise Hang


def _say(**what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(by_chance(*map(int, sys.argv[1:])) if sys.argv[1:] else hostile())
