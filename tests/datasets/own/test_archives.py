from __future__ import annotations

import random
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from explorer.datasets import CancelledError
from explorer.datasets.own.archives import ZipLimits, extract_zip

CONTENT = random.Random(0).randbytes(1_500_000)


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refused(archive: Path, message: str, limits: ZipLimits | None = None) -> None:
    folder = archive.parent
    before = sorted(folder.rglob("*"))
    with pytest.raises(ValueError, match=message):
        extract_zip(archive, folder / "out", limits=limits or ZipLimits())
    assert sorted(folder.rglob("*")) == before


def test_a_folder_comes_out_as_it_went_in(tmp_path: Path) -> None:
    entries = [("set/Ä b.JPG", CONTENT), ("set/sub\\1.xml", b"y"), ("set/c/", b"")]
    dirt = [("__MACOSX/set/._a", b"z"), ("set/.DS_Store", b"z")]
    archive = zipped(tmp_path / "a.zip", *entries, *dirt)
    seen: list[tuple[int, int]] = []
    out = extract_zip(archive, tmp_path / "out", progress=lambda *at: seen.append(at))
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert files == {"set/Ä b.JPG": CONTENT, "set/sub/1.xml": b"y"}
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(FileExistsError):
        extract_zip(archive, out)


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "..\\evil", "\\\\host\\evil", "a\nb"],
)
def test_nothing_gets_out_of_the_folder(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "a.zip", ("good", b"1"), (name, b"2"))
    refused(archive, "a.zip has an entry that leads out of its folder")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices(tmp_path: Path, kind: int) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (kind | 0o777) << 16
    refused(zipped(tmp_path / "a.zip", (link, b"/etc")), "a.zip has a link or a device: 'link'")


def test_bombs(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a", bytes(5_000_000)), ("b", b""))
    refused(archive, "unpacks to more than 50 times its size")
    refused(archive, "more than the 3 MB that are allowed", ZipLimits(megabytes=3, ratio=1e6))
    refused(
        archive, "more than the 1 MB that are allowed", ZipLimits(megabytes=1, ratio=0)
    )  # equal
    refused(archive, "has 2 entries, the limit is 1", ZipLimits(files=1))
    refused(archive, "more than the disk has room for", ZipLimits(free_megabytes=2**40))


def test_a_table_that_lies_about_sizes(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a", bytes(5_000_000)))
    raw = bytearray(archive.read_bytes())
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", raw, raw.index(mark) + at, 10)
    archive.write_bytes(raw)
    refused(archive, "a.zip is damaged at a: ")


def test_a_name_twice_a_torn_file_and_no_zip(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = zipped(tmp_path / "a.zip", ("a", b"1"), ("a", b"2"))
    refused(archive, "a.zip has 'a' twice")
    refused(zipped(tmp_path / "b.zip", ("a", b"1"), ("a/b", b"2")), "b.zip has 'a/b' twice")
    refused(zipped(tmp_path / "e.zip"), "e.zip is empty")
    (tmp_path / "c.zip").write_bytes(archive.read_bytes()[:-30])
    refused(tmp_path / "c.zip", "c.zip is not a readable zip file")
    raw = bytearray(zipped(tmp_path / "d.zip", ("a", bytes(range(256)) * 50)).read_bytes())
    raw[40:60] = bytes(20)
    (tmp_path / "d.zip").write_bytes(raw)
    refused(tmp_path / "d.zip", "d.zip is damaged at a: ")
    raw = bytearray(zipped(tmp_path / "f.zip", ("a", b"1")).read_bytes())
    raw[raw.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "f.zip").write_bytes(raw)
    refused(tmp_path / "f.zip", "f.zip is encrypted")


def test_cancelled_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("a", b"1"), ("b", b"2"))
    with pytest.raises(CancelledError):
        extract_zip(archive, tmp_path / "out", cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == [archive]
