"""Pipes, sockets and devices, which nobody may wait for."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from explorer.cli import app
from explorer.datasets.importers import read_annotations
from explorer.datasets.own.archives import extract_zip
from explorer.datasets.records.recordio import RecordReader
from explorer.files import sha256
from explorer.images import read_header, read_image
from explorer.plain_files import NO_PLAIN_FILE, is_no_file, open_plain, read_plain
from tests.datasets.labelled import picture

SECONDS = 20


def run_command(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(autouse=True)
def no_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a test that waits for a pipe fail, and not the whole session with it."""
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    former = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def _too_long(_signal: int, _frame: object) -> None:
    raise TimeoutError


@pytest.fixture(params=["pipe", "socket", "device", "link"])
def strange(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "strange"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    elif request.param == "link":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        if request.param == "socket":
            listening.bind(os.path.relpath(path))  # a socket's path is short
        yield path


def test_what_is_no_plain_file_is_refused(strange: Path) -> None:
    assert is_no_file(strange)
    for read in (open_plain, read_plain, sha256, RecordReader):
        with pytest.raises(OSError, match=NO_PLAIN_FILE) as caught:
            read(strange)
        assert caught.value.filename == str(strange)
    for look in (read_image, read_header):
        with pytest.raises(ValueError, match=NO_PLAIN_FILE):
            look(strange)
    with pytest.raises(OSError, match=NO_PLAIN_FILE):
        extract_zip(strange, strange.parent / "out")


def test_plain_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"0123456789")
    (tmp_path / "link").symlink_to("plain")
    for name in ("plain", "link"):
        assert not is_no_file(tmp_path / name)
        assert read_plain(tmp_path / name) == b"0123456789"
        assert read_plain(tmp_path / name, 4) == b"0123"
    assert not is_no_file(tmp_path)
    assert not is_no_file(tmp_path / "nowhere")
    with pytest.raises(IsADirectoryError):
        read_plain(tmp_path)


LABELS = {
    "yolo": ("a.txt", "0 0.5 0.5 0.2 0.2\n", ("data.yaml", "classes.txt", "b.txt")),
    "voc": ("a.xml", "<annotation><filename>a.jpg</filename></annotation>", ("b.xml",)),
    "coco": (
        "a.json",
        '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}',
        ("b.json",),
    ),
    "csv": ("a.csv", "image,xmin,ymin,xmax,ymax,class\na.jpg,1,1,9,9,x\n", ("b.csv", "b.tsv")),
}


@pytest.mark.parametrize("kind", LABELS)
def test_a_folder_with_pipes_is_read_without_them(kind: str, tmp_path: Path) -> None:
    name, content, others = LABELS[kind]
    picture(tmp_path / "a.jpg")
    (tmp_path / name).write_text(content)
    for other in (*others, "b.jpg", "saved-labels.json", "c.lst"):
        os.mkfifo(tmp_path / other)
    found = read_annotations(tmp_path)
    assert found.kind == kind
    assert [image.name for image in found.images] == ["a.jpg"]
    number = len(others) + 3
    assert found.notes[-1].startswith(f"{number} entries cannot be read and are left out (pipes")
    checked = run_command("data", "check", str(tmp_path))
    assert found.notes[-1] in checked.stdout
    imported = run_command("data", "import", str(tmp_path), "--name", "pipes")
    assert imported.exit_code == 2
    assert "to validate on" in imported.stderr  # there is one image


@pytest.mark.parametrize("name", ["train.rec", "train.idx", "dataset.json"])
def test_a_data_set_with_a_pipe(name: str, tmp_path: Path) -> None:
    if name == "train.idx":
        (tmp_path / "train.rec").write_bytes(b"")
    os.mkfifo(tmp_path / name)
    if name == "dataset.json":
        (tmp_path / "train.rec").write_bytes(b"")
    checked = run_command("data", "check", str(tmp_path))
    assert checked.exit_code == 2
    assert NO_PLAIN_FILE in checked.stdout + checked.stderr
    trained = run_command("train", "--dataset", str(tmp_path))
    assert trained.exit_code == 2
    assert trained.stderr.startswith("error: ")


def test_a_folder_that_is_closed_is_said(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("this user may read everything")
        note = "1 entry cannot be read and is left out (a pipe, a device, a closed folder): closed"
        assert read_annotations(tmp_path).notes == (note,)
    finally:
        closed.chmod(0o700)
