"""pytorch-ssd's priors, by our own implementation of its published rule."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import (
    ANCHOR_PRESETS,
    CREATURE,
    SSD300,
    SSD512,
    TOY_SSD,
    AnchorConfig,
    MapShape,
)
from explorer.exchange import read_anchors_text, write_anchors
from tests.exchange.anchor_sets import (
    Boxes,
    apart_px,
    configs,
    input_shapes,
    inverse_pairs,
    sizes,
    write_for_toy_ssd,
)
from tests.maps import SSD300_MAPS, toy_grid

FORMAT = "pytorch-ssd"


class SSDBoxSizes(NamedTuple):
    min: float
    max: float


class SSDSpec(NamedTuple):
    feature_map_size: int
    shrinkage: float
    box_sizes: SSDBoxSizes
    aspect_ratios: Sequence[float]


def generate_ssd_priors(specs: Sequence[SSDSpec], image_size: int, clamp: bool) -> list[Boxes]:
    """Return (n, n, K, 4) corners of each map, from centres and sides over the image's side."""
    assert not clamp  # a side longer than the image stays
    layers = []
    for num_cells, shrinkage, (low, high), ratios in specs:
        shapes = [(low, low), (math.sqrt(low * high),) * 2]
        for stretch in map(math.sqrt, ratios):
            shapes += [(low * stretch, low / stretch), (low / stretch, low * stretch)]
        layer = np.zeros((num_cells, num_cells, len(shapes), 4))
        for row, column, shape in np.ndindex(layer.shape[:3]):
            centre = np.array([column + 0.5, row + 0.5]) * shrinkage
            half = np.array(shapes[shape]) / 2
            layer[row, column, shape] = np.concatenate([centre - half, centre + half]) / image_size
        layers.append(layer)
    return layers


def run(text: str) -> list[Boxes]:
    """Run the code, but for its import, and return its priors."""
    code = ast.parse(text)
    first, *code.body = code.body
    assert ast.unparse(first) == (
        "from vision.utils.box_utils import SSDBoxSizes, SSDSpec, generate_ssd_priors"
    )
    names: dict[str, Any] = {
        each.__name__: each for each in (SSDBoxSizes, SSDSpec, generate_ssd_priors)
    }
    exec(compile(code, "written", "exec"), names)
    priors: list[Boxes] = names["priors"]
    return priors


def apart(config: AnchorConfig, side: int) -> float:
    text = write_for_toy_ssd(config, FORMAT, (side, side)).text
    return apart_px(run(text), config, (side, side))


@pytest.mark.parametrize(
    ("config", "side"), [(TOY_SSD, 256), (TOY_SSD, 300), (SSD300, 300), (SSD512, 512)]
)
def test_priors_are_ours_in_our_order(config: AnchorConfig, side: int) -> None:
    written = write_for_toy_ssd(config, FORMAT, (side, side))
    grid = toy_grid(config, (side, side))
    priors = np.concatenate([layer.reshape(-1, 4) for layer in run(written.text)])
    np.testing.assert_allclose(priors, grid.boxes, atol=2e-6)
    assert written.notes == ()


def test_maps_of_its_own_ssd300() -> None:
    written = write_anchors(SSD300, FORMAT, SSD300_MAPS, (300, 300))
    assert apart_px(run(written.text), SSD300, (300, 300), SSD300_MAPS) < 1e-3
    assert written.notes == ()
    specs = [line.strip() for line in written.text.splitlines() if "  SSDSpec(" in line]
    assert specs == [
        "SSDSpec(38, 8, SSDBoxSizes(30, 60), [2]),",
        "SSDSpec(19, 16, SSDBoxSizes(60, 111), [2, 3]),",
        "SSDSpec(10, 32, SSDBoxSizes(111, 162), [2, 3]),",
        "SSDSpec(5, 64, SSDBoxSizes(162, 213), [2, 3]),",
        "SSDSpec(3, 100, SSDBoxSizes(213, 264), [2]),",
        "SSDSpec(1, 300, SSDBoxSizes(264, 315), [2]),",
    ]


