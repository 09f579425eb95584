from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.datasets.synthetic.ellipsoids import (
    CAMERA_DISTANCE,
    SHADOW_STRENGTH,
    Ellipsoid,
    Light,
    View,
    projected_bounds,
    trace,
)

SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)
GREY = (0.5, 0.5, 0.5)
BALL = Ellipsoid((0, 0, 0), (1, 1, 1), GREY, gloss=0.0)
FRONT = Light(azimuth=0, elevation=0, strength=0.6, ambient=0.4)


def srgb(linear: float) -> float:
    return float(255 * (1.055 * linear ** (1 / 2.4) - 0.055))


def test_the_outline_of_a_ball_in_closed_form() -> None:
    bounds = projected_bounds(np.array([[0.0, 0.0, 5.0]]), np.eye(3)[None] * 4)
    side = 2 / np.sqrt(5**2 - 2**2)  # the tangent's slope, not radius over distance
    np.testing.assert_allclose(bounds, [[-side, -side, side, side]])


@SETTINGS
@given(seed=st.integers(0, 2**32 - 1))
def test_the_outline_encloses_every_point_of_the_surface_and_no_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    axes = turn * rng.uniform(0.1, 1.0, 3)
    centre = np.array([*rng.uniform(-1, 1, 2), rng.uniform(4, 8)])
    directions = rng.standard_normal((20000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = directions @ axes.T + centre
    spots = points[:, :2] / points[:, 2:]
    left, bottom, right, top = projected_bounds(centre[None], (axes @ axes.T)[None])[0]
    low, high = spots.min(axis=0), spots.max(axis=0)
    assert (low >= [left - 1e-12, bottom - 1e-12]).all()
    assert (high <= [right + 1e-12, top + 1e-12]).all()
    np.testing.assert_allclose([*low, *high], [left, bottom, right, top], atol=2e-3)


def test_a_ball_is_a_disc_with_exact_alpha() -> None:
    image = trace([BALL], View(), FRONT, 64, samples=8)
    assert (image.shape, image.dtype) == ((64, 64, 4), np.uint8)
    alpha = image[..., 3] / 255.0
    assert alpha.sum() == pytest.approx(np.pi * 32**2, rel=1e-3)
    np.testing.assert_array_equal(alpha, alpha[:, ::-1])
    x, y = np.meshgrid(np.arange(64) - 31.5, np.arange(64) - 31.5)
    radius = np.hypot(x, y)
    assert (alpha[radius < 31.2] == 1).all()
    assert (alpha[radius > 32.8] == 0).all()
    edge = (radius > 31.5) & (radius < 32.5)
    assert np.abs(alpha - (32.5 - radius))[edge].max() < 0.15


def test_the_brightness_of_a_ball_lit_from_the_front() -> None:
    image = trace([BALL], View(), FRONT, 64)
    # In the middle the surface faces the lamp, and the sky gives 3/4 of the ambient light.
    expected = srgb(0.5 * (0.4 * 0.75 + 0.6))
    np.testing.assert_allclose(image[31:33, 31:33, :3], expected, atol=1)
    # At the rim the lamp only grazes it; above, the sky is brighter than below.
    rim = (slice(31, 33), slice(1, 2))
    assert image[rim][..., 0].mean() < expected - 30
    assert image[2, 31, 0] > image[61, 31, 0] + 10


def test_the_lamp_lights_the_side_where_it_is() -> None:
    left = trace([BALL], View(), Light(azimuth=-60, elevation=0), 32).astype(int)
    right = trace([BALL], View(), Light(azimuth=60, elevation=0), 32).astype(int)
    above = trace([BALL], View(), Light(azimuth=0, elevation=60), 32).astype(int)
    assert left[16, 5, 0] > left[16, 26, 0] + 60
    np.testing.assert_allclose(left, right[:, ::-1], atol=1)
    assert above[5, 16, 0] > above[26, 16, 0] + 60


def test_gloss_adds_a_highlight_and_nothing_elsewhere() -> None:
    shiny = Ellipsoid((0, 0, 0), (1, 1, 1), GREY, gloss=0.5)
    dull, bright = (trace([one], View(), FRONT, 64).astype(int) for one in (BALL, shiny))
    assert bright[32, 32, 0] > dull[32, 32, 0] + 30
    np.testing.assert_array_equal(bright[:8], dull[:8])


def test_a_part_throws_its_shadow_on_another() -> None:
    # Two balls side by side, the lamp far to the left: the right one stands in the shadow.
    pair = [Ellipsoid((x, 0, 0), (0.5, 0.5, 0.5), GREY, gloss=0.0) for x in (-1, 1)]
    lamp = Light(azimuth=-90, elevation=0, strength=0.6, ambient=0.4)
    image = trace(pair, View(), lamp, 60).astype(int)
    # 0.7 radii left of each ball's middle; the viewer sees the two from a little inside.
    lit, shaded = (image[30, int(image.shape[1] * place), 0] for place in (0.052, 0.72))
    inside = np.arctan(1 / CAMERA_DISTANCE)
    facing = [np.sin(np.arcsin(0.7) + angle) for angle in (-inside, inside)]
    assert lit == pytest.approx(srgb(0.5 * (0.3 + 0.6 * facing[0])), abs=5)
    rest = 1 - SHADOW_STRENGTH
    assert shaded == pytest.approx(srgb(0.5 * (0.3 + 0.6 * facing[1] * rest)), abs=5)


def test_what_is_nearer_hides_what_is_behind() -> None:
    red = Ellipsoid((0, 0, 1), (0.5, 0.5, 0.2), (0.8, 0, 0))
    blue = Ellipsoid((0, 0, -1), (0.8, 0.8, 0.2), (0, 0, 0.8))
    for order in ([red, blue], [blue, red]):
        front, back = (trace(order, View(azimuth), FRONT, 48) for azimuth in (0, 180))
        assert front[24, 24, 0] > 200 > front[24, 24, 2]
        assert back[24, 24, 2] > 200 > back[24, 24, 0]


def test_where_the_viewer_stands() -> None:
    # A red nose in front, a green left hand, a blue hat.
    parts = [
        Ellipsoid((0, 0, 0), (0.8, 0.8, 0.8), (0.5, 0.5, 0.5)),
        Ellipsoid((0, 0, 0.9), (0.2, 0.2, 0.2), (0.9, 0, 0)),
        Ellipsoid((0.9, 0, 0), (0.2, 0.2, 0.2), (0, 0.9, 0)),
        Ellipsoid((0, 0.9, 0), (0.2, 0.2, 0.2), (0, 0, 0.9)),
    ]

    def places(view: View) -> dict[str, tuple[float, float]]:
        image = trace(parts, view, FRONT, 100).astype(int)
        found = {}
        for channel, name in enumerate(("nose", "hand", "hat")):
            others = np.delete(image[..., :3], channel, axis=-1).max(axis=-1)
            rows, columns = np.nonzero((image[..., channel] > others + 60) & (image[..., 3] > 0))
            if len(rows):
                found[name] = (
                    columns.mean() / image.shape[1] - 0.5,
                    0.5 - rows.mean() / image.shape[0],
                )
        return found

    front = places(View())
    assert abs(front["nose"][0]) < 0.1
    assert front["hand"][0] > 0.3, "its left hand is on the viewer's right"
    assert front["hat"][1] > 0.3
    assert "nose" not in places(View(azimuth=180))
    assert places(View(azimuth=180))["hand"][0] < -0.3
    assert places(View(azimuth=60))["nose"][0] > 0.2, "it turns to the viewer's right"
    assert places(View(elevation=50))["nose"][1] < -0.2, "from above the nose points down"
    rolled = places(View(roll=30))
    assert rolled["hat"][0] < -0.1, "it leans to the viewer's left"


@SETTINGS
@given(
    azimuth=st.floats(0, 360),
    elevation=st.floats(-60, 60),
    roll=st.floats(-45, 45),
    height=st.floats(12, 60),
)
def test_the_figure_touches_all_four_sides(
    azimuth: float, elevation: float, roll: float, height: float
) -> None:
    parts = [
        Ellipsoid((0, 0.4, 0), (0.4, 0.6, 0.3), GREY),
        Ellipsoid((0.3, 1.2, 0.2), (0.3, 0.2, 0.3), GREY, (20, 40, 60)),
    ]
    image = trace(parts, View(azimuth, elevation, roll), FRONT, height, samples=8)
    assert image.shape[0] == int(np.ceil(height - 1e-6))
    alpha = image[..., 3]
    for side in (alpha[:2], alpha[-2:], alpha[:, :2], alpha[:, -2:]):
        assert side.max() > 0


def test_perspective_makes_what_is_near_larger() -> None:
    ball = Ellipsoid((0, 0, 0), (0.5, 0.5, 0.5), (0.9, 0, 0))
    pair = [ball, Ellipsoid((1.2, 0, 3), (0.5, 0.5, 0.5), (0, 0, 0.9))]
    image = trace(pair, View(), FRONT, 100).astype(int)
    red = (image[..., 0] > image[..., 2] + 30).sum()
    blue = (image[..., 2] > image[..., 0] + 30).sum()
    expected = (CAMERA_DISTANCE / (CAMERA_DISTANCE - 3)) ** 2
    assert blue / red == pytest.approx(expected, rel=0.15)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="at least one ellipsoid"):
        trace([], View(), FRONT, 10)
    for height in (0.5, -1, float("nan")):
        with pytest.raises(ValueError, match="height_px must be at least 1"):
            trace([BALL], View(), FRONT, height)
