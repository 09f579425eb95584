"""TensorFlow Object Detection API, by our own implementation of `create_ssd_anchors`."""

from __future__ import annotations

import math
import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import CREATURE, SSD300, TOY_SSD, AnchorConfig, MapShape
from explorer.exchange import read_anchors_text, write_anchors
from tests.exchange.anchor_sets import (
    apart_px,
    centred,
    chained,
    configs,
    input_shapes,
    write_for_toy_ssd,
)
from tests.maps import SSD300_MAPS, toy_shapes


def fields(text: str) -> dict[str, list[str]]:
    found = defaultdict(list)
    assert re.sub(r"\s+", " ", re.sub(r"\w+: \S+", "", text)).strip() == (
        "anchor_generator { ssd_anchor_generator { } }"
    )
    for name, value in re.findall(r"(\w+): (\S+)", text):
        found[name].append(value)
    return found


def apart(config: AnchorConfig, input_shape_px: MapShape) -> float:
    found = fields(write_for_toy_ssd(config, "tf-od-api", input_shape_px).text)
    assert found["reduce_boxes_in_lowest_layer"] == ["false"]
    num_layers = int(found["num_layers"][0])
    scales = [*map(float, found["scales"]), 1.0]
    ratios = list(map(float, found["aspect_ratios"]))
    interpolated = float(found["interpolated_scale_aspect_ratio"][0])
    height, width = input_shape_px
    base = (min(input_shape_px) / height, min(input_shape_px) / width)
    maps = toy_shapes(input_shape_px, len(config.layers))
    layers = []
    for _, scale, after, shape in zip(range(num_layers), scales, scales[1:], maps, strict=False):
        specs = [(scale, ratio) for ratio in ratios]
        if interpolated > 0:
            specs.append((math.sqrt(scale * after), interpolated))
        cell = [(s * math.sqrt(r) * base[1], s / math.sqrt(r) * base[0]) for s, r in specs]
        layers.append(centred(shape, cell, (1 / shape[0], 1 / shape[1])))
    assert len(layers) == len(config.layers)
    return apart_px(layers, config, input_shape_px)


def test_maps_that_are_not_even_are_said() -> None:
    config = AnchorConfig.of([pair[:] for pair in SSD300.sizes], [1, 2, 0.5])
    notes = write_anchors(config, "tf-od-api", SSD300_MAPS, (300, 300)).notes
    assert "evenly" in notes[0]
    # The last of 38 centres is 300 px from the border, and evenly 296.05.
    assert notes[1] == "Map 38×38: centres are up to 3.9 px from their place."
    assert [note.split(":")[0] for note in notes[2:]] == ["Map 19×19", "Map 10×10", "Map 5×5"]


def test_even_scales_with_one_list_of_ratios_are_ours() -> None:
    config = AnchorConfig.of([pair[:] for pair in SSD300.sizes], [1, 2, 0.5])
    for input_shape_px in ((300, 300), (256, 256)):
        assert apart(config, input_shape_px) < 1e-3
        assert write_for_toy_ssd(config, "tf-od-api", input_shape_px).notes == ()
    found = fields(write_for_toy_ssd(config, "tf-od-api", (300, 300)).text)
    # One scale more than layers, so that the last is not followed by TensorFlow's 1.0.
    assert found["scales"] == ["0.1", "0.2", "0.37", "0.54", "0.71", "0.88", "1.05"]
    assert found["aspect_ratios"] == ["1", "2", "0.5"]


def test_a_scale_is_of_the_shorter_side() -> None:
    config = AnchorConfig.of([[0.2], [0.4]], [1])
    found = fields(write_for_toy_ssd(config, "tf-od-api", (512, 256)).text)
    assert found["scales"] == ["0.4", "0.8"]
    assert found["interpolated_scale_aspect_ratio"] == ["0"]


def test_toy_ssds_rounded_sizes_are_a_tenth_of_a_pixel_off() -> None:
    notes = write_for_toy_ssd(TOY_SSD, "tf-od-api", (256, 256)).notes
    assert len(notes) == 5
    assert notes[-1] == "Map 4×4: sides are up to 0.11 px off."
    assert apart(TOY_SSD, (256, 256)) == pytest.approx(0.1127 / 2, 0.01)


def test_sizes_chosen_freely_are_said() -> None:
    notes = write_for_toy_ssd(CREATURE, "tf-od-api", (256, 256)).notes
    # 0.47 and 0.7 of 256 px; √(0.4·0.6) is 0.4899, √(0.6·0.88) is 0.7266.
    assert notes[-2:] == (
        "Map 8×8: sides are up to 5.1 px off.",
        "Map 4×4: sides are up to 6.8 px off.",
    )
    assert apart(CREATURE, (256, 256)) == pytest.approx((math.sqrt(0.528) - 0.7) * 128, 0.01)


def test_ratios_of_most_layers_are_written_and_the_others_said() -> None:
    config = AnchorConfig.of([[0.2], [0.4], [0.8]], [[1, 2], [1, 3, 4], [1, 2]])
    written = write_for_toy_ssd(config, "tf-od-api", (256, 256))
    assert fields(written.text)["aspect_ratios"] == ["1", "2"]
    # Ratio 2 is nearest to 3, whose width is 0.4·√3 of 256 px.
    assert written.notes[1:] == (
        "Map 16×16: 2 anchors per cell instead of 3; those that remain are up to 33 px off.",
    )


