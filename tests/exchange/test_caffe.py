"""Caffe's PriorBox layers: as OpenCV reads and runs them, and back."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
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
    apart_px,
    configs,
    decimals,
    input_shapes,
    inverse_pairs,
    sizes,
    write_for_toy_ssd,
)
from tests.maps import SSD300_MAPS, toy_shapes


def opencv_apart(config: AnchorConfig, input_shape_px: MapShape) -> float:
    """Return how far OpenCV's PriorBox layers are from ours, px."""
    maps = toy_shapes(input_shape_px, len(config.layers))
    inputs = {"data": input_shape_px} | {f"layer{k}": shape for k, shape in enumerate(maps)}
    network = "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" '
        f"input_param {{ shape {{ dim: 1 dim: 1 dim: {height} dim: {width} }} }} }}\n"
        for name, (height, width) in inputs.items()
    )
    network += write_for_toy_ssd(config, "caffe", input_shape_px).text
    net = cv2.dnn.readNetFromCaffe(network.encode())
    for name, shape in inputs.items():
        net.setInput(np.zeros((1, 1, *shape), np.float32), name)
    layers = net.forward([f"layer{k}_priorbox" for k in range(len(maps))])
    boxes = [layer[0, 0].reshape(*shape, -1, 4) for layer, shape in zip(layers, maps, strict=True)]
    for layer in layers:
        np.testing.assert_allclose(
            layer[0, 1].reshape(-1, 4), [[0.1, 0.1, 0.2, 0.2]] * (layer.size // 8)
        )
    return apart_px(boxes, config, input_shape_px)


def priors(text: str, name: str) -> list[list[float]]:
    """Return the values of a field, layer by layer."""
    return [
        [float(value) for value in re.findall(rf"\b{name}: (\S+)", layer)]
        for layer in text.split("layer {")[1:]
    ]


@pytest.mark.parametrize(
    ("config", "input_shape_px"),
    [
        (TOY_SSD, (256, 256)),
        (CREATURE, (256, 256)),
        (SSD300, (300, 300)),
        (SSD512, (512, 512)),
        (SSD300, (256, 256)),
    ],
)
def test_opencv_makes_our_anchors(config: AnchorConfig, input_shape_px: MapShape) -> None:
    assert opencv_apart(config, input_shape_px) < 1e-3


def test_ssd300_has_the_papers_numbers() -> None:
    written = write_for_toy_ssd(SSD300, "caffe", (300, 300))
    assert priors(written.text, "min_size") == [[30], [60], [111], [162], [213], [264]]
    assert priors(written.text, "max_size") == [[60], [111], [162], [213], [264], [315]]
    assert priors(written.text, "aspect_ratio") == [[2], [2, 3], [2, 3], [2, 3], [2], [2]]
    assert written.text.count("flip: true") == 6
    assert written.notes == ()


def test_ssd512_has_the_papers_numbers_and_caffe_cuts_them() -> None:
    written = write_for_toy_ssd(SSD512, "caffe", (512, 512))
    assert priors(written.text, "min_size")[:3] == [[35.84], [76.8], [153.6]]
    assert priors(written.text, "max_size")[-2:] == [[460.8], [537.6]]
    # 76.8 px at ratio 3 is 133.0 px wide; with 76 px it is 1.386 px less.
    assert written.notes == (
        "Caffe cuts min_size and max_size down to whole pixels, which makes sides up to 1.4 px "
        "shorter; OpenCV reads them as they are.",
    )


def test_ratios_without_inverse_are_not_flipped() -> None:
    text = write_for_toy_ssd(CREATURE, "caffe", (256, 256)).text
    assert priors(text, "aspect_ratio") == [[0.67, 0.5]] * 5
    assert text.count("flip: false") == 5


def test_step_is_the_cell_of_toy_ssds_map() -> None:
    assert priors(write_for_toy_ssd(TOY_SSD, "caffe", (256, 256)).text, "step") == [
        [8], [16], [32], [64], [256],
    ]  # fmt: skip
    wide = write_for_toy_ssd(TOY_SSD, "caffe", (256, 512)).text
    assert priors(wide, "step_h")[-1] == [256]
    assert priors(wide, "step_w")[-1] == [512]
    own = write_anchors(SSD300, "caffe", SSD300_MAPS, (300, 300))
    assert priors(own.text, "step") == [[8], [16], [32], [64], [100], [300]]
    assert own.notes == ()


@pytest.mark.parametrize(
    ("size_list", "ratio_list", "note"),
    [
        ([0.25, 0.5, 0.75], [1, 2], "Map 1×1: 3 anchors per cell instead of 4."),
        ([0.5, 0.25], [1, 2], "Map 1×1: 2 anchors per cell instead of 3."),
        ([0.5, 0.5], [1, 2], "Map 1×1: 2 anchors per cell instead of 3."),
        ([0.5], [1, 2, 2], "Map 1×1: 2 anchors per cell instead of 3."),
        ([0.5], [4], "Map 1×1: 2 anchors per cell instead of 1."),
    ],
)
def test_what_a_prior_box_cannot_say(
    size_list: list[float], ratio_list: list[float], note: str
) -> None:
    config = AnchorConfig.of([[0.25], size_list], [[1], ratio_list])
    assert write_for_toy_ssd(config, "caffe", (256, 256)).notes[1:] == (note,)


@settings(max_examples=50)
@given(configs(), input_shapes)
def test_it_is_ours_or_has_notes(config: AnchorConfig, input_shape_px: MapShape) -> None:
    written = write_for_toy_ssd(config, "caffe", input_shape_px)
    about_shapes = [note for note in written.notes if note.startswith("Map ")]
    # OpenCV reads only the first min_size of a layer.
    assume(all(len(px) == 1 for px in priors(written.text, "min_size")))
    gap = opencv_apart(config, input_shape_px)
    assert gap > 4e-4 if about_shapes else gap < 1e-3


one_size = st.lists(sizes, min_size=1, max_size=1)
growing_pair = st.lists(sizes, min_size=2, max_size=2, unique=True).map(sorted)
with_inverse = inverse_pairs.map(
    lambda firsts: [1.0, *(side for r in firsts for side in (r, round(1 / r, 6)))]
)
without = st.lists(decimals(1.1, 8, 2), max_size=3, unique=True).map(lambda more: [1.0, *more])
layers = st.one_of(
    st.tuples(st.one_of(one_size, growing_pair), st.one_of(with_inverse, without)),
    st.tuples(st.lists(sizes, min_size=1, max_size=5), st.just([1.0])),
)


@given(st.lists(layers, min_size=2, max_size=4), input_shapes)
def test_what_it_can_say_is_read_back(
    drawn: list[tuple[list[float], list[float]]], input_shape_px: MapShape
) -> None:
    config = AnchorConfig.of([size for size, _ in drawn], [ratio for _, ratio in drawn])
    written = write_for_toy_ssd(config, "caffe", input_shape_px)
    assert read_anchors_text(written.text, "caffe", input_shape_px) == config
    if input_shape_px == (256, 256):
        assert not any(note.startswith("Map ") for note in written.notes)


@pytest.mark.parametrize("name", ANCHOR_PRESETS)
@pytest.mark.parametrize("side", [256, 300, 512])
def test_presets_are_read_back(name: str, side: int) -> None:
    config = ANCHOR_PRESETS[name]
    text = write_for_toy_ssd(config, "caffe", (side, side)).text
    assert read_anchors_text(text, "caffe", (side, side)) == config


def test_a_network_file_is_read() -> None:
    text = """
name: "VGG_VOC0712_SSD_300x300_deploy"  # SSD
input_shape { dim: 1, dim: 3, dim: 300, dim: 300 }
layer { name: "conv1_1" type: "Convolution" convolution_param { num_output: 64 } }
layer {
  name: "conv4_3_norm_mbox_priorbox"
  prior_box_param { min_size: 30.0 max_size: 60.0 aspect_ratio: 2 flip: true clip: false }
}
layer {
  name: "fc7_mbox_priorbox"
  prior_box_param: <> {
  }
}
""".replace(
        "prior_box_param: <> {\n  }", "prior_box_param { min_size: 60 aspect_ratio: [2.0, 3.0] }"
    )
    expected = AnchorConfig.of([[0.1, 0.141421], [0.2]], [[1, 2, 0.5], [1, 2, 0.5, 3, 0.333333]])
    assert read_anchors_text(text, "caffe", (300, 300)) == expected


LAYER = "prior_box_param {{ {} }}\n"
GOOD = LAYER.format("min_size: 60")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Anchors need 2 to 8 layers with prior_box_param, the text has 0."),
        (GOOD, "Anchors need 2 to 8 layers with prior_box_param, the text has 1."),
        (GOOD * 9, "Anchors need 2 to 8 layers with prior_box_param, the text has 9."),
        (GOOD + LAYER.format("max_size: 9"), "PriorBox layer 2: min_size is missing."),
        (
            GOOD + LAYER.format("min_size: big"),
            "PriorBox layer 2: min_size must be a number above 0, got big.",
        ),
        (
            GOOD + LAYER.format("min_size: -3"),
            "PriorBox layer 2: min_size must be a number above 0, got -3.",
        ),
        (
            GOOD + LAYER.format("min_size {}"),
            "PriorBox layer 2: min_size must be a number above 0, got {…}.",
        ),
        (
            GOOD + LAYER.format("min_size: 60 aspect_ratio: nan"),
            "PriorBox layer 2: aspect_ratio must be a number above 0, got nan.",
        ),
        (
            GOOD + LAYER.format("min_size: 60 max_size: 60"),
            "PriorBox layer 2: each min_size needs a max_size that is larger, or none has one.",
        ),
        (
            GOOD + LAYER.format("min_size: 60 min_size: 90 max_size: 99"),
            "PriorBox layer 2: each min_size needs a max_size that is larger, or none has one.",
        ),
        (
            GOOD + LAYER.format("min_size: 60 min_size: 90 aspect_ratio: 2"),
            "PriorBox layer 2: it has each ratio at several min_size, MXNet only at one: leave "
            "one min_size.",
        ),
        (
            GOOD + LAYER.format("min_size: 700"),
            "PriorBox layer 2: sizes must be above 0 and at most 2, got 2.33333",
        ),
        ("prior_box_param {", "The text ends too early"),
        ("prior_box_param", "The text ends too early"),
        ("layer {\n}\n}", "Line 3: “}” is not expected here."),
        ("layer: }", "Line 1: “}” is not expected here."),
        ('name: "open', 'Line 1: “"” is not expected here.'),
        ("a: [1, {", "Line 1: “{” is not expected here."),
        ("a {" * 100, "Line 1: “{” is not expected here."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (compared below)
        read_anchors_text(text, "caffe", (300, 300))
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)
