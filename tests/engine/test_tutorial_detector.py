"""The tutorial's detector by its name: downloaded whole, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.config import NAMED_DETECTORS, TrainConfig
from explorer.datasets import CancelledError
from explorer.engine.checkpoint_files import CheckpointError
from explorer.engine.pretrained import pretrained_name, pretrained_path, pretrained_sha256
from explorer.engine.tutorial_detector import SHA1, URL, download_tutorial, tutorial_path
from tests.file_server import FileServer, nobody_answers, serving

CONTENT = bytes(range(256)) * 2000  # several blocks
NAME = "ssd_pikachu-fbb7d872.params"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FileServer]:
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / NAME).write_bytes(CONTENT)
    with serving(tmp_path / "served") as server:
        yield server


def get(server: FileServer, **options: object) -> Path:
    sha1 = hashlib.sha1(CONTENT).hexdigest()
    return download_tutorial(**{"url": server.address + NAME, "sha1": sha1, **options})  # type: ignore[arg-type]


def test_its_name_stands_for_a_file_in_the_folder_of_detectors(data: Path) -> None:
    assert NAMED_DETECTORS == ("creature", "tutorial")
    assert tutorial_path() == pretrained_path("tutorial") == data / "detectors" / NAME
    assert pretrained_name("tutorial") == "tutorial"
    assert TrainConfig(pretrained="tutorial").pretrained == "tutorial"
    assert URL.endswith(f"/gluon/models/{NAME}")
    assert SHA1.startswith("fbb7d872")  # as its name says


def test_it_arrives_whole_and_is_asked_for_once(server: FileServer) -> None:
    told: list[tuple[int, int | None]] = []
    path = get(server, progress=lambda *progress: told.append(progress))
    assert path == tutorial_path()
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) > 1

    get(server)
    assert server.asked == [f"/{NAME}"]
    path.write_bytes(b"torn")
    get(server)
    assert server.asked == [f"/{NAME}"] * 2
    assert path.read_bytes() == CONTENT


def test_what_was_put_there_by_hand_needs_no_network(data: Path) -> None:
    (data / "detectors").mkdir(parents=True)
    tutorial_path().write_bytes(CONTENT)
    sha1 = hashlib.sha1(CONTENT).hexdigest()
    with nobody_answers() as address:
        assert download_tutorial(url=address + NAME, sha1=sha1) == tutorial_path()


def test_what_comes_instead_is_not_kept(server: FileServer, data: Path) -> None:
    with pytest.raises(ValueError, match="is not the expected file") as caught:
        get(server, sha1=SHA1)
    assert hashlib.sha1(CONTENT).hexdigest() in str(caught.value)
    assert list((data / "detectors").iterdir()) == []


def test_a_connection_that_breaks_off_leaves_what_was_there(server: FileServer, data: Path) -> None:
    (data / "detectors").mkdir(parents=True)
    tutorial_path().write_bytes(b"older")
    server.cut = f"/{NAME}"
    with pytest.raises(ConnectionError, match=f"broke off after {len(CONTENT) // 2} of"):
        get(server)
    assert tutorial_path().read_bytes() == b"older"
    assert list((data / "detectors").iterdir()) == [tutorial_path()]


def test_it_can_be_cancelled_and_leaves_nothing(server: FileServer, data: Path) -> None:
    def cancel(done: int, _total: int | None) -> None:
        if done > len(CONTENT) // 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        get(server, progress=cancel)
    assert list((data / "detectors").iterdir()) == []


def test_without_a_network_one_sentence_says_what_to_do(data: Path) -> None:
    with nobody_answers() as address, pytest.raises(ConnectionError) as caught:
        download_tutorial(url=address + NAME)
    assert str(caught.value).startswith(f"cannot download {NAME} from {address}")
    assert str(caught.value).endswith(f"or put the file into {data / 'detectors'}")


def test_a_run_without_it_says_how_to_get_it(data: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        pretrained_sha256("tutorial")
    assert str(caught.value) == (
        "the tutorial's detector is not here: get it on the Detect page or with “ssd-explorer data "
        f"download tutorial”, or put {NAME} into {data / 'detectors'}"
    )
