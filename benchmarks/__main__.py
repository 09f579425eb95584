"""``python -m benchmarks [--quick] [NAME ...]``: run all benchmarks, or those that are named."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ONE_THREAD = ("operators", "coverage", "detection", "judging", "long_run")
"""Those that show what a dashboard meets: its kernel computes on one thread."""

NAMES = (
    "operators",
    "coverage",
    "judging",
    "loading",
    "importing",
    "training",
    "followers",
    "pytorch",
    "pages",
    "memory",
    "slider",
    "detection",
    "score_slider",
    "long_run",
)
"""Modules of this package; each has ``main(quick: bool) -> None``, which prints its figures."""


def main() -> int:
    """Run each benchmark in a process of its own, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="short, and so less exact")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    cores = str(len(os.sched_getaffinity(0)))
    codes = []
    for name in arguments.names or NAMES:
        code = f"from benchmarks.{name} import main; main(quick={arguments.quick})"
        # Whatever the shell says; training's worker takes its number from the second.
        threads = "1" if name in ONE_THREAD else cores
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "SSD_EXPLORER_THREADS": cores}
        root = Path(__file__).resolve().parents[1]
        # Its own process: what one imports, or leaves running, does not slow the next.
        done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, check=False)
        codes.append(done.returncode)
        print(flush=True)
    return max(map(abs, codes))


if __name__ == "__main__":
    sys.exit(main())
