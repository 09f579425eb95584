from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.datasets import download_pikachu, open_dataset
from explorer.datasets.pikachu import SHA1
from tests.datasets.record_files import BOX, write_records
from tests.file_server import FileServer, nobody_answers, serving

Served = tuple[Path, FileServer, dict[str, str]]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A folder with a small data set, what serves it, and the files' hashes."""
    folder = tmp_path / "served"
    folder.mkdir()
    write_records(folder / "train.rec", [[BOX]] * 5)
    write_records(folder / "val.rec", [[BOX]] * 2)
    hashes = {path.name: hashlib.sha1(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    with serving(folder) as server:
        yield folder, server, hashes


def test_the_files_arrive_and_open(served: Served, tmp_path: Path) -> None:
    folder, server, hashes = served
    told: list[tuple[str, int, int | None]] = []
    out = download_pikachu(
        tmp_path / "pikachu", lambda *progress: told.append(progress), server.address, hashes
    )
    for name in hashes:
        assert (out / name).read_bytes() == (folder / name).read_bytes()
        size = (folder / name).stat().st_size
        assert (name, size, size) in told
    assert open_dataset(out, "train").class_names == ("pikachu",)
    assert {path.name for path in out.iterdir()} == {*hashes, "dataset.json"}

    # What is there and whole is not asked for again; what is torn is.
    server.asked.clear()
    (out / "val.rec").write_bytes(b"torn")
    download_pikachu(out, None, server.address, hashes)
    assert server.asked == ["/val.rec"]
    assert (out / "val.rec").read_bytes() == (folder / "val.rec").read_bytes()


def test_a_wrong_file_is_not_kept(served: Served, tmp_path: Path) -> None:
    _, server, hashes = served
    out = tmp_path / "pikachu"
    with pytest.raises(ValueError, match=r"^val\.rec from .* is not the expected file \(SHA-1"):
        download_pikachu(out, None, server.address, hashes | {"val.rec": "0" * 40})
    assert {path.name for path in out.iterdir()} <= {"train.rec"}


def test_a_connection_that_breaks_off(served: Served, tmp_path: Path) -> None:
    folder, server, hashes = served
    server.cut = "/train.rec"
    out = tmp_path / "pikachu"
    half = (folder / "train.rec").stat().st_size // 2
    with pytest.raises(ConnectionError, match=f"train.rec broke off after {half} of"):
        download_pikachu(out, None, server.address, hashes)
    assert "train.rec" not in {path.name for path in out.iterdir()}
    assert not list(out.glob(".*"))


def test_a_server_that_does_not_have_it(served: Served, tmp_path: Path) -> None:
    _, server, hashes = served
    with pytest.raises(ConnectionError, match=r"^cannot download x\.rec: the server answers 404"):
        download_pikachu(tmp_path / "p", None, server.address, {"x.rec": hashes["val.rec"]})


def test_no_network_is_one_sentence_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "train.rec").write_bytes(b"older")
    with nobody_answers() as address, pytest.raises(ConnectionError) as caught:
        download_pikachu(tmp_path, None, address)
    assert str(caught.value).endswith(
        f"connect to the network and try again, or put the file into {tmp_path}"
    )
    assert "\n" not in str(caught.value)
    assert (tmp_path / "train.rec").read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["train.rec"]


def test_a_folder_that_cannot_be_made(served: Served, tmp_path: Path) -> None:
    _, server, hashes = served
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"^cannot write .*/file/p/.*: Not a directory$"):
        download_pikachu(tmp_path / "file" / "p", None, server.address, hashes)


def test_the_tutorials_three_files() -> None:
    assert list(SHA1) == ["train.rec", "train.idx", "val.rec"]
    assert {len(value) for value in SHA1.values()} == {40}