def test_a_last_layer_without_a_second_size_gets_one_and_it_is_said() -> None:
    config = AnchorConfig.of([[0.2, 0.4], [0.8]], [1])
    written = write_for_toy_ssd(config, "tf-od-api", (256, 256))
    assert fields(written.text)["scales"] == ["0.2", "0.8", "1"]
    assert written.notes[1:] == ("Map 1×1: 2 anchors per cell instead of 1.",)


@given(chained(one_list_of_ratios=True))
def test_it_is_ours_where_it_can_be(config: AnchorConfig) -> None:
    assert apart(config, (256, 256)) < 1e-3
    assert write_for_toy_ssd(config, "tf-od-api", (256, 256)).notes == ()


@given(configs(), input_shapes)
def test_it_is_ours_or_has_notes(config: AnchorConfig, input_shape_px: MapShape) -> None:
    gap = apart(config, input_shape_px)
    notes = write_for_toy_ssd(config, "tf-od-api", input_shape_px).notes
    assert gap > 4e-4 if notes else gap < 1e-3


@given(chained(one_list_of_ratios=True), input_shapes, st.booleans())
def test_what_it_can_say_is_read_back(
    config: AnchorConfig, input_shape_px: MapShape, one_size: bool
) -> None:
    if one_size:
        config = AnchorConfig.of([sizes[:1] for sizes in config.sizes], config.ratios)
    text = write_for_toy_ssd(config, "tf-od-api", input_shape_px).text
    assert read_anchors_text(text, "tf-od-api", input_shape_px) == config


def test_a_pipeline_is_read() -> None:
    text = """
model { ssd {
  num_classes: 90
  anchor_generator {
    ssd_anchor_generator {
      num_layers: 2
      min_scale: 0.2
      max_scale: 0.8
      aspect_ratios: 0.5  # the interpolated ratio comes first in MXNet
      aspect_ratios: 1.0
      reduce_boxes_in_lowest_layer: false
    }
  }
} }
"""
    # √(0.2·0.8) and √(0.8·1), of the shorter side.
    expected = AnchorConfig.of([[0.2, 0.4], [0.8, 0.894427]], [1, 0.5])
    assert read_anchors_text(text, "tf-od-api", (256, 256)) == expected
    half = AnchorConfig.of([[0.1, 0.2], [0.4, 0.447214]], [1, 0.5])
    assert read_anchors_text(text, "tf-od-api", (512, 256)) == half


def test_defaults_are_those_of_the_api() -> None:
    text = "ssd_anchor_generator { aspect_ratios: [1, 2] reduce_boxes_in_lowest_layer: false }"
    config = read_anchors_text(text, "tf-od-api", (256, 256))
    assert [sizes[0] for sizes in config.sizes] == [0.2, 0.35, 0.5, 0.65, 0.8, 0.95]
    assert config.sizes[5][1] == pytest.approx(math.sqrt(0.95), abs=1e-6)
    assert config.ratios == [[1, 2]] * 6


@pytest.mark.parametrize("zero", ["0", "0.0", "0."])
def test_without_interpolated_ratio_a_layer_has_one_size(zero: str) -> None:
    text = (
        "ssd_anchor_generator { num_layers: 2 scales: 0.2 scales: 0.5 aspect_ratios: 2 "
        f"interpolated_scale_aspect_ratio: {zero} reduce_boxes_in_lowest_layer: false }}"
    )
    expected = AnchorConfig.of([[0.2], [0.5]], [2])
    assert read_anchors_text(text, "tf-od-api", (256, 256)) == expected


GOOD = "aspect_ratios: 1 reduce_boxes_in_lowest_layer: false"


@pytest.mark.parametrize(
    ("generator", "expected"),
    [
        ("aspect_ratios: 1", "Add reduce_boxes_in_lowest_layer: false"),
        ("reduce_boxes_in_lowest_layer: false", "aspect_ratios is missing."),
        (f"{GOOD} base_anchor_height: 2", "base_anchor_height and base_anchor_width must be 1."),
        (
            f"{GOOD} interpolated_scale_aspect_ratio: 3",
            "interpolated_scale_aspect_ratio is 3, which must be one of the aspect_ratios",
        ),
        (f"{GOOD} num_layers: 9", "num_layers must be 2 to 8, got 9."),
        (f"{GOOD} num_layers: 2.5", "num_layers must be 2 to 8, got 2.5."),
        (f"{GOOD} num_layers: 3 scales: 0.2", "scales has 1 numbers for 3 layers."),
        (f"{GOOD} min_scale: x", "min_scale must be a number above 0, got x."),
        (f"{GOOD} max_scale: 3", "sizes must be above 0 and at most 2, got 2.14"),
        (
            f"{GOOD} }} ssd_anchor_generator {{",
            "The text needs one ssd_anchor_generator, it has 2.",
        ),
        (f"{GOOD} {{", "Line 1: “{” is not expected here."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(generator: str, expected: str) -> None:
    text = f"ssd_anchor_generator {{ {generator} }}"
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (compared below)
        read_anchors_text(text, "tf-od-api", (256, 256))
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)
