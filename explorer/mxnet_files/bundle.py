"""The files that make up a detector: weights, often a graph beside them, or both in one archive.

MXNet writes ``NAME-symbol.json`` and ``NAME-0000.params``; example/ssd puts ``deploy_`` before a
graph that decodes. Amazon SageMaker packs such a pair, with the settings of its training, into a
``model.tar.gz``. Nothing of an archive is written to the disk.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from explorer.i18n import _
from explorer.mxnet_files.arrays import MOST_BYTES, read_arrays_file
from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.graph import MOST_BYTES as MOST_GRAPH_BYTES
from explorer.plain_files import parts_within, read_plain

HYPERPARAMETERS = "hyperparams.json"
"""What Amazon SageMaker calls the settings of a training."""

_ARCHIVES = (".tar.gz", ".tgz")
_DEPLOY = "deploy_"
_GRAPH = "-symbol.json"
_EPOCH = re.compile(r"-\d{4}$")
_MOST_FILES = 1_000
_MOST_RATIO = 20
"""Bytes that one of an archive may become: weights hardly shrink, and graphs to a twentieth."""
_MOST_HYPERPARAMETER_BYTES = 2**20


@dataclass(frozen=True)
class Bundle:
    """What was found of a detector."""

    name: str
    """Of the file of weights."""
    content: bytes
    """All of the file that was opened, for its checksums."""
    params: bytes
    graph: bytes | None
    """None where there is none."""
    graph_name: str
    """Of its file; empty without one."""
    hyperparameters: Mapping[str, Any]
    """Of SageMaker; empty without them."""


def is_archive(path: Path) -> bool:
    """Say whether a file is called as an archive of SageMaker is."""
    return path.name.endswith(_ARCHIVES)


def find_bundle(path: Path) -> Bundle:
    """Return the weights in a file, and what belongs to them.

    Parameters
    ----------
    path : path
        Weights, whose graph lies beside them, or a ``.tar.gz``.

    Raises
    ------
    MxnetFileError
        If a file is too large, or an archive is damaged, unsafe or of another kind.
    OSError
        If it cannot be read.
    """
    content = read_arrays_file(path)
    if is_archive(path):
        return _unpacked(path.name, content)
    places = dict.fromkeys((path, path.resolve()))  # a link, and what it leads to
    graphs = [
        each
        for place in places
        for name in _graphs_of(place.name)
        if (each := place.with_name(name)).is_file()
    ]
    if not graphs:
        return Bundle(path.name, content, content, None, "", {})
    graph = graphs[0]
    hyperparameters = graph.with_name(HYPERPARAMETERS)
    return Bundle(
        path.name,
        content,
        content,
        read_plain(graph, MOST_GRAPH_BYTES + 1),
        graph.name,
        _settings(hyperparameters) if hyperparameters.is_file() else {},
    )


def graph_name(params: str) -> str:
    """Return what MXNet calls the graph of weights."""
    return _graphs_of(params)[1]


def _graphs_of(params: str) -> list[str]:
    """Return what the graph of weights may be called, that which decodes first."""
    name = _EPOCH.sub("", params.removesuffix(".params"))
    return [f"{each}{_GRAPH}" for each in (f"{_DEPLOY}{name}", name, name.removeprefix(_DEPLOY))]


def _settings(path: Path) -> Mapping[str, Any]:
    return _parsed(path.name, read_plain(path, _MOST_HYPERPARAMETER_BYTES))


def _parsed(name: str, written: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise MxnetFileError(_("{name} is not JSON", name=name)) from error
    return content if isinstance(content, dict) else {}


def _unpacked(archive: str, content: bytes) -> Bundle:
    """Return what is in an archive; each other file in it is passed over."""
    files = _read_archive(archive, content)
    weights = [name for name in files if name.endswith(".params")]
    if len(weights) != 1:
        text = _("{archive} must have one file of weights (.params), and has {number}")
        raise MxnetFileError(text.format(archive=archive, number=len(weights)))
    graphs = [name for name in _graphs_of(weights[0]) if name in files]
    if not graphs:
        text = _("{archive} has no {name} beside its weights")
        raise MxnetFileError(text.format(archive=archive, name=graph_name(weights[0])))
    settings = files.get(HYPERPARAMETERS)
    return Bundle(
        weights[0],
        content,
        files[weights[0]],
        files[graphs[0]],
        graphs[0],
        {} if settings is None else _parsed(HYPERPARAMETERS, settings),
    )


def _read_archive(archive: str, content: bytes) -> dict[str, bytes]:
    """Return the files that a detector may have, by the last part of their names."""
    most = min(len(content) * _MOST_RATIO + 2**20, MOST_BYTES + MOST_GRAPH_BYTES)
    found: dict[str, bytes] = {}
    stream = _Unzipped(gzip.GzipFile(fileobj=io.BytesIO(content)), most, archive)
    try:
        with tarfile.open(fileobj=cast("io.BufferedReader", stream), mode="r|") as opened:
            for number, entry in enumerate(opened, start=1):
                if number > _MOST_FILES:
                    text = _("{archive} has more than {limit:,} files")
                    raise MxnetFileError(text.format(archive=archive, limit=_MOST_FILES))
                name = _checked(entry, archive)
                if not name.endswith((".params", _GRAPH)) and name != HYPERPARAMETERS:
                    continue
                if name in found:
                    text = _("{archive} has {name!r} twice")
                    raise MxnetFileError(text.format(archive=archive, name=name))
                unpacked = opened.extractfile(entry)
                found[name] = b"" if unpacked is None else unpacked.read()
    except (tarfile.TarError, zlib.error, EOFError, OSError, UnicodeError) as error:
        text = _("{archive} is no whole .tar.gz: {error}")
        raise MxnetFileError(text.format(archive=archive, error=error)) from error
    return found


def _checked(entry: tarfile.TarInfo, archive: str) -> str:
    """Return the last part of a file's name; empty for a folder."""
    try:
        parts = parts_within(entry.name, archive)
    except ValueError as error:
        raise MxnetFileError(str(error)) from error
    if not (entry.isreg() or entry.isdir()):
        text = _("{archive} has a link or a device: {name!r}")
        raise MxnetFileError(text.format(archive=archive, name=entry.name))
    return PurePosixPath(*parts).name if entry.isreg() else ""


class _Unzipped:
    """A stream that says no where it unpacks to too much."""

    def __init__(self, stream: gzip.GzipFile, most: int, archive: str) -> None:
        self._stream, self._left, self._archive = stream, most, archive

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(block)
        if self._left < 0:
            text = _("{archive} unpacks to more than {ratio} times its size, which no weights do")
            raise MxnetFileError(text.format(archive=self._archive, ratio=_MOST_RATIO))
        return block
