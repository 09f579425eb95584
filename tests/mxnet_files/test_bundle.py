"""`explorer.mxnet_files.bundle`: which files belong together; archives that are not believed."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from explorer.mxnet_files.bundle import find_bundle
from explorer.mxnet_files.errors import MxnetFileError

PARAMS, GRAPH, DEPLOY = b"weights", b'{"nodes": []}', b'{"deploy": 1}'


@pytest.mark.parametrize(
    ("params", "graphs", "found"),
    [
        ("x-0000.params", {"x-symbol.json": GRAPH}, "x-symbol.json"),
        ("x-0120.params", {"x-symbol.json": GRAPH}, "x-symbol.json"),
        ("x.params", {"x-symbol.json": GRAPH}, "x-symbol.json"),
        ("x-0000.params", {"deploy_x-symbol.json": DEPLOY}, "deploy_x-symbol.json"),
        (
            "x-0000.params",
            {"x-symbol.json": GRAPH, "deploy_x-symbol.json": DEPLOY},
            "deploy_x-symbol.json",
        ),
        ("deploy_x-0000.params", {"deploy_x-symbol.json": DEPLOY}, "deploy_x-symbol.json"),
        ("deploy_x-0000.params", {"x-symbol.json": GRAPH}, "x-symbol.json"),
        ("ssd-512-0000.params", {"ssd-512-symbol.json": GRAPH}, "ssd-512-symbol.json"),
        ("x-0000.params", {"y-symbol.json": GRAPH}, ""),
        ("x-0000.params", {}, ""),
    ],
)
def test_a_graph_beside_its_weights(
    tmp_path: Path, params: str, graphs: dict[str, bytes], found: str
) -> None:
    (tmp_path / params).write_bytes(PARAMS)
    for name, content in graphs.items():
        (tmp_path / name).write_bytes(content)
    bundle = find_bundle(tmp_path / params)
    assert (bundle.name, bundle.params, bundle.content) == (params, PARAMS, PARAMS)
    assert bundle.graph_name == found
    assert bundle.graph == graphs.get(found)
    assert bundle.hyperparameters == {}


def test_a_graph_beside_what_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x-0000.params").write_bytes(PARAMS)
    (tmp_path / "there" / "x-symbol.json").write_bytes(GRAPH)
    link = tmp_path / "y.params"
    link.symlink_to(tmp_path / "there" / "x-0000.params")
    bundle = find_bundle(link)
    assert (bundle.name, bundle.graph_name, bundle.graph) == ("y.params", "x-symbol.json", GRAPH)
    (tmp_path / "y-symbol.json").write_bytes(DEPLOY)  # its own comes first
    assert find_bundle(link).graph == DEPLOY


def test_hyperparameters_beside_a_graph(tmp_path: Path) -> None:
    (tmp_path / "model_algo_1-0000.params").write_bytes(PARAMS)
    (tmp_path / "hyperparams.json").write_text('{"image_shape": "300"}')
    path = tmp_path / "model_algo_1-0000.params"
    assert find_bundle(path).hyperparameters == {}
    (tmp_path / "model_algo_1-symbol.json").write_bytes(GRAPH)
    assert find_bundle(path).hyperparameters == {"image_shape": "300"}
    (tmp_path / "hyperparams.json").write_text("{")
    with pytest.raises(MxnetFileError, match=r"hyperparams\.json is not JSON"):
        find_bundle(path)


def packed(path: Path, files: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for entry in more:
            archive.addfile(entry)
    return path


SAGE_MAKER = {
    "model_algo_1-0000.params": PARAMS,
    "model_algo_1-symbol.json": GRAPH,
    "hyperparams.json": json.dumps({"num_classes": "20"}).encode(),
}


@pytest.mark.parametrize("folder", ["", "./", "model/"])
def test_an_archive_of_sage_maker(tmp_path: Path, folder: str) -> None:
    files = {f"{folder}{name}": content for name, content in SAGE_MAKER.items()}
    path = packed(tmp_path / "model.tar.gz", {**files, "code/inference.py": b"import os"})
    bundle = find_bundle(path)
    assert bundle.name == "model_algo_1-0000.params"
    assert bundle.graph_name == "model_algo_1-symbol.json"
    assert (bundle.params, bundle.graph) == (PARAMS, GRAPH)
    assert bundle.hyperparameters == {"num_classes": "20"}
    assert bundle.content == path.read_bytes()
    assert [each.name for each in tmp_path.iterdir()] == ["model.tar.gz"]


def link(name: str, to: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, to
    return entry


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (link("a.params", "/etc/passwd", tarfile.SYMTYPE), "a link or a device: 'a.params'"),
        (link("a.params", "/etc/passwd", tarfile.LNKTYPE), "a link or a device"),
        (link("a.params", "", tarfile.CHRTYPE), "a link or a device"),
        (link("a.params", "", tarfile.FIFOTYPE), "a link or a device"),
        (tarfile.TarInfo("../a.params"), "leads out of its folder"),
        (tarfile.TarInfo("/a.params"), "leads out of its folder"),
        (tarfile.TarInfo("other/hyperparams.json"), "has 'hyperparams.json' twice"),
        (tarfile.TarInfo("other-0000.params"), r"one file of weights \(\.params\), and has 2"),
    ],
)
def test_an_archive_that_is_unsafe_is_refused(
    tmp_path: Path, entry: tarfile.TarInfo, why: str
) -> None:
    path = packed(tmp_path / "model.tar.gz", SAGE_MAKER, entry)
    with pytest.raises(MxnetFileError, match=why) as caught:
        find_bundle(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "and has 0"),
        ({"model_algo_1-0000.params": PARAMS}, r"has no model_algo_1-symbol\.json"),
        ({f"{number}.txt": b"" for number in range(1_001)}, "more than 1,000 files"),
        ({**SAGE_MAKER, "hyperparams.json": b"{"}, r"hyperparams\.json is not JSON"),
        ({"zeros.params": bytes(30_000_000)}, "unpacks to more than 20 times its size"),
        ({"zeros.txt": bytes(30_000_000)}, "unpacks to more than 20 times its size"),
    ],
)
def test_an_archive_of_something_else_is_refused(
    tmp_path: Path, files: dict[str, bytes], why: str
) -> None:
    with pytest.raises(MxnetFileError, match=why):
        find_bundle(packed(tmp_path / "model.tar.gz", files))


def test_a_long_header_is_not_believed(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("a")
    entry.type, entry.size = tarfile.XHDTYPE, 4 << 30
    header = entry.tobuf()
    path = tmp_path / "model.tgz"
    path.write_bytes(gzip.compress(header + bytes(60_000_000)))
    with pytest.raises(MxnetFileError, match="unpacks to more than 20 times its size"):
        find_bundle(path)


@pytest.mark.parametrize("cut", [0, 5, 100, -30])
def test_a_damaged_archive_is_one_sentence(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path / "model.tar.gz", {**SAGE_MAKER, "x": bytes(range(256)) * 40})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(MxnetFileError, match=r"model\.tar\.gz is no whole \.tar\.gz") as caught:
        find_bundle(path)
    assert "\n" not in str(caught.value)


def test_an_archive_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(b"no archive at all")
    with pytest.raises(MxnetFileError, match=r"is no whole \.tar\.gz"):
        find_bundle(path)
