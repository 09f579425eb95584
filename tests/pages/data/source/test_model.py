"""Reading what the user brings: folders, zip files, uploads and named sets, on real files."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path
from typing import Any

import pytest

from explorer.datasets.exporters import write_voc
from explorer.pages.data.source.model import OwnSource
from explorer.pages.shared.uploads.incoming import Incoming
from explorer.pages.shared.uploads.place import new_place
from tests.datasets.labelled import picture, set_of

CAT, DOG = ("cat", (6.0, 8.0, 30.0, 20.0)), ("dog", (0.0, 0.0, 60.0, 40.0))


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with three images and their VOC labels."""
    annotations = set_of(tmp_path / "own", [[CAT, DOG], [DOG], []])
    write_voc(annotations, tmp_path / "own")
    return tmp_path / "own"


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as written:
        for path in sorted(folder.rglob("*")):
            written.write(path, path.relative_to(folder.parent))
    return archive


def opened(source: OwnSource, where: str, kind: str = "auto") -> OwnSource:
    asyncio.run(source.open(where, kind))
    return source


def left(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob(".*"))


def test_a_folder_is_read(own: Path) -> None:
    source = OwnSource()
    states: list[Any] = []
    source.observe(lambda change: states.append(change["new"]), ["state", "progress"])
    opened(source, f"  {own}  ")
    assert states == ["working", 1 / 3, 2 / 3, 1.0, "ready"]  # of the three .xml files
    assert (source.where, source.problem, source.lasts) == (str(own), "", True)
    assert [len(image.objects) for image in source.annotations.images] == [2, 1, 0]
    assert source.annotations.kind == "voc"


def test_before_anything_is_read_there_is_nothing() -> None:
    source = OwnSource()
    assert (source.state, source.where, source.archive, source.lasts) == ("empty", "", "", False)


def test_a_data_set_is_opened_by_its_name() -> None:
    source = opened(OwnSource(), "sample")
    assert source.annotations.kind == "records"
    assert source.annotations.class_names == ("creature",)


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("", "Type the path of a folder"),
        ("no/such/place", "no/such/place is not there: type the path"),
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x is not there"),
    ],
)
def test_what_is_not_there_is_said_and_what_was_shown_stays(
    own: Path, where: str, sentence: str
) -> None:
    source = opened(OwnSource(), str(own))
    shown = source.annotations
    opened(source, where)
    assert source.problem.startswith(sentence)
    assert (source.state, source.annotations) == ("ready", shown)


def test_a_zip_file_is_unpacked_beside_the_data_sets_and_goes_with_the_next(
    own: Path, tmp_path: Path, root: Path
) -> None:
    source = opened(OwnSource(), str(zipped(own, tmp_path / "pets.zip")))
    assert (source.where, source.lasts) == (str(tmp_path / "pets.zip"), True)
    assert source.archive == source.where
    assert source.annotations.root.name == "pets"
    assert [image.name for image in source.annotations.images] == [
        "own/0.jpg", "own/1.jpg", "own/2.jpg",
    ]  # fmt: skip
    assert all(image.path.is_relative_to(root) for image in source.annotations.images)
    assert len(left(root)) == 1
    opened(source, "sample")
    assert source.archive == ""
    assert left(root) == []
    assert (tmp_path / "pets.zip").is_file()


