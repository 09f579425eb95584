from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.yolo.data_yaml import DataYaml, read_data_yaml, yaml_files


def described(folder: Path, yaml: str | bytes, *images: str) -> DataYaml | None:
    for name in images:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    (folder / "data.yaml").write_bytes(yaml if isinstance(yaml, bytes) else yaml.encode())
    return read_data_yaml(ImageFiles(folder))


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        ("[no, yes, on, off, 1.10, null]", ("no", "yes", "on", "off", "1.10", "null")),
        ("{2: c, 0: a}", ("a", "class 1", "c")),
        ("['Käfer']", ("Käfer",)),
        ("[]", ()),
    ],
)
def test_classes_are_called_what_is_written(
    tmp_path: Path, names: str, meant: tuple[str, ...]
) -> None:
    found = described(tmp_path, f"names: {names}")
    assert (found and found.names) == meant


SET = ("train/images/1.jpg", "valid/images/1.jpg", "test/images/1.jpg")


@pytest.mark.parametrize(
    ("yaml", "images", "split", "missing"),
    [
        (
            "train: ../train/images\nval: ../valid/images\ntest: ../test/images",
            SET,
            dict(zip(SET, ("train", "val", "test"), strict=True)),
            [],
        ),
        ("val: ../valid/images", ("val/images/1.jpg",), {"val/images/1.jpg": "val"}, []),
        ("val: ../valid/images", (SET[0], SET[2]), {}, ["val is ../valid/images"]),
        ("val: [a.jpg, b.jpg, gone.jpg]", ("a.jpg", "b.jpg"), {"a.jpg": "val", "b.jpg": "val"},
         ["val is gone.jpg"]),
        ("train: .\nval: .", ("a.jpg",), {}, []),
        ("train: 5\nval: {a: b}\ntest:", ("a.jpg",), {}, ["train is 5"]),
    ],
)  # fmt: skip
def test_what_paths_of_another_machine_mean_here(
    tmp_path: Path, yaml: str, images: tuple[str, ...], split: dict[str, str], missing: list[str]
) -> None:
    found = described(tmp_path, f"names: [a]\n{yaml}\n", *images)
    assert found is not None
    assert found.split == split
    assert [note for note in found.notes if "no image is there" in note] == [
        f"data.yaml: {each}, and no image is there" for each in missing
    ]


def test_a_list_of_images_and_its_lost_lines(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "train.txt").write_text("./images/a.jpg\n/x/images/gone.jpg\n")
    found = described(tmp_path, "names: [a]\ntrain: /x/lists/train.txt", "images/a.jpg")
    assert found is not None
    assert (found.split, found.lists) == (
        {"images/a.jpg": "train"},
        {tmp_path / "lists" / "train.txt"},
    )
    assert found.notes[0].startswith("train.txt: 1 of its 2 lines fits no image")


@pytest.mark.parametrize(
    "content",
    [
        b"services: !x\n  a: 1\n",
        "x: Käfer".encode("cp1252"),
        b"a: 1\n---\nb: 2\n",
        b"{[",
        b"",
        b"\0",
    ],
)
def test_a_foreign_file_is_none_of_ours(tmp_path: Path, content: bytes) -> None:
    assert described(tmp_path, content) is None
    assert yaml_files(ImageFiles(tmp_path)) == []


@pytest.mark.parametrize("content", [b"names: [", "names: [Käfer]".encode("cp1252")])
def test_a_description_that_is_damaged_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^data\.yaml is not readable as YAML: "):
        described(tmp_path, content)
