"""How many pages the memory holds."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from explorer.serving.places.capacity import (
    OWN_BYTES,
    PAGE_BYTES,
    available_memory,
    left_in_groups,
    pages_that_fit,
)

MIB = 2**20


@pytest.mark.parametrize(
    ("available", "pages"),
    [
        (0, 1),  # one page is always tried
        (OWN_BYTES, 1),
        (OWN_BYTES + 2 * PAGE_BYTES - 1, 1),
        (OWN_BYTES + 2 * PAGE_BYTES, 2),
        (OWN_BYTES + 24 * PAGE_BYTES, 24),
        (4864 * MIB, 24),
    ],
)
def test_pages_that_fit(available: int, pages: int) -> None:
    assert pages_that_fit(available) == pages


def write_group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_a_group_of_version_2_leaves_its_limit_less_what_is_used(tmp_path: Path) -> None:
    write_group(
        tmp_path / "user" / "me",
        memory__max=f"{900 * MIB}\n",
        memory__current=f"{500 * MIB}\n",
        memory__stat=f"anon 1\ninactive_file {100 * MIB}\nactive_file 7\n",
    )
    assert left_in_groups(tmp_path, "0::/user/me\n") == [500 * MIB]


def test_a_group_of_version_1_leaves_its_limit_less_what_is_used(tmp_path: Path) -> None:
    write_group(
        tmp_path / "memory",
        memory__limit_in_bytes=f"{700 * MIB}\n",
        memory__usage_in_bytes=f"{650 * MIB}\n",
        memory__stat=f"inactive_file 3\ntotal_inactive_file {50 * MIB}\n",
    )
    here = "5:cpu,cpuacct:/job\n4:memory:/job/7\n0::/\n"  # a path of the outside
    assert left_in_groups(tmp_path, here) == [100 * MIB]


def test_each_group_around_a_process_counts(tmp_path: Path) -> None:
    for folder, limit in (("a", 300), ("a/b", 200)):
        write_group(
            tmp_path / folder,
            memory__max=str(limit * MIB),
            memory__current=str(50 * MIB),
            memory__stat="",
        )
    assert sorted(left_in_groups(tmp_path, "0::/a/b\n")) == [150 * MIB, 250 * MIB]


def test_a_group_without_a_limit_leaves_the_machine(tmp_path: Path) -> None:
    write_group(tmp_path, memory__max="max\n", memory__current="1\n", memory__stat="")
    assert left_in_groups(tmp_path, "0::/\n") == []
    assert 0 < available_memory() <= psutil.virtual_memory().total
