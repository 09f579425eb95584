"""Writing files: the old one, whole, or the new one."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path

import pytest

from explorer.files import sha256, write_atomically, write_json, write_together


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_written_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    write_atomically(path, lambda temporary: temporary.write_text("new"))
    assert path.read_text() == "new"
    assert names(path.parent) == {"c.txt"}


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text("old")

    def write(temporary: Path) -> None:
        temporary.write_text("ne")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent  # a rename across file systems is not atomic
        temporary.write_text("new")

    write_atomically(path, write)
    assert path.read_text() == "new"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text("old")

    def write(temporary: Path) -> None:
        temporary.write_text("half")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert names(tmp_path) == {"c.txt"}


def test_a_failure_in_the_second_file_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old")

    def fail(temporary: Path) -> None:
        raise OSError(28, "No space left on device", str(temporary))

    with pytest.raises(OSError, match="No space left"):
        write_together([(first, lambda temporary: temporary.write_text("new")), (second, fail)])
    assert first.read_text() == "old"
    assert names(tmp_path) == {"first"}


def test_files_written_together_may_depend_on_each_other(tmp_path: Path) -> None:
    sums = []

    def write(temporary: Path) -> None:
        temporary.write_text("data")
        sums.append(sha256(temporary))

    write_together(
        [
            (tmp_path / "data", write),
            (tmp_path / "sum", lambda temporary: temporary.write_text(sums[0])),
        ]
    )
    assert (tmp_path / "sum").read_text() == sha256(tmp_path / "data")


def test_a_folder_in_the_way_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_json(tmp_path / "taken", {})
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError) as caught:
        write_json(tmp_path / "file" / "a.json", {})
    assert caught.value.filename == str(tmp_path / "file")
    assert names(tmp_path) == {"taken", "file"}


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"

    def fail(temporary: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(temporary))

    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, fail)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    long = tmp_path / ("x" * 250)  # the name of the temporary file beside it is too long
    with pytest.raises(OSError, match="too long") as caught:
        write_json(long, {})
    assert caught.value.filename == str(long)
    assert names(tmp_path) == set()


def test_json_is_read_back_the_same(tmp_path: Path) -> None:
    content = {"name": "Ünïcode – ×", "numbers": [1, 2.5, None, True], "empty": {}}
    write_json(tmp_path / "a.json", content)
    text = (tmp_path / "a.json").read_bytes()
    assert json.loads(text) == content
    assert "Ünïcode".encode() in text
    assert text.endswith(b"\n")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_refuses_what_is_no_number(tmp_path: Path, number: float) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"loss": 1.0})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"loss": number})
    assert json.loads(path.read_text()) == {"loss": 1.0}


def test_sha256_is_that_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "large"
    content = bytes(range(256)) * 10_000  # more than one block
    path.write_bytes(content)
    assert sha256(path) == hashlib.sha256(content).hexdigest()
    path.write_bytes(b"")
    assert sha256(path) == hashlib.sha256(b"").hexdigest()
