from __future__ import annotations

from pathlib import Path

import pytest

from explorer import data_folders as places
from explorer.data_folders import data_root, shipped_root
from explorer.datasets import catalog, dataset_names, dataset_path
from explorer.datasets.catalog import check_new_name, is_named, named
from explorer.datasets.description import Description


def test_the_repositorys_data_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Path(catalog.__file__).parents[2]
    monkeypatch.delenv("SSD_EXPLORER_DATA", raising=False)
    assert data_root() == repository / "data"
    assert "sample" in dataset_names()
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    assert data_root() == tmp_path
    assert dataset_path("creature") == tmp_path / "creature"
    assert dataset_names() == ["sample"]
    assert dataset_path("sample") == shipped_root() / "sample" == repository / "data" / "sample"
    (tmp_path / "pikachu").mkdir()
    (tmp_path / "pikachu" / "val.rec").touch()
    assert dataset_names() == ["pikachu", "sample"]


def test_an_installed_package_uses_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSD_EXPLORER_DATA", raising=False)
    monkeypatch.setattr(places, "CHECKOUT", tmp_path / "lib")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    assert data_root() == shipped_root() == tmp_path / "mine" / "ssd-explorer"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_root() == tmp_path / ".local/share/ssd-explorer"


def test_an_unknown_name() -> None:
    with pytest.raises(ValueError, match="no data set is called 'x'; known are: creature, "):
        dataset_path("x")


def test_a_set_of_ones_own_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    for name in ("my-cards", "2_dogs", ".hidden", "reference", "unfinished"):
        (tmp_path / name).mkdir()
        Description(class_names=("x",)).save(tmp_path / name)
        if name != "unfinished":
            (tmp_path / name / "val.rec").touch()
    (tmp_path / "records-only").mkdir()
    (tmp_path / "records-only" / "val.rec").touch()
    assert dataset_names() == ["sample", "2_dogs", "my-cards"]
    assert named() == [*catalog.NAMES, "2_dogs", "my-cards"]
    assert dataset_path("my-cards") == tmp_path / "my-cards"
    assert is_named("my-cards")
    assert is_named("creature")
    assert not any(map(is_named, (".hidden", "reference", "unfinished", "records-only", "..")))
    assert catalog.command_for("my-cards") == "ssd-explorer data import FOLDER --name my-cards"


@pytest.mark.parametrize("name", ["", "a b", "../x", "é", "-x", "x" * 65, "a/b", "a\n"])
def test_a_name_with_other_characters(name: str) -> None:
    with pytest.raises(ValueError, match="up to 64 letters, digits, - and _"):
        check_new_name(name)


@pytest.mark.parametrize("name", ["creature", "sample", "reference"])
def test_a_name_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' is taken"):
        check_new_name(name)
