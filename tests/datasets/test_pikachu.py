from __future__ import annotations

import functools
import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.datasets import download_pikachu, open_dataset
from explorer.datasets.pikachu import SHA1
from tests.datasets.record_files import BOX, write_records


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; `cut` names a file that breaks off in its middle."""

    asked: list[str]
    cut = ""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == f"/{self.cut}":
            content = (Path(self.directory) / self.cut).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str, dict[str, str]]]:
    """A folder with a small data set, the address that serves it, and the files' hashes."""
    folder = tmp_path / "served"
    folder.mkdir()
    write_records(folder / "train.rec", [[BOX]] * 5)
    write_records(folder / "val.rec", [[BOX]] * 2)
    hashes = {path.name: hashlib.sha1(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    Handler.asked, Handler.cut = [], ""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/", hashes
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_files_arrive_and_open(
    served: tuple[Path, str, dict[str, str]], tmp_path: Path
) -> None:
    folder, address, hashes = served
    told: list[tuple[str, int, int | None]] = []
    out = download_pikachu(
        tmp_path / "pikachu", lambda *progress: told.append(progress), address, hashes
    )
    for name in hashes:
        assert (out / name).read_bytes() == (folder / name).read_bytes()
        size = (folder / name).stat().st_size
        assert (name, size, size) in told
    assert open_dataset(out, "train").class_names == ("pikachu",)
    assert {path.name for path in out.iterdir()} == {*hashes, "dataset.json"}

    # What is there and whole is not asked for again; what is torn is.
    Handler.asked.clear()
    (out / "val.rec").write_bytes(b"torn")
    download_pikachu(out, None, address, hashes)
    assert Handler.asked == ["/val.rec"]
    assert (out / "val.rec").read_bytes() == (folder / "val.rec").read_bytes()


def test_a_wrong_file_is_not_kept(served: tuple[Path, str, dict[str, str]], tmp_path: Path) -> None:
    _, address, hashes = served
    out = tmp_path / "pikachu"
    with pytest.raises(ValueError, match=r"^val\.rec from .* is not the expected file \(SHA-1"):
        download_pikachu(out, None, address, hashes | {"val.rec": "0" * 40})
    assert {path.name for path in out.iterdir()} <= {"train.rec"}


def test_a_connection_that_breaks_off(
    served: tuple[Path, str, dict[str, str]], tmp_path: Path
) -> None:
    folder, address, hashes = served
    Handler.cut = "train.rec"
    out = tmp_path / "pikachu"
    half = (folder / "train.rec").stat().st_size // 2
    with pytest.raises(ConnectionError, match=f"train.rec broke off after {half} of"):
        download_pikachu(out, None, address, hashes)
    assert "train.rec" not in {path.name for path in out.iterdir()}
    assert not list(out.glob(".*"))


def test_a_server_that_does_not_have_it(
    served: tuple[Path, str, dict[str, str]], tmp_path: Path
) -> None:
    _, address, hashes = served
    with pytest.raises(ConnectionError, match=r"^cannot download x\.rec: the server answers 404"):
        download_pikachu(tmp_path / "p", None, address, {"x.rec": hashes["val.rec"]})


def test_no_network_is_one_sentence_and_nothing_is_lost(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and never listening: the connection is refused
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        (tmp_path / "train.rec").write_bytes(b"older")
        with pytest.raises(ConnectionError, match=r"needs a network connection$") as caught:
            download_pikachu(tmp_path, None, address)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "train.rec").read_bytes() == b"older"
    assert [path.name for path in tmp_path.iterdir()] == ["train.rec"]


def test_a_folder_that_cannot_be_made(
    served: tuple[Path, str, dict[str, str]], tmp_path: Path
) -> None:
    _, address, hashes = served
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"^cannot write .*/file/p/.*: Not a directory$"):
        download_pikachu(tmp_path / "file" / "p", None, address, hashes)


def test_the_tutorials_three_files() -> None:
    assert list(SHA1) == ["train.rec", "train.idx", "val.rec"]
    assert {len(value) for value in SHA1.values()} == {40}
