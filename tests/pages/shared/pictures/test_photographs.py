"""The photographs that a page offers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer.datasets import catalog
from explorer.pages.shared.pictures.photographs import Photographs


def test_without_what_ships_there_is_something_to_draw_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = catalog.shipped_root()
    monkeypatch.setattr(catalog, "shipped_root", lambda: tmp_path)
    photographs = Photographs()
    assert photographs.counts == {"sample": 1}
    picture = photographs.get("sample", 0)
    assert (picture.width_px, picture.height_px, picture.labels) == (256, 256, None)
    assert "git checkout -- data/sample" in photographs.problem
    shutil.copytree(shipped / "sample", tmp_path / "sample")
    photographs.look()
    assert photographs.problem == ""
    assert photographs.counts["sample"] == 48
