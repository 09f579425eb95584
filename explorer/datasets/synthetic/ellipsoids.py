"""A ray tracer for figures that are made of ellipsoids: one image with exact transparency.

Camera frame: x to the right, y up, z away from the viewer; the camera is at the origin and a
ray through image point (u, v) is ``t * (u, v, 1)``, so `t` is the depth of what it meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

Vector = tuple[float, float, float]
Floats = NDArray[np.float64]

CAMERA_DISTANCE = 7.0
"""From the figure's middle, in figure units (a figure is about 2 high): a mild perspective."""

SHADOW_STRENGTH = 0.55
"""What part of the direct light a self-shadow takes away; the rest comes round the corner."""


@dataclass(frozen=True)
class Ellipsoid:
    """One part of a figure. Figure frame: x to its left, y up, z to its front."""

    centre: Vector
    """Figure units."""
    radii: Vector
    """Figure units."""
    colour: Vector
    """In [0, 1], linear light."""
    turn: Vector = (0.0, 0.0, 0.0)
    """Degrees: turned about z, then x, then y."""
    gloss: float = 0.25
    """float in [0, 1]: weight of the highlight."""


@dataclass(frozen=True)
class View:
    """Where the figure is seen from, in degrees; (0, 0, 0) looks it in the face."""

    azimuth: float = 0.0
    elevation: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True)
