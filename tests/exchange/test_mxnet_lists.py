"""MXNet's two lists, and code that MXNet runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

import explorer.net.runtime  # noqa: F401  (makes MXNet importable on numpy 1.26)
from explorer.config import ANCHOR_PRESETS, SSD300, TOY_SSD, AnchorConfig, FeatureMap, MapShape
from explorer.exchange import read_anchors_text, write_anchors
from explorer.ssd.anchors import anchor_grid
from tests.exchange.anchor_sets import configs, input_shapes, write_for_toy_ssd
from tests.maps import SSD300_MAPS, toy_grid

INPUT_PX = (256, 256)


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(text, names)
    return names


def test_toy_ssds_lists_are_the_tutorials() -> None:
    text = write_for_toy_ssd(TOY_SSD, "mxnet", INPUT_PX).text
    assert text == (
        "sizes = [\n    [0.2, 0.272],\n    [0.37, 0.447],\n    [0.54, 0.619],\n"
        "    [0.71, 0.79],\n    [0.88, 0.961],\n]\nratios = [[1, 2, 0.5]] * 5\n"
    )


@given(configs())
def test_lists_are_python(config: AnchorConfig) -> None:
    written = write_for_toy_ssd(config, "mxnet", INPUT_PX)
    names = run(written.text)
    assert names["sizes"] == config.sizes
    assert names["ratios"] == config.ratios
    assert written.notes == ()


@given(configs())
def test_lists_and_code_are_read_back(config: AnchorConfig) -> None:
    for format_id in ("mxnet", "toy-ssd"):
        text = write_for_toy_ssd(config, format_id, INPUT_PX).text
        assert read_anchors_text(text, format_id, INPUT_PX) == config


@given(configs(), input_shapes)
def test_mxnet_runs_the_code(config: AnchorConfig, input_shape_px: MapShape) -> None:
    written = write_for_toy_ssd(config, "toy-ssd", input_shape_px)
    boxes = run(written.text)["anchors"].asnumpy()
    grid = toy_grid(config, input_shape_px)
    assert boxes.shape == (1, len(grid), 4)
    np.testing.assert_allclose(boxes[0], grid.boxes, atol=1e-6)
    assert written.notes == ()


def test_mxnet_runs_the_code_of_cells_that_do_not_divide_the_input() -> None:
    maps = [FeatureMap.spread((4, 4), INPUT_PX), FeatureMap(height=3, width=2, stride_px=(80, 90))]
    config = AnchorConfig.of([[0.2, 0.272], [0.5]], [1, 2, 0.5])
    text = write_anchors(config, "toy-ssd", maps, INPUT_PX).text
    assert "steps = [(-1, -1), (0.3125, 0.3515625)]" in text
    boxes = run(text)["anchors"].asnumpy()
    np.testing.assert_array_equal(boxes[0], anchor_grid(config, maps, INPUT_PX).boxes)
    assert read_anchors_text(text, "toy-ssd", INPUT_PX) == config


@pytest.mark.parametrize("name", ANCHOR_PRESETS)
def test_mxnet_runs_the_presets_code(name: str) -> None:
    config = ANCHOR_PRESETS[name]
    boxes = run(write_for_toy_ssd(config, "toy-ssd", (512, 512)).text)["anchors"].asnumpy()
    grid = toy_grid(config, (512, 512))
    np.testing.assert_array_equal(boxes[0], grid.boxes)


def test_a_notebooks_cell_is_read() -> None:
    text = """
sizes = [[.2, 2/5], (0.8, 0.9)]  # relative to the image
ratios = [1, 2, 0.5]
num_anchors = len(sizes[0]) + len(ratios) - 1
net = ToySSD(num_classes=1)
"""
    expected = AnchorConfig.of([[0.2, 0.4], [0.8, 0.9]], [1, 2, 0.5])
    assert read_anchors_text(text, "mxnet", INPUT_PX) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "sizes is missing: write sizes = [[0.2, 0.272], …]"),
        ("sizes = [[0.2], [0.3]]", "ratios is missing"),
        ("sizes = [[0.2], [0.3]\nratios = [1]", "Line 1 is not Python."),
        ("\nsizes = [[0.2], [0.3]]\nratios = [1] +", "Line 3 is not Python."),
        ("sizes = " + "-" * 100_000 + "1", "Line 1 is not Python."),
        ("\0", "Line 1 is not Python."),
        ("sizes = [[0.2], [0.3]]\nratios = open('x')", "Line 2: write lists of plain numbers"),
        ("sizes = [[0.2], [-0.3]]\nratios = [1]", "Line 1: write lists of plain numbers above 0"),
        ("sizes = [[0.2], [0.3]]\nratios = [[1]] * 10**9", "Line 2: write lists"),
        ("sizes = [[0.2], [0.3]]\nratios = [[1]] * 1000000", "Line 2: write lists"),
        ("sizes = [[0.2], [0.3]]\nratios = [1 / 0]", "Line 2: write lists"),
        ("sizes = [[0.2], [" + "9" * 400 + "]]\nratios = [1]", "Line 1: write lists"),
        ("sizes = [0.2, 0.3]\nratios = [1]", "sizes must be a list of lists of numbers"),
        ("sizes = 0.2\nratios = [1]", "sizes must be a list of lists of numbers"),
        ("sizes = [[0.2], [0.3]]\nratios = [[[1]], [[1]]]", "ratios must be a list of lists"),
        ("sizes = [[0.2], [0.3]]\nratios = [[1]] * 3", "sizes has 2 layers, ratios has 3"),
        ("sizes = [[0.2], [3]]\nratios = [1]", "sizes must be above 0 and at most 2, got 3"),
        ("sizes = [[0.2]]\nratios = [1]", "anchors need 2 to 8 layers, got 1"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (compared below)
        read_anchors_text(text, "mxnet", INPUT_PX)
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("maps", [SSD300_MAPS, SSD300_MAPS[::-1]])
def test_mxnet_runs_the_code_for_maps_that_are_not_even(maps: tuple[FeatureMap, ...]) -> None:
    config, shape_px = AnchorConfig.of(SSD300.sizes, [1, 2, 0.5]), (300, 320)
    maps = tuple(each.with_(width=each.width + 2, stride_px=(8.0, 7.5)) for each in maps)
    written = write_anchors(config, "toy-ssd", maps, shape_px)
    boxes = run(written.text)["anchors"].asnumpy()[0]
    np.testing.assert_allclose(boxes, anchor_grid(config, maps, shape_px).boxes, atol=1e-6)
    lists = write_anchors(config, "mxnet", maps, shape_px)
    assert run(lists.text)["steps"] == [[8 / 300, 7.5 / 320]] * 6
    for text in (written.text, lists.text):
        assert read_anchors_text(text, "mxnet", shape_px) == config
