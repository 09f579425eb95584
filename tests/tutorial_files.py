"""The MXNet tutorial's own files, which are no part of the repository."""

from __future__ import annotations

import pytest

from tests.places import ROOT

FOLDER = ROOT.parent / "shared" / "tutorial"
WEIGHTS = FOLDER / "ssd_pikachu-fbb7d872.params"
PICTURE = FOLDER / "pikachu.jpg"

needs_tutorial = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the tutorial's own files are not in {FOLDER}"
)