def test_shrinkage_is_the_stride() -> None:
    text = write_for_toy_ssd(TOY_SSD, FORMAT, (256, 256)).text
    assert [line.split(", ")[:2] for line in text.splitlines() if "  SSDSpec(" in line] == [
        [f"    SSDSpec({cells}", str(256 // cells)] for cells in (32, 16, 8, 4, 1)
    ]


@pytest.mark.parametrize(
    ("size_list", "ratio_list", "note"),
    [
        ([0.25, 0.5, 0.75], [1, 2, 0.5], "Map 1×1: 4 anchors per cell instead of 5."),
        ([0.5], [1, 2, 0.5], "Map 1×1: 4 anchors per cell instead of 3."),
        ([0.5, 0.6], [1, 2], "Map 1×1: 4 anchors per cell instead of 3."),
        ([0.5, 0.6], [1, 1, 2, 0.5], "Map 1×1: 4 anchors per cell instead of 5."),
        # The larger one at ratio 4 is not there: 0.6·√4 of 256 px instead of 0.5·√4.
        ([0.5, 0.6], [4], "Map 1×1: 4 anchors per cell instead of 2; those that remain are up to "
                          "51 px off."),
    ],
)  # fmt: skip
def test_what_a_spec_cannot_say(size_list: list[float], ratio_list: list[float], note: str) -> None:
    config = AnchorConfig.of([[0.25, 0.3], size_list], [[1, 2, 0.5], ratio_list])
    assert write_for_toy_ssd(config, FORMAT, (256, 256)).notes[1:] == (note,)


def test_a_smaller_second_size_can_be_said() -> None:
    config = AnchorConfig.of([[0.5, 0.25], [0.8, 0.9]], [1, 2, 0.5])
    assert write_for_toy_ssd(config, FORMAT, (256, 256)).notes == ()
    assert apart(config, 256) < 1e-3


def test_what_is_not_square_is_said() -> None:
    for shape in ((256, 512), (300, 200)):
        assert "square" in write_for_toy_ssd(TOY_SSD, FORMAT, shape).notes[-1]


@given(configs(), input_shapes)
def test_it_is_ours_or_has_notes(config: AnchorConfig, input_shape_px: MapShape) -> None:
    written = write_for_toy_ssd(config, FORMAT, input_shape_px)
    gap = apart_px(run(written.text), config, input_shape_px)
    assert gap > 4e-4 if written.notes else gap < 1e-3


paired = inverse_pairs.map(
    lambda firsts: [1.0, *(side for r in firsts for side in (r, round(1 / r, 6)))]
)
layers = st.tuples(st.lists(sizes, min_size=2, max_size=2), paired)


@given(st.lists(layers, min_size=2, max_size=5), st.sampled_from([256, 300, 512]))
def test_what_it_can_say_is_read_back(
    drawn: list[tuple[list[float], list[float]]], side: int
) -> None:
    config = AnchorConfig.of([size for size, _ in drawn], [ratio for _, ratio in drawn])
    written = write_for_toy_ssd(config, FORMAT, (side, side))
    assert written.notes == ()
    assert read_anchors_text(written.text, FORMAT, (side, side)) == config


@pytest.mark.parametrize("name", ANCHOR_PRESETS)
def test_presets_that_it_can_say_are_read_back(name: str) -> None:
    config = ANCHOR_PRESETS[name]
    written = write_for_toy_ssd(config, FORMAT, (300, 300))
    assert bool(written.notes) == (config is CREATURE)  # it has ratios without their inverse
    if not written.notes:
        assert read_anchors_text(written.text, FORMAT, (300, 300)) == config


def test_a_configuration_is_read_with_its_own_size() -> None:
    text = """
import numpy as np
image_size = 300  # px
image_mean = np.array([123, 117, 104])
priors = generate_ssd_priors([
    SSDSpec(38, 8, SSDBoxSizes(30, 60), [2]),
    box_utils.SSDSpec(feature_map_size=19, shrinkage=16, aspect_ratios=(2, 6 / 2),
                      box_sizes=SSDBoxSizes(max=111, min=60)),
], image_size)
"""
    expected = AnchorConfig.of(
        [[0.1, 0.141421], [0.2, 0.272029]], [[1, 2, 0.5], [1, 2, 0.5, 3, 0.333333]]
    )
    assert read_anchors_text(text, FORMAT, (256, 256)) == expected
    halved = read_anchors_text(text.replace("image_size = 300", ""), FORMAT, (600, 600))
    assert halved.layers[0].sizes == (0.05, 0.070711)


SPEC = "SSDSpec(38, 8, SSDBoxSizes(30, 60), [2])"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "SSDSpec is missing"),
        ("SSDSpec(", "Line 1 is not Python."),
        (f"[{SPEC}]", "anchors need 2 to 8 layers, got 1"),
        (f"[{SPEC}] * 2", "anchors need 2 to 8 layers, got 1"),
        (f"{SPEC}\nSSDSpec(38, 8, 30, [2])", "Line 2: SSDBoxSizes needs min, max."),
        (f"{SPEC}\nSSDSpec(38, 8)", "Line 2: SSDSpec needs feature_map_size, shrinkage, box_"),
        (f"{SPEC}\n{SPEC[:-1]}, 7)", "Line 2: SSDSpec needs"),
        (f"{SPEC}\n{SPEC[:-1]}, **more)", "Line 2: SSDSpec needs"),
        (f"{SPEC}\n" + SPEC.replace("30", "0"), "Line 2: min must be a number above 0."),
        (f"{SPEC}\n" + SPEC.replace("60", "[6]"), "Line 2: max must be a number above 0."),
        (f"{SPEC}\n" + SPEC.replace("60", "side"), "Line 2: write lists of plain numbers"),
        (f"{SPEC}\n" + SPEC.replace("[2]", "2"), "Line 2: aspect_ratios must be numbers above 0."),
        (f"{SPEC}\n" + SPEC.replace("[2]", "[0]"), "Line 2: aspect_ratios must be numbers above"),
        (f"{SPEC}\n" + SPEC.replace("60", "99999"), "sizes must be above 0 and at most 2"),
        (f"image_size = 0\n{SPEC}", "Line 1: image_size must be a number above 0."),
    ],
)
def test_what_is_no_configuration_is_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (compared below)
        read_anchors_text(text, FORMAT, (300, 300))
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)
