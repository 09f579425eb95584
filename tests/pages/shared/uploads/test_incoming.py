"""What a browser sends stays in its folder, and is no more than it said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explorer.pages.shared.uploads.incoming import Incoming
from explorer.pages.shared.uploads.place import new_place


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_what_a_killed_process_left_is_swept_away(root: Path) -> None:
    stale = root / ".unpacked-999999999-x"  # no process has so high a number
    stale.mkdir(parents=True)
    place = new_place()
    assert list(root.glob(".*")) == [Path(place.name)]
    place.cleanup()


@pytest.mark.parametrize("path", ["../x.jpg", "/etc/x", "a/../../x", "C:/x", "a\nb", ""])
def test_an_upload_stays_in_its_folder(path: str, root: Path) -> None:
    incoming = Incoming(new_place(), "pets", 3)
    with pytest.raises(ValueError, match=r"leads out of its folder|has no name"):
        incoming.write(path, memoryview(b"abc"), first=True)
    assert list(Path(incoming.place.name).iterdir()) == []
    incoming.place.cleanup()


def test_an_upload_brings_no_more_than_it_said() -> None:
    incoming = Incoming(new_place(), "pets", 3)
    incoming.write("a", memoryview(b"abc"), first=True)
    with pytest.raises(ValueError, match="More files came than were chosen"):
        incoming.write("a", memoryview(b"d"), first=False)
    incoming.place.cleanup()
    place = new_place()
    with pytest.raises(ValueError, match="pets has 1,000,000 MB, the limit is 20,000 MB"):
        Incoming(place, "pets", 1_000_000 * 2**20)
    place.cleanup()


@pytest.mark.parametrize("num_bytes", [float("nan"), -1, "3", None, True])
def test_a_size_that_is_none_is_refused(num_bytes: Any) -> None:
    place = new_place()
    with pytest.raises(ValueError, match="The upload was interrupted"):
        Incoming(place, "pets", num_bytes)
    place.cleanup()


def test_a_piece_that_has_no_beginning_is_refused() -> None:
    incoming = Incoming(new_place(), "pets", 9)
    with pytest.raises(ValueError, match="a cannot be stored on this machine"):
        incoming.write("a", memoryview(b"abc"), first=False)
    incoming.place.cleanup()
