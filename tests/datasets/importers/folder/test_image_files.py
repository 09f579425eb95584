from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.datasets.importers.folder.image_files import ImageFiles

LETTERS = st.characters(codec="utf-8", categories=("L", "N"))
WORDS = st.text(LETTERS, min_size=1, max_size=5)


def made(root: Path, *names: str) -> ImageFiles:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return ImageFiles(root)


@pytest.mark.parametrize(
    ("names", "said", "label", "found"),
    [
        (["a/1.jpg", "b/1.jpg"], "b/1.jpg", None, "b/1.jpg"),
        (["a/1.jpg", "b/1.jpg"], "1.jpg", "b/x.csv", "b/1.jpg"),
        (["a/images/1.jpg", "b/images/1.jpg"], "1.jpg", "b/x.csv", "b/images/1.jpg"),
        (["a/pics/1.jpg", "b/pics/1.jpg"], "1.jpg", "b/labels/x.csv", "b/pics/1.jpg"),
        (["1.jpg", "small/1.jpg"], "1.jpg", "labels/x.csv", "1.jpg"),
        (["1.jpg", "labels/drawn/1.jpg"], "1.jpg", "labels/x.csv", "1.jpg"),
        (["pics/1.jpg", "val/1.jpg"], "1.jpg", "val.json", "val/1.jpg"),
        (["A.jpg", "a.jpg"], "a.jpg", "x.csv", "a.jpg"),
        (["A.jpg", "a.jpg"], "A.jpg", None, "A.jpg"),
        (["a.jpg", "a.png"], "a", "x.csv", "a.jpg"),
        (["a.heic", "b/a.jpg"], "a", "x.csv", "b/a.jpg"),
        (["pics/1.jpg"], "/elsewhere/set/PICS/1.JPG", "x.csv", "pics/1.jpg"),
        (["1.jpg"], "20230405-1.jpg", "x.csv", None),
        (["1.jpg"], "0a1b2c3d-1.jpg", "x.csv", "1.jpg"),
        (["a.b.jpg"], "a.b", "x.csv", "a.b.jpg"),
        (["a.jpg"], "", "x.csv", None),
        # Of another side's folder, unless the label says that folder.
        (["val/1.jpg"], "1.jpg", "train/x.csv", None),
        (["val/1.jpg"], "val/1.jpg", "train/x.csv", "val/1.jpg"),
        (["val/1.jpg"], "1.jpg", "x.csv", "val/1.jpg"),
    ],
)
def test_the_image_that_is_meant(
    tmp_path: Path, names: Sequence[str], said: str, label: str | None, found: str | None
) -> None:
    files = made(tmp_path, *names)
    image, doubt = files.find(said, label and tmp_path / label)
    assert (image and files.name(image), doubt) == (found, None)


def test_several_of_one_name_are_a_doubt(tmp_path: Path) -> None:
    files = made(tmp_path, "a/1.jpg", "b/1.jpg")
    said = "2 images are called 1.jpg: a/1.jpg, b/1.jpg"
    assert files.find("1.jpg", tmp_path / "c" / "x.csv") == (None, said)
    assert files.with_stem("1", tmp_path / "x.xml") == (None, said.replace("1.jpg:", "1:"))


@settings(max_examples=50)
@given(st.lists(WORDS, min_size=1, max_size=3), WORDS, st.integers(0, 2))
def test_an_image_is_found_under_any_of_its_names(folders: list[str], stem: str, kept: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        name = "/".join((*folders, f"{stem}.jpg"))
        files = made(Path(place), name, "other/z z.jpg")
        short = "/".join((*folders[len(folders) - min(kept, len(folders)) :], f"{stem}.jpg"))
        for said in (
            name,
            short,
            short.removesuffix(".jpg"),
            "D:\\set\\" + short.replace("/", "\\"),
            f"https://host/{quote(short)}?token=1",
            f"/data/local-files/?d=set/{short}",
        ):
            assert files.find(said)[0] == Path(place, name)


def test_what_is_not_found_is_called_by_a_name_below_the_folder(tmp_path: Path) -> None:
    files = made(tmp_path)
    assert files.called(None, "..\\../x/./1.jpg") == "x/1.jpg"
    assert files.called(None, "/etc/1.jpg") == "etc/1.jpg"


def test_files_by_suffix_in_order(tmp_path: Path) -> None:
    files = made(tmp_path, "b.CSV", "a/x.tsv", "c.csv", ".hidden.csv", "a~")
    assert [files.name(path) for path in files.with_suffix(".csv")] == ["b.CSV", "c.csv"]
    found = files.with_suffix(".csv", ".tsv")
    assert [files.name(path) for path in found] == ["a/x.tsv", "b.CSV", "c.csv"]
    assert files.with_suffix(".json") == []


@pytest.mark.parametrize(
    ("said", "side", "found"),
    [
        ("a.jpg", "train", "train/a.jpg"),
        ("a.jpg", "val", "val/a.jpg"),
        ("val/a.jpg", "train", "val/a.jpg"),  # its path says more
        ("c", None, "c.jpg"),
        ("b.png", None, "b.png"),  # the other one would be called x/b.png
        ("x/b.png", None, "x/b.png"),
        ("d.jpg", None, None),
    ],
)
def test_a_side_tells_those_of_one_name_apart(
    tmp_path: Path, said: str, side: str | None, found: str | None
) -> None:
    files = made(tmp_path, "train/a.jpg", "val/a.jpg", "b.png", "x/b.png", "c.jpg")
    assert files.find(said, None, side) == (found and tmp_path / found, None)


@pytest.mark.parametrize("side", [None, "test"])
def test_a_side_that_none_has_leaves_the_doubt(tmp_path: Path, side: str | None) -> None:
    files = made(tmp_path, "train/a.jpg", "val/a.jpg")
    said = "2 images are called a.jpg: train/a.jpg, val/a.jpg"
    assert files.find("a.jpg", None, side) == (None, said)


def test_nearness_and_side_must_agree(tmp_path: Path) -> None:
    files = made(tmp_path, "train/1.jpg", "labels/drawn/1.jpg", "val/1.jpg", "a/pics/1.jpg")
    said = "4 images are called 1.jpg: a/pics/1.jpg, labels/drawn/1.jpg, train/1.jpg"
    assert files.find("1.jpg", tmp_path / "labels" / "x.json", "train") == (None, said)
    assert files.find("1.jpg", tmp_path / "x.json", "train")[0] == tmp_path / "train" / "1.jpg"
    assert files.find("1.jpg", tmp_path / "a" / "labels" / "x.json")[0] == tmp_path / "a/pics/1.jpg"


def test_beside_the_label_file_comes_before_its_side(tmp_path: Path) -> None:
    files = made(tmp_path, "train/a.jpg", "val/a.jpg")
    assert files.find("a.jpg", tmp_path / "val" / "x.csv", "train")[0] == tmp_path / "val/a.jpg"
