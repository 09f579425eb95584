"""torchvision's two generators, by our own implementation of their published rules."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from explorer.config import (
    CREATURE,
    SSD300,
    SSD512,
    TOY_SSD,
    AnchorConfig,
    FeatureMap,
    MapShape,
)
from explorer.exchange import write_anchors
from tests.exchange.anchor_sets import (
    Boxes,
    apart_px,
    centred,
    chained,
    configs,
    input_shapes,
    write_for_toy_ssd,
)
from tests.maps import SSD300_MAPS, toy_shapes


class DefaultBoxes:
    """Section 2.2 of the paper, as torchvision's DefaultBoxGenerator reads it."""

    def __init__(
        self,
        aspect_ratios: Sequence[Sequence[float]],
        scales: Sequence[float],
        clip: bool,
        steps: Sequence[float] | None = None,
    ) -> None:
        assert clip is False  # a side longer than the image stays
        assert len(scales) == len(aspect_ratios) + 1
        self.steps = steps
        self.cells = []
        for k, ratios in enumerate(aspect_ratios):
            between = math.sqrt(scales[k] * scales[k + 1])
            cell = [(scales[k], scales[k]), (between, between)]
            for ratio in ratios:
                side = (scales[k] * math.sqrt(ratio), scales[k] / math.sqrt(ratio))
                cell += [side, side[::-1]]
            self.cells.append(cell)

    def boxes(self, maps: Sequence[MapShape], input_shape_px: MapShape) -> list[Boxes]:
        height, width = input_shape_px
        even = [(1 / rows, 1 / columns) for rows, columns in maps]
        told = None if self.steps is None else [(px / height, px / width) for px in self.steps]
        return [
            centred(shape, cell, step)
            for shape, cell, step in zip(maps, self.cells, told or even, strict=True)
        ]


