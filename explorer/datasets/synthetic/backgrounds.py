"""The photographs behind the figures, and which of them are kept for validation."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.data_folders import shipped_root
from explorer.i18n import _
from explorer.images import read_image

VALIDATION_ORIGINALS = frozenset(
    {"aitzgorri_by_Aitzol_Berasategi.jpg", "chelsea.png", "china.jpg", "coffee.png", "interior.exr"}
)
"""Photographs that only validation sees, whatever the seed: a mountain side, fur, a sky with a
pagoda, a red close-up, a room. Files cut from the same original stay together, since they
overlap."""

LEAST_CROP = 0.5
"""Side of the smallest crop, relative to the photograph's: 256 of 512 px, never enlarged."""


def photographs(split: str, folder: Path | None = None) -> list[Path]:
    """Return the files of a split ("train" or "val"), sorted by name.

    Raises
    ------
    FileNotFoundError
        If the folder or its manifest is missing.
    """
    folder = folder or shipped_root() / "backgrounds"
    manifest = folder / "manifest.csv"
    if not manifest.exists():
        text = _("no photographs in {folder}: they come with the repository, in data/backgrounds")
        raise FileNotFoundError(text.format(folder=folder))
    with manifest.open(encoding="utf-8", newline="") as stream:
        return sorted(
            folder / row["file"]
            for row in csv.DictReader(stream)
            if (row["original"] in VALIDATION_ORIGINALS) == (split == "val")
        )


def crop(photograph: Path, size_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a random square piece of a photograph, perhaps mirrored, as (S, S, 3) RGB."""
    image = Image.fromarray(read_image(photograph))
    side = round(min(image.size) * rng.uniform(LEAST_CROP, 1.0))
    left = int(rng.integers(image.width - side + 1))
    top = int(rng.integers(image.height - side + 1))
    piece = image.resize(
        (size_px, size_px),
        Image.Resampling.LANCZOS,
        box=(left, top, left + side, top + side),
    )
    pixels = np.asarray(piece)
    return np.ascontiguousarray(pixels[:, ::-1] if rng.random() < 0.5 else pixels)
