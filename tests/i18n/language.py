"""The pseudo-language, once for all tests that want it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer import i18n
from tests.i18n.pseudo import LANGUAGE, write_catalogue


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of catalogues with the pseudo-language's."""
    folder = tmp_path_factory.mktemp("locale")
    write_catalogue(folder)
    return folder


@pytest.fixture
def pseudo_language(catalogues: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak the pseudo-language in this process."""
    monkeypatch.setattr(i18n, "LOCALE", catalogues)
    spoken = i18n._catalogue
    i18n.set_language(LANGUAGE)
    yield
    i18n._catalogue = spoken