class Generator:
    """The anchors of torchvision's AnchorGenerator, from its cell_anchors."""

    cell_anchors: Sequence[Boxes]

    def __init__(
        self, sizes: Sequence[Sequence[float]], aspect_ratios: Sequence[Sequence[float]]
    ) -> None:
        self.per_location = [len(s) * len(a) for s, a in zip(sizes, aspect_ratios, strict=True)]

    def boxes(self, maps: Sequence[MapShape], input_shape_px: MapShape) -> list[Boxes]:
        height, width = input_shape_px
        assert self.per_location == [len(cell) for cell in self.cell_anchors]
        layers = []
        for (rows, columns), cell in zip(maps, self.cell_anchors, strict=True):
            row, column = np.indices((rows, columns))
            y, x = row * (height // rows), column * (width // columns)
            shifted = np.stack([x, y, x, y], axis=-1)[:, :, None] + cell
            layers.append(shifted / [width, height, width, height])
        return layers


def run(text: str) -> Any:
    """Run the code, but for its imports, and return its generator."""
    names = {
        "torch": SimpleNamespace(tensor=lambda rows: np.array(rows, dtype=np.float32)),
        "DefaultBoxGenerator": DefaultBoxes,
        "AnchorGenerator": Generator,
    }
    code = ast.parse(text)
    imports = [line for line in code.body if isinstance(line, (ast.Import, ast.ImportFrom))]
    imported = {alias.name for line in imports for alias in line.names}
    assert imported <= set(names)
    code.body = [line for line in code.body if line not in imports]
    exec(compile(code, "written", "exec"), names)
    return names["generator"]


def apart(config: AnchorConfig, format_id: str, input_shape_px: MapShape) -> float:
    text = write_for_toy_ssd(config, format_id, input_shape_px).text
    maps = toy_shapes(input_shape_px, len(config.layers))
    return apart_px(run(text).boxes(maps, input_shape_px), config, input_shape_px)


@pytest.mark.parametrize(("config", "side"), [(SSD300, 300), (SSD300, 256), (SSD512, 512)])
def test_default_boxes_are_the_papers(config: AnchorConfig, side: int) -> None:
    assert apart(config, "torchvision-default-box", (side, side)) < 1e-3
    assert write_for_toy_ssd(config, "torchvision-default-box", (side, side)).notes == ()


def test_default_boxes_of_ssd300_are_short() -> None:
    text = write_for_toy_ssd(SSD300, "torchvision-default-box", (300, 300)).text
    assert "scales=[0.1, 0.2, 0.37, 0.54, 0.71, 0.88, 1.05]," in text
    assert text.count("[2, 3]") == 3
    assert text.count("[2]") == 3


def test_toy_ssds_rounded_sizes_are_a_tenth_of_a_pixel_off() -> None:
    notes = write_for_toy_ssd(TOY_SSD, "torchvision-default-box", (256, 256)).notes
    # 0.79 of 256 px, but √(0.71·0.88) is 0.79044; the last layer's scale can be chosen.
    assert notes[1:] == (
        "Map 32×32: sides are up to 0.0075 px off.",
        "Map 16×16: sides are up to 0.0026 px off.",
        "Map 8×8: sides are up to 0.049 px off.",
        "Map 4×4: sides are up to 0.11 px off.",
    )
    assert apart(TOY_SSD, "torchvision-default-box", (256, 256)) == pytest.approx(0.1127 / 2, 0.01)


def test_an_inverse_that_we_do_not_have_is_said() -> None:
    notes = write_for_toy_ssd(CREATURE, "torchvision-default-box", (256, 256)).notes
    assert notes[-1] == "Map 1×1: 6 anchors per cell instead of 4."
    assert apart(CREATURE, "torchvision-default-box", (256, 256)) == np.inf


def test_a_wide_input_is_said() -> None:
    # 0.54 of 512 px instead of 256: √2 · 0.54 · 256 = 195.5 px too wide.
    config = AnchorConfig.of([[0.54, 0.6], [0.6667, 0.75]], [1, 2, 0.5])
    notes = write_for_toy_ssd(config, "torchvision-default-box", (256, 512)).notes
    assert notes[1] == "Map 32×64: sides are up to 196 px off."
    assert len(notes) == 2


@given(chained(one_list_of_ratios=False))
def test_default_boxes_where_they_can_be_ours(config: AnchorConfig) -> None:
    assert apart(config, "torchvision-default-box", (256, 256)) < 1e-3
    assert write_for_toy_ssd(config, "torchvision-default-box", (256, 256)).notes == ()


@given(configs(), input_shapes)
def test_default_boxes_are_ours_or_have_notes(
    config: AnchorConfig, input_shape_px: MapShape
) -> None:
    notes = write_for_toy_ssd(config, "torchvision-default-box", input_shape_px).notes
    gap = apart(config, "torchvision-default-box", input_shape_px)
    assert gap > 4e-4 if notes else gap < 1e-3


@pytest.mark.parametrize(
    ("config", "input_shape_px"),
    [
        (TOY_SSD, (256, 256)),
        (TOY_SSD, (256, 512)),
        (CREATURE, (256, 256)),
        (SSD300, (320, 320)),
        (SSD512, (512, 512)),
    ],
)
def test_an_anchor_generator_is_ours(config: AnchorConfig, input_shape_px: MapShape) -> None:
    assert apart(config, "torchvision-anchor-generator", input_shape_px) < 1e-4
    notes = write_for_toy_ssd(config, "torchvision-anchor-generator", input_shape_px).notes
    assert len(notes) == 2
    assert "cell_anchors are set directly" in notes[0]
    height, width = input_shape_px
    assert f"the input must be {height}×{width}" in notes[1]


def test_where_cells_are_not_whole_pixels_apart_is_said() -> None:
    # 37 cells on 300 px are 8.108 px apart; 8 px, from the middle on, are 18 · 0.108 px off.
    notes = write_for_toy_ssd(SSD300, "torchvision-anchor-generator", (300, 300)).notes
    assert [note.split(" px")[0] for note in notes[2:]] == [
        "Map 37×37: anchors are up to 1.9",
        "Map 18×18: anchors are up to 5.7",
        "Map 9×9: anchors are up to 1.3",
    ]
    gap = apart(SSD300, "torchvision-anchor-generator", (300, 300))
    assert gap == pytest.approx(17 / 2 * (300 / 18 - 16), abs=1e-3)


@given(configs(), input_shapes)
def test_any_anchors_fit_an_anchor_generator(
    config: AnchorConfig, input_shape_px: MapShape
) -> None:
    notes = write_for_toy_ssd(config, "torchvision-anchor-generator", input_shape_px).notes
    gap = apart(config, "torchvision-anchor-generator", input_shape_px)
    assert gap < (np.inf if len(notes) > 2 else 1e-3)


def of_maps(config: AnchorConfig, format_id: str, maps: Sequence[FeatureMap], side: int) -> Any:
    """Return how far the written anchors are from ours on any maps, px, and what is said."""
    written = write_anchors(config, format_id, maps, (side, side))
    boxes = run(written.text).boxes([each.shape for each in maps], (side, side))
    return apart_px(boxes, config, (side, side), maps), written.notes


def test_default_boxes_of_maps_that_are_not_even() -> None:
    gap, notes = of_maps(SSD300, "torchvision-default-box", SSD300_MAPS, 300)
    assert gap < 1e-3
    assert notes == ()
    text = write_anchors(SSD300, "torchvision-default-box", SSD300_MAPS, (300, 300)).text
    assert "    steps=[8, 16, 32, 64, 100, 300],\n" in text
    wider = [each.with_(stride_px=(8.0, 8.5)) for each in SSD300_MAPS]
    gap, notes = of_maps(SSD300, "torchvision-default-box", wider, 300)
    assert notes[1] == "Map 38×38: centres are up to 19 px from their place."
    assert gap == pytest.approx(37.5 * 0.5, abs=1e-3)


def test_an_anchor_generator_for_maps_that_are_not_even() -> None:
    # 38 cells of 8 px in whole pixels of 300 // 38 = 7: (8 - 7) · 37 / 2 at both ends.
    gap, notes = of_maps(SSD300, "torchvision-anchor-generator", SSD300_MAPS, 300)
    assert notes[2].startswith("Map 38×38: anchors are up to 18 px from their place")
    assert gap == pytest.approx(18.5, abs=1e-3)
