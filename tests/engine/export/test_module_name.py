from __future__ import annotations

import pytest

from explorer.engine.export.module_name import module_name


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("creature", "creature"),
        ("epoch-0003", "epoch_0003"),
        ("3 cats", "_3_cats"),
        ("class", "_class"),
    ],
)
def test_a_module_can_be_imported_by_its_name(stem: str, name: str) -> None:
    assert module_name(stem) == name
