from __future__ import annotations

from pathlib import Path

import pytest

from explorer.datasets import RecordDataset, make, open_dataset


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few images of several objects, none on some."""
    return make("creature-many", tmp_path_factory.mktemp("made") / "many", 3, 8, 1)


@pytest.fixture
def sample() -> RecordDataset:
    return open_dataset("sample", "val")
