"""How many pages the memory of this machine holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

_MIB = 2**20
PAGE_BYTES = 160 * _MIB
"""What a page may use: 140 MiB is the most that an idle one does, the rest is for its work."""
OWN_BYTES = 1024 * _MIB
"""For the server, its warm kernels, and a training."""

_CGROUP_FILES = (
    ("memory.max", "memory.current", "inactive_file "),  # version 2
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "),  # version 1
)


def pages_that_fit(available: int) -> int:
    """Return how many pages can be open with `available` bytes of memory: one at least."""
    return max(1, (available - OWN_BYTES) // PAGE_BYTES)


def available_memory() -> int:
    """Return how many bytes this process and its children can still have."""
    here = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    limited = left_in_groups(Path("/sys/fs/cgroup"), here)
    return min(psutil.virtual_memory().available, *limited)


def left_in_groups(cgroups: Path, here: str) -> list[int]:
    """Return how many bytes each limit leaves that a container or a job sets (a cgroup).

    Parameters
    ----------
    cgroups : path
        Where the groups are.
    here : str
        The groups of a process, as the kernel says them: lines of number, controllers and path.
    """
    left: list[int] = []
    for line in here.splitlines():
        _number, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root = cgroups / controllers
        group = root / path.lstrip("/")
        # Inside a container the path may be that of the outside; its own group is then the root.
        around = (each for each in (group, *group.parents) if each.is_relative_to(root))
        left += [bytes_left for each in around for bytes_left in _left_in(each)]
    return left


def _left_in(group: Path) -> Iterator[int]:
    for limit, usage, cache in _CGROUP_FILES:
        try:
            most = (group / limit).read_text(encoding="utf-8").strip()
            used = int((group / usage).read_text(encoding="utf-8"))
            facts = (group / "memory.stat").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue  # the root has no limit, and each version its own names
        if most.isdecimal():
            cached = sum(int(fact.split()[1]) for fact in facts if fact.startswith(cache))
            yield int(most) - (used - cached)
