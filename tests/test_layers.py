"""The layers of the design: what may import what (the contracts stand in pyproject.toml)."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import takewhile

import grimp

from tests.places import ROOT


def test_contracts_hold() -> None:
    # In a process of its own, since the linter silences all loggers that are there.
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "6 kept, 0 broken" in ended.stdout


def folder_of(module: str) -> tuple[str, ...]:
    """Return the folder of a module of the pages, such as (detect, nms); () of what is shared."""
    page, *below = module.removeprefix("explorer.pages.").split(".")[:-1]
    return () if page == "shared" else (page, *below)


def misplaced(imports: list[tuple[str, str]]) -> list[str]:
    """Return what breaks the rule of the pages: a file lies in the lowest folder of its users.

    A question's own files are for it and for the page around it. What two questions use is the
    page's, what two pages use is shared, and what has one user alone lies beside it.
    """
    found = []
    users: dict[str, list[tuple[str, ...]]] = {}
    for user, used in imports:
        users.setdefault(used, []).append(folder_of(user))
    for used, folders in users.items():
        home = folder_of(used)
        lowest = tuple(
            names[0]
            for names in takewhile(lambda each: len(set(each)) == 1, zip(*folders, strict=False))
        )
        if len(home) > len(lowest) and any(folder != home[: len(folder)] for folder in folders):
            found.append(f"{used} belongs to {lowest or 'pages'}: {sorted(set(folders))} use it")
        if len(home) < len(lowest):
            found.append(f"{used} belongs to {lowest}: nobody else uses it")
    return found


def test_a_file_lies_in_the_lowest_folder_that_holds_all_its_users() -> None:
    graph = grimp.build_graph("explorer", cache_dir=None)
    inside = graph.find_descendants("explorer.pages")
    files = {module for module in inside if not graph.find_children(module)}
    imports = [
        (user, used)
        for user in files
        for used in graph.find_modules_directly_imported_by(user) & files
    ]
    assert len(imports) > 500
    assert misplaced(imports) == [], "\n".join(misplaced(imports))


def test_no_folder_is_crowded() -> None:
    folders = Counter(path.parent for path in (ROOT / "explorer").rglob("*.py"))
    assert {str(folder): num for folder, num in folders.items() if num > 20} == {}


def test_ssd_needs_only_numpy() -> None:
    graph = grimp.build_graph("explorer", include_external_packages=True, cache_dir=None)
    imported = {
        name.partition(".")[0]
        for module in {"explorer.ssd", *graph.find_descendants("explorer.ssd")}
        for name in graph.find_modules_directly_imported_by(module)
    }
    assert imported - sys.stdlib_module_names == {"explorer", "numpy"}


def test_importing_the_package_loads_neither_mxnet_nor_bokeh() -> None:
    command = "import sys, explorer; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "explorer" in loaded
    assert not {"mxnet", "bokeh", "ipywidgets", "cv2", "numpy"} & set(loaded)