class Light:
    """A far lamp over the viewer's shoulder and the light of the surroundings."""

    azimuth: float = -35.0
    elevation: float = 45.0
    """float, degrees: where the lamp is, as seen from the viewer: positive is right and up."""
    strength: float = 0.85
    ambient: float = 0.35
    """Of the lamp and of the surroundings, in linear light."""

    @property
    def direction(self) -> Floats:
        """Unit vector towards the lamp, in the camera frame."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        level = np.cos(elevation)
        return np.array([level * np.sin(azimuth), np.sin(elevation), -level * np.cos(azimuth)])


@dataclass(frozen=True)
class _Placed:
    """Ellipsoids in the camera frame: `to_unit` maps each one to the unit ball at the origin."""

    centres: Floats  # (N, 3)
    shapes: Floats  # (N, 3, 3), symmetric: basis @ diag(radii**2) @ basis.T
    to_unit: Floats  # (N, 3, 3)


def trace(
    figure: Sequence[Ellipsoid],
    view: View,
    light: Light,
    height_px: float,
    samples: int = 4,
) -> NDArray[np.uint8]:
    """Return the figure as an image cut to its outline, `height_px` high up to rounding.

    The silhouette is found in closed form, so the figure touches all four sides of the image
    at any view. Alpha is the covered part of each pixel out of ``samples**2`` rays.

    Returns
    -------
    (H, W, 4) uint8, RGB not multiplied by alpha
    """
    if not figure:
        raise ValueError(_("a figure needs at least one ellipsoid"))
    if not height_px >= 1:
        raise ValueError(_("height_px must be at least 1, got {height_px}", height_px=height_px))
    placed = _place(figure, view)
    left, bottom, right, top = projected_bounds(placed.centres, placed.shapes).T
    u_min, v_max = left.min(), top.max()
    pixel = (v_max - bottom.min()) / height_px
    width = max(1, int(np.ceil((right.max() - u_min) / pixel - 1e-6)))
    height = max(1, int(np.ceil(height_px - 1e-6)))
    step = pixel / samples
    u = u_min + (np.arange(width * samples) + 0.5) * step
    v = v_max - (np.arange(height * samples) + 0.5) * step

    depth = np.full((len(v), len(u)), np.inf)
    owner = np.full(depth.shape, -1, dtype=np.int16)
    for part, (low_u, low_v, high_u, high_v) in enumerate(
        zip(left, bottom, right, top, strict=True)
    ):
        columns = slice(*np.searchsorted(u, (low_u, high_u)))
        rows = slice(*np.searchsorted(-v, (-high_v, -low_v)))
        rays = np.stack(np.broadcast_arrays(u[columns], v[rows, None], 1.0), axis=-1)
        near = _first_hit(placed, part, rays, np.zeros(3))
        closer = near < depth[rows, columns]
        depth[rows, columns][closer] = near[closer]
        owner[rows, columns][closer] = part

    seen = owner >= 0
    row, column = np.nonzero(seen)
    points = np.stack([u[column], v[row], np.ones(len(row))], axis=-1) * depth[seen][:, None]
    samples_out = np.zeros((*depth.shape, 4))
    samples_out[row, column, :3] = _shade(figure, placed, points, owner[seen], light)
    samples_out[row, column, 3] = 1.0
    blocks = samples_out.reshape(height, samples, width, samples, 4).mean(axis=(1, 3))
    alpha = blocks[..., 3:]
    colour = blocks[..., :3] / np.maximum(alpha, 1e-9)
    rgba = np.concatenate([_to_srgb(colour), alpha], axis=-1)
    return np.asarray(np.rint(rgba * 255), dtype=np.uint8)


def projected_bounds(centres: Floats, shapes: Floats) -> Floats:
    """Return what each ellipsoid covers of the image plane, in closed form.

    The outline of an ellipsoid is a conic, and the matrix of its tangents is
    ``shape - centre centre^T``; a vertical line ``u = a`` touches it where a quadratic in `a`
    is zero, and so does a horizontal one.

    Parameters
    ----------
    centres : (N, 3), camera frame
    shapes : (N, 3, 3)

    Returns
    -------
    (N, 4) left, bottom, right, top
    """
    tangents = shapes - centres[:, :, None] * centres[:, None, :]
    far = tangents[:, 2, 2]
    sides = []
    for axis in (0, 1):
        cross, own = tangents[:, axis, 2], tangents[:, axis, axis]
        root = np.sqrt(cross**2 - own * far)
        sides.append(np.sort(np.stack([(cross - root) / far, (cross + root) / far]), axis=0))
    (left, right), (bottom, top) = sides
    return np.stack([left, bottom, right, top], axis=-1)


def _place(figure: Sequence[Ellipsoid], view: View) -> _Placed:
    camera = _rotation(2, view.roll) @ _rotation(0, view.elevation) @ _rotation(1, view.azimuth)
    camera[2] *= -1.0  # the figure's front looks at the viewer, so depth runs the other way
    centres = np.array([part.centre for part in figure], dtype=np.float64)
    middle = np.array([0.0, (centres[:, 1].max() + centres[:, 1].min()) / 2, 0.0])
    bases = np.stack([camera @ _turned(part.turn) for part in figure])
    radii = np.array([part.radii for part in figure], dtype=np.float64)
    scaled = bases * radii[:, None, :]
    return _Placed(
        centres=(centres - middle) @ camera.T + [0.0, 0.0, CAMERA_DISTANCE],
        shapes=scaled @ scaled.transpose(0, 2, 1),
        to_unit=(bases / radii[:, None, :]).transpose(0, 2, 1),
    )


def _rotation(axis: int, degrees: float) -> Floats:
    angle = np.radians(degrees)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[second, first] = np.sin(angle)
    matrix[first, second] = -matrix[second, first]
    return matrix


def _turned(turn: Vector) -> Floats:
    about_x, about_y, about_z = turn
    return _rotation(1, about_y) @ _rotation(0, about_x) @ _rotation(2, about_z)


def _first_hit(placed: _Placed, part: int, rays: Floats, origin: Floats) -> Floats:
    """Return where rays from `origin` (one, or one per ray) enter the ellipsoid, or infinity.

    In the frame where the ellipsoid is the unit ball, a ray meets it if its line comes closer
    than 1 to the origin. The distance comes from a cross product, which stays exact where the
    usual discriminant loses all digits (a small part far away).
    """
    to_unit = placed.to_unit[part]
    start = (origin - placed.centres[part]) @ to_unit.T
    ray = rays @ to_unit.T
    length = np.einsum("...i,...i", ray, ray)
    cross = np.cross(start, ray)
    room = length - np.einsum("...i,...i", cross, cross)
    towards = -np.einsum("...i,...i", np.broadcast_to(start, ray.shape), ray)
    hit = (room > 0) & (towards > 0)
    with np.errstate(invalid="ignore"):
        return np.where(hit, (towards - np.sqrt(np.maximum(room, 0))) / length, np.inf)


def _shade(
    figure: Sequence[Ellipsoid],
    placed: _Placed,
    points: Floats,
    owner: NDArray[np.int16],
    light: Light,
) -> Floats:
    """Return the linear colour of each visible point: lamp, sky, highlight, self-shadow."""
    lamp = light.direction
    # Points of one part lie together from here on, so that a part is a slice, not a mask.
    order = np.argsort(owner, kind="stable")
    points, owner = points[order], owner[order]
    edges = np.searchsorted(owner, np.arange(len(figure) + 1))
    normals = np.empty_like(points)
    for part in range(len(figure)):
        own = slice(edges[part], edges[part + 1])
        to_unit = placed.to_unit[part]
        normals[own] = (points[own] - placed.centres[part]) @ (to_unit.T @ to_unit)
    normals /= _length(normals)
    facing = normals @ lamp

    lit = np.where(_in_shadow(placed, points, owner, facing, lamp), 1.0 - SHADOW_STRENGTH, 1.0)
    half = lamp - points / _length(points)
    half /= _length(half)
    highlight = np.maximum(np.einsum("ij,ij->i", normals, half), 0.0) ** 40
    sky = light.ambient * (0.75 + 0.25 * normals[:, 1])  # brighter from above
    lamp_light = light.strength * lit * (facing > 0)
    colours = np.array([part.colour for part in figure])[owner]
    gloss = np.array([part.gloss for part in figure])[owner]
    sorted_light = (
        colours * (sky + lamp_light * facing)[:, None] + (gloss * highlight * lamp_light)[:, None]
    )
    result: Floats = np.empty_like(sorted_light)
    result[order] = np.clip(sorted_light, 0.0, 1.0)
    return result


def _in_shadow(
    placed: _Placed, points: Floats, owner: NDArray[np.int16], facing: Floats, lamp: Floats
) -> NDArray[np.bool_]:
    """Return which points another part hides from the lamp."""
    shadow = np.zeros(len(points), dtype=np.bool_)
    candidates = np.nonzero(facing > 0)[0]
    across = np.linalg.svd(lamp[None])[2]  # the lamp's direction, then two across it
    x, y = across[1:] @ points[candidates].T
    balls = placed.centres @ across[1:].T
    reach = np.linalg.eigvalsh(placed.shapes)[:, -1]
    for part in range(len(placed.centres)):
        # A ball around the part throws a round shadow: a cheap test before the exact one.
        near = (x - balls[part, 0]) ** 2 + (y - balls[part, 1]) ** 2 < reach[part]
        # A part cannot shade itself where it faces the lamp: an ellipsoid is convex.
        inside = candidates[near]
        inside = inside[(owner[inside] != part) & ~shadow[inside]]
        if len(inside):
            rays = np.broadcast_to(lamp, (len(inside), 3))
            hit = _first_hit(placed, part, rays, points[inside])
            shadow[inside[np.isfinite(hit) & (hit > 1e-6)]] = True
    return shadow


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None])


def _to_srgb(linear: Floats) -> Floats:
    low = linear * 12.92
    high = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, low, high))
