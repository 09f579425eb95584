"""What is committed: notebooks without outputs, no file of one machine, pins that agree."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from tests.places import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
NOTEBOOKS = sorted((ROOT / "apps").glob("*.ipynb"))
LARGEST = 5 * 2**20  # bytes; the shipped detector is 4 MB

# The folders in which people and machines have their own things.
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:root|home|Users|work|tmp)/\w[^\s\"']*")


def committed() -> list[Path]:
    """Return the files that git follows and that are there."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if (ROOT / name).is_file()]


def pins(device: str) -> dict[str, str]:
    """Return the version of each package in a lock file."""
    lines = (ROOT / f"requirements-{device}.lock").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lines, re.MULTILINE))


def requirements(*extras: str) -> Iterator[Requirement]:
    """Yield what pyproject.toml asks for, with some of its extras."""
    for line in PROJECT["dependencies"]:
        yield Requirement(line)
    for extra in extras:
        for line in PROJECT["optional-dependencies"][extra]:
            yield Requirement(line)


def canonical(name: str) -> str:
    """Return a package's name as lock files write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_dashboards_are_there() -> None:
    assert {"anchors", "train_live", "detect", "data"} <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_a_title_and_one_call(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    title, code = notebook.cells
    assert title.cell_type == "markdown"
    assert re.match(r"# .+\n\n.+", title.source)
    assert (
        code.source
        == f"from explorer.pages.{path.stem.removesuffix('_live')}.page import show\n\nshow()"
    )
    assert code.cell_type == "code"
    assert code.outputs == []
    assert code.execution_count is None
    assert notebook.metadata.kernelspec.name == "python3"


def test_no_committed_file_names_a_folder_of_one_machine() -> None:
    found = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image or weights
        found += [f"{path.relative_to(ROOT)}: {hit}" for hit in MACHINE_PATH.findall(text)]
    assert found == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_what_the_documents_point_to_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:explorer|tests|apps|benchmarks)/[\w./-]+)`", text))
    to_come = {path for path in paths if path.startswith("explorer/locale/")}
    assert [path for path in sorted(paths - to_come) if not (ROOT / path).exists()] == []


def test_no_committed_file_is_large() -> None:
    large = [path.name for path in committed() if path.stat().st_size > LARGEST]
    assert large == []


@pytest.mark.parametrize(
    "name",
    [
        "requirements-cpu.lock",
        "requirements-gpu.lock",
        "requirements-headless.lock",
        "environment.yml",
        "Makefile",
        ".ci/run",
        ".pre-commit-config.yaml",
    ],
)
def test_packages_come_from_wherever_the_user_gets_them(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links", text)


def test_an_installed_package_has_all_its_files() -> None:
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"]["explorer"]
    missing = [
        str(path.relative_to(ROOT))
        for path in committed()
        if path.is_relative_to(ROOT / "explorer")
        and path.suffix != ".py"
        and not any(path.match(pattern) for pattern in patterns)
    ]
    assert missing == []


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_lock_satisfies_the_project(device: str) -> None:
    locked = pins(device)
    for requirement in requirements(device, "onnx", "test"):
        version = locked[canonical(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}, locked {version}"


def test_what_both_locks_need_has_one_version() -> None:
    cpu, gpu = pins("cpu"), pins("gpu")
    assert {name: cpu[name] for name in cpu.keys() & gpu.keys()} == {
        name: gpu[name] for name in cpu.keys() & gpu.keys()
    }
    assert cpu.keys() - gpu.keys() == {"mxnet"}


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_every_pin_has_a_hash(device: str) -> None:
    text = (ROOT / f"requirements-{device}.lock").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(device))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_one_mxnet_and_one_opencv() -> None:
    """Two wheels of either would overwrite each other's files."""
    cpu, gpu = pins("cpu"), pins("gpu")
    assert "mxnet-cu112" not in cpu
    assert "mxnet" not in gpu
    assert {"opencv-python", "opencv-python-headless"} & cpu.keys() == {"opencv-python"}
    assert pins("headless") == {"opencv-python-headless": cpu["opencv-python"]}


def test_conda_installs_what_the_gpu_extra_asks_for() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    assert pip[-1] == "-e ."
    conda = {canonical(r.name): r.specifier for r in map(Requirement, pip[:-1])}
    assert conda == {canonical(r.name): r.specifier for r in requirements("gpu")}