def test_a_damaged_zip_file_is_one_sentence_and_leaves_nothing(tmp_path: Path, root: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\3\4 and so on")
    source = opened(OwnSource(), str(broken))
    assert source.problem.startswith("broken.zip is not a readable zip file")
    assert (source.state, left(root)) == ("empty", [])


def uploaded(*files: tuple[str, bytes]) -> Incoming:
    incoming = Incoming(new_place(), files[0][0].split("/")[0], sum(len(c) for _p, c in files))
    for path, content in files:
        half = len(content) // 2
        incoming.write(path, memoryview(content)[:half], first=True)
        incoming.write(path, memoryview(content)[half:], first=False)
    return incoming


def test_a_folder_arrives_in_pieces(own: Path, root: Path) -> None:
    files = [(f"pets/{path.name}", path.read_bytes()) for path in sorted(own.rglob("*.*"))]
    source = OwnSource()
    asyncio.run(source.open_upload(uploaded(*files)))
    assert (source.where, source.lasts) == ("pets", False)
    assert [len(image.objects) for image in source.annotations.images] == [2, 1, 0]
    for image, written in zip(source.annotations.images, sorted(own.glob("*.jpg")), strict=True):
        assert image.path.read_bytes() == written.read_bytes()
    opened(source, "sample")
    assert left(root) == []


def test_a_zip_file_arrives_in_pieces(own: Path, tmp_path: Path, root: Path) -> None:
    content = zipped(own, tmp_path / "pets.zip").read_bytes()
    source = OwnSource()
    asyncio.run(source.open_upload(uploaded(("pets.zip", content))))
    assert (source.where, len(source.annotations.images)) == ("pets.zip", 3)
    assert len(left(root)) == 1  # the folder, and no longer the file
    opened(source, "sample")
    assert left(root) == []


def test_one_of_several_formats_is_chosen(own: Path) -> None:
    (own / "labels.csv").write_text("image,class,xmin,ymin,xmax,ymax\n0.jpg,cat,1,1,9,9\n")
    source = opened(OwnSource(), str(own))
    assert source.kinds == ("voc", "csv")
    assert "say which are meant" in source.problem
    asyncio.run(source.open_as("csv"))
    assert (source.annotations.kind, source.problem, source.kinds) == ("csv", "", ())
    assert source.kind == "csv"


def test_an_encoding_is_offered_and_chosen(own: Path, tmp_path: Path) -> None:
    for path in own.glob("*.xml"):
        path.unlink()
    table = "image,class,xmin,ymin,xmax,ymax\n0.jpg,Käfer,1,1,9,9\n"
    (own / "labels.csv").write_text(table, encoding="cp1252")
    source = opened(OwnSource(), str(own))
    assert (source.kinds, source.encodings) == ((), ("cp1252", "gb18030", "shift_jis"))
    assert "reads “Käfer”" in source.problem
    asyncio.run(source.open_as(encoding="cp1252"))
    assert (source.annotations.class_names, source.problem) == (("Käfer",), "")
    assert (source.encodings, source.encoding) == ((), "cp1252")


def test_an_encoding_is_offered_where_single_labels_need_one(own: Path) -> None:
    path = own / "0.xml"
    text = path.read_text().replace("cat", "狗")
    path.write_bytes(text.encode("gbk"))
    source = opened(OwnSource(), str(own))
    assert source.state == "ready"
    assert "0.xml is not in UTF-8" in source.annotations.images[0].problems[0]
    assert "gb18030" in source.encodings
    asyncio.run(source.open_as(encoding="gb18030"))
    assert "狗" in source.annotations.class_names
    assert source.annotations.images[0].problems == ()


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "plain" / "0.jpg")
    source = opened(OwnSource(), str(tmp_path / "plain"))
    assert "has no labels that are known" in source.problem
    assert source.annotations is None


def test_reading_is_cancelled_by_the_reader_and_by_the_next(own: Path) -> None:
    source = OwnSource()

    async def twice() -> None:
        first = asyncio.create_task(source.open(str(own)))
        await asyncio.sleep(0)
        source.cancel()
        assert (source.state, source.doing) == ("empty", "")
        await first
        assert source.annotations is None
        second = asyncio.create_task(source.open(str(own)))
        await asyncio.sleep(0)
        await source.open("sample")
        await second

    asyncio.run(twice())
    assert (source.where, source.annotations.kind) == ("sample", "records")


def test_a_broken_description_is_said_and_the_page_can_go_on(own: Path) -> None:
    (own / "data.yaml").write_text("names: [1, 2\n")
    source = opened(OwnSource(), str(own), "yolo")
    assert "data.yaml" in source.problem
    assert (source.state, source.doing) == ("empty", "")


def test_a_path_that_the_system_refuses_is_said() -> None:
    source = opened(OwnSource(), "x" * 5000)
    assert "cannot be read" in source.problem
    assert source.state == "empty"


def test_what_was_unpacked_for_nothing_is_removed(own: Path, tmp_path: Path, root: Path) -> None:
    archive = zipped(own, tmp_path / "pets.zip")
    source = OwnSource()

    async def twice() -> None:
        first = asyncio.create_task(source.open(str(archive)))
        while source.doing != "Reading labels…":
            await asyncio.sleep(0)
        source.cancel()
        await first

    asyncio.run(twice())
    assert (source.annotations, left(root)) == (None, [])
