"""One synthetic image: figures pasted on a photograph, with the box of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.datasets.synthetic.backgrounds import crop
from explorer.datasets.synthetic.creature import draw_individual
from explorer.datasets.synthetic.ellipsoids import Light, View, trace
from explorer.datasets.synthetic.variants import Recipe

IMAGE_SIZE = 256
JPEG_QUALITY = 92
MARGIN_PX = 2

AZIMUTH_STEP = 15.0
ELEVATION_STEP = 12.0
LOWEST_VIEW, HIGHEST_VIEW = -20.0, 52.0
VIEW_PERIOD = 6
"""One cell of the view sphere in six is validation's; neighbours are training's."""

ROLL = 14.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """A JPEG and its (G, 5) labels: class_id, corner box, normalised."""

    jpeg: bytes
    labels: Floats


@dataclass(frozen=True)
class _Placed:
    """A traced figure and where it goes; `box_px` is the tight box of its opaque pixels."""

    class_id: int
    rgba: NDArray[np.uint8]
    left: int
    top: int
    box_px: tuple[int, int, int, int]


def is_validation_view(view: View) -> bool:
    """Return whether a view belongs to validation, whatever the seed.

    The sphere is cut into cells; validation's lie scattered between training's like the
    squares of a knight's moves, so no side of the figure is unknown to either. Left and right
    are one cell: the figure is symmetric, and training mirrors its images.
    """
    azimuth = view.azimuth % 360.0
    column = int(min(azimuth, 360.0 - azimuth) // AZIMUTH_STEP)
    row = int((view.elevation - LOWEST_VIEW) // ELEVATION_STEP)
    return (column + 2 * row) % VIEW_PERIOD == 0


def compose(
    recipe: Recipe,
    photograph: Path,
    validation: bool,
    size_fraction: float,
    rng: np.random.Generator,
) -> Scene:
    """Return one scene; the same arguments and state of `rng` give the same bytes.

    Parameters
    ----------
    size_fraction : float in [0, 1)
        Where the first figure's height lies between the least and the most.
    """
    canvas = crop(photograph, IMAGE_SIZE, rng).astype(np.float32) / 255.0
    count = int(rng.integers(recipe.num_objects[0], recipe.num_objects[1] + 1))
    light = Light(
        azimuth=rng.uniform(-75, 75),
        elevation=rng.uniform(15, 70),
        strength=rng.uniform(0.55, 0.95),
        ambient=rng.uniform(0.25, 0.5),
    )
    placed: list[_Placed] = []
    for number in range(count):
        fraction = size_fraction if number == 0 else rng.random()
        one = _place(recipe, fraction, validation, light, placed, rng)
        if one is not None:
            placed.append(one)
    placed.sort(key=lambda one: one.box_px[3])  # who stands lower is nearer
    for one in placed:
        canvas = _paste(canvas, one, rng)
    labels = np.array(
        [(one.class_id, *(edge / IMAGE_SIZE for edge in one.box_px)) for one in placed],
        dtype=np.float32,
    ).reshape(-1, 5)
    return Scene(_photographed(canvas, rng), labels)


def _view(validation: bool, rng: np.random.Generator) -> View:
    while True:
        view = View(
            azimuth=rng.uniform(0, 360),
            elevation=rng.uniform(LOWEST_VIEW, HIGHEST_VIEW),
            roll=rng.uniform(-ROLL, ROLL),
        )
        if is_validation_view(view) == validation:
            return view


def _place(
    recipe: Recipe,
    size_fraction: float,
    validation: bool,
    light: Light,
    others: list[_Placed],
    rng: np.random.Generator,
) -> _Placed | None:
    """Return a figure at a place where it hides little of the others, or None."""
    class_id = int(rng.integers(len(recipe.species)))
    least, most = recipe.heights_px
    height = least * (most / least) ** size_fraction
    parts = draw_individual(recipe.species[class_id], rng)
    rgba = trace(parts, _view(validation, rng), light, height, samples=4 if height < 90 else 3)
    rows, columns = np.nonzero(rgba[..., 3] > 127)
    inner = [int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    for _ in range(40):
        left, top = (
            int(rng.integers(MARGIN_PX, max(IMAGE_SIZE - MARGIN_PX - side, MARGIN_PX) + 1))
            for side in (rgba.shape[1], rgba.shape[0])
        )
        box = (left + inner[0], top + inner[1], left + inner[2], top + inner[3])
        candidate = _Placed(class_id, rgba, left, top, box)
        if all(_covered(candidate.box_px, other.box_px) < 0.12 for other in others):
            return candidate
    return None


def _covered(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Return the common area of two boxes over the smaller one's."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return max(width, 0) * max(height, 0) / smaller


def _paste(canvas: Floats, placed: _Placed, rng: np.random.Generator) -> Floats:
    height, width = placed.rgba.shape[:2]
    canvas = _with_contact_shadow(canvas, placed, rng)
    window = (slice(placed.top, placed.top + height), slice(placed.left, placed.left + width))
    behind = canvas[window]
    alpha = placed.rgba[..., 3:].astype(np.float32) / 255.0
    colour = placed.rgba[..., :3].astype(np.float32) / 255.0

    # The surroundings colour what stands in them: dim in the dark, a little of their tint.
    around = behind.mean(axis=(0, 1))
    brightness = float(around.mean())
    gain = np.clip(0.72 + 0.55 * brightness, 0.7, 1.12)
    tint = 1.0 + 0.16 * (around / max(brightness, 0.05) - 1.0)
    colour = np.clip(colour * gain * np.clip(tint, 0.8, 1.2), 0.0, 1.0)

    result = canvas.copy()
    result[window] = behind * (1.0 - alpha) + colour * alpha
    return result


def _with_contact_shadow(canvas: Floats, placed: _Placed, rng: np.random.Generator) -> Floats:
    """Darken a soft ellipse under the feet."""
    left, top, right, bottom = placed.box_px
    width, height = right - left, bottom - top
    rows, columns = np.mgrid[0:IMAGE_SIZE, 0:IMAGE_SIZE].astype(np.float32)
    across = (columns - (left + right) / 2 - rng.uniform(-0.1, 0.1) * width) / (0.46 * width)
    down = (rows - (bottom - 0.035 * height)) / (0.075 * height + 1.0)
    dark = rng.uniform(0.25, 0.5) * np.exp(-(across**2 + down**2))
    return np.asarray(canvas * (1.0 - dark[..., None]), dtype=np.float32)


def _photographed(canvas: Floats, rng: np.random.Generator) -> bytes:
    """Return the JPEG of a scene as a camera would have taken it: a little blur and noise."""
    blur = rng.uniform(0.0, 0.7)
    if blur > 0.2:
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), blur), dtype=np.float32)
    noise = rng.standard_normal(canvas.shape, dtype=np.float32) * rng.uniform(0.003, 0.016)
    pixels = np.rint(np.clip(canvas + noise, 0.0, 1.0) * 255.0).astype(np.uint8)
    done, encoded = cv2.imencode(
        ".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not done:
        raise RuntimeError("OpenCV could not encode a JPEG")
    return encoded.tobytes()
