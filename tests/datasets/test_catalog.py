from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets import catalog, data_root, dataset_names, dataset_path
from explorer.datasets.catalog import shipped_root


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
    monkeypatch.setattr(catalog, "__file__", str(tmp_path / "lib/explorer/datasets/catalog.py"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    assert data_root() == shipped_root() == tmp_path / "mine" / "ssd-explorer"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_root() == tmp_path / ".local/share/ssd-explorer"


def test_an_unknown_name() -> None:
    with pytest.raises(ValueError, match="no data set is called 'x'; known are: creature, "):
        dataset_path("x")
