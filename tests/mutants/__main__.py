"""``python -m tests.mutants [AREA ...]``: do the tests see small mistakes in the code?

A fixed sample of mistakes is made in a copy of the checkout, one at a time, and the tests of the
file's folder run on it. Each mistake that no test sees is shown.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.mutants.copies import Copy
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutations import Mutant, mutants_of
from tests.places import ROOT

AREAS = {
    "ssd": "explorer/ssd/*.py",
    "evaluation": "explorer/evaluation/*.py",
    "importers": "explorer/datasets/importers/**/*.py",
    "models": "explorer/pages/**/model.py",
}
DRAWN = 75
"""Mutants of each area."""

WANTED = 0.95
"""The share of them that the tests have to see."""


def main() -> int:
    """Print each mutant that survives, and the share that was killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=", ".join(AREAS))
    areas = parser.parse_args().areas or list(AREAS)
    if unknown := set(areas) - set(AREAS):
        parser.error(f"no area is called {', '.join(sorted(unknown))}")
    began = time.monotonic()
    samples = {area: _sample(area) for area in areas}
    with TemporaryDirectory(prefix="mutants-") as folder:
        copies = [Copy(Path(folder, str(n))) for n in range(len(os.sched_getaffinity(0)))]
        paths = {mutant.path for sample in samples.values() for mutant in sample}
        tests = {test for path in paths for test in copies[0].tests_of(path)}
        if not copies[0].passes(sorted(tests), cpu_limit_s=900):
            print("The tests fail without any mistake: mend that first.")
            return 2
        killed = {area: _killed(sample, copies) for area, sample in samples.items()}
    for area, number in killed.items():
        print(f"{area:12}{_share(number, len(samples[area]))}")
    total, of = sum(killed.values()), sum(map(len, samples.values()))
    print(f"{'all':12}{_share(total, of)} in {(time.monotonic() - began) / 60:.0f} min")
    return int(total < WANTED * of)


def _sample(area: str) -> list[Mutant]:
    """Draw mutants of an area, and leave those out that are no mistakes."""
    everything = [
        mutant
        for path in ROOT.glob(AREAS[area])
        for mutant in mutants_of(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    ]
    sample = sorted(everything, key=lambda mutant: mutant.digest)[:DRAWN]
    left = [mutant for mutant in sample if (mutant.path, *mutant.lines) not in EQUIVALENT]
    print(
        f"{area}: {len(sample)} of {len(everything)} mutants, "
        f"{len(sample) - len(left)} of them equivalent"
    )
    return sorted(left, key=lambda mutant: mutant.path)


def _killed(sample: list[Mutant], copies: list[Copy]) -> int:
    """Return how many mutants a test sees, and print the others."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def is_seen(mutant: Mutant) -> bool:
        copy = free.get()
        try:
            seen = copy.sees(mutant)
        finally:
            free.put(copy)
        if not seen:
            print(f"\nSurvived: {mutant.path}", *mutant.diff, sep="\n", flush=True)
        return seen

    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            return sum(pool.map(is_seen, sample))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _share(number: int, of: int) -> str:
    return f"{number} of {of} killed, {number / of:.1%}"


if __name__ == "__main__":
    # Ended from outside, it removes its copies too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
