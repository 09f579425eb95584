"""The detector as a value: ToySSD's maps by hand, and maps of a network from elsewhere."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import (
    ARCHITECTURES,
    SSD300,
    SSD512,
    TOY_SSD,
    AnchorConfig,
    DetectConfig,
    DetectorConfig,
    MatchConfig,
    TrainConfig,
    explain,
    recipe,
)
from tests.maps import SSD300_MAPS, toy_maps, toy_shapes, uneven_maps


def test_maps_of_toy_ssd_are_those_worked_out_by_hand() -> None:
    # At 300 px the maps do not divide the input, and anchors are spread evenly all the same.
    table = {
        256: [(32, 8), (16, 16), (8, 32), (4, 64), (1, 256)],
        300: [(37, 300 / 37), (18, 300 / 18), (9, 300 / 9), (4, 75), (1, 300)],
        512: [(64, 8), (32, 16), (16, 32), (8, 64), (1, 512)],
    }
    for side_px, rows in table.items():
        maps = DetectorConfig(class_names=("a",), input_size=side_px).feature_maps
        assert [(each.shape, each.stride_px) for each in maps] == [
            ((cells, cells), (stride, stride)) for cells, stride in rows
        ]
        # By hand: 1, after a block 6, 16, 36 at steps 2, 4, 8; the predictor adds 2 × 8.
        assert [each.receptive_field_px for each in maps] == [52, 108, 220, 444, None]
    assert [each.receptive_field_px for each in toy_maps((64, 64), 2)] == [52, None]


@pytest.mark.parametrize(
    ("anchors", "input_size", "sides"),
    [(SSD300, 300, [37, 18, 9, 4, 2, 1]), (SSD512, 512, [64, 32, 16, 8, 4, 2, 1])],
)
def test_the_anchors_decide_how_many_maps_there_are(
    anchors: AnchorConfig, input_size: int, sides: list[int]
) -> None:
    detector = DetectorConfig(class_names=("a",), anchors=anchors, input_size=input_size)
    assert [each.name for each in detector.feature_maps] == [f"{side}×{side}" for side in sides]


@pytest.mark.parametrize(
    ("input_shape_px", "num_maps", "expected"),
    [
        ((300, 200), 5, [(37, 25), (18, 12), (9, 6), (4, 3), (1, 1)]),
        ((64, 64), 2, [(8, 8), (1, 1)]),
        ((8, 1024), 2, [(1, 128), (1, 1)]),
        ((512, 512), 8, [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4), (2, 2), (1, 1), (1, 1)]),
    ],
)
def test_maps_of_toy_ssd_halve_rounding_down(
    input_shape_px: tuple[int, int], num_maps: int, expected: list[tuple[int, int]]
) -> None:
    assert toy_shapes(input_shape_px, num_maps) == tuple(expected)
    height, width = input_shape_px
    assert toy_maps(input_shape_px, num_maps)[-1].stride_px == (height, width)


def test_a_map_that_vanishes_is_refused() -> None:
    with pytest.raises(ValueError, match="63×256, but feature_maps of 5 layers need at least 64×"):
        toy_maps((63, 256), 5)
    with pytest.raises(ValueError, match="feature_maps must be at least 2, got 1"):
        toy_maps((256, 256), 1)


def test_json_holds_only_maps_that_are_not_the_architectures() -> None:
    usual = DetectorConfig(class_names=("a", "b"), input_size=300)
    assert json.loads(usual.to_json())["feature_maps"] == []
    assert DetectorConfig.model_validate_json(usual.to_json()) == usual
    assert usual.with_(input_size=512).feature_maps[0].shape == (64, 64)

    foreign = DetectorConfig(
        class_names=("a",),
        architecture="ssd300",
        anchors=SSD300,
        input_size=300,
        channel_order="bgr",
        pixel_mean=(104, 117, 123),
        pixel_std=(58, 57, 57.5),
        class_activation="sigmoid",
        feature_maps=SSD300_MAPS,
    )
    assert json.loads(foreign.to_json())["feature_maps"][4] == {
        "height": 3, "width": 3, "stride_px": [100.0, 100.0], "receptive_field_px": 484
    }  # fmt: skip
    assert DetectorConfig.model_validate_json(foreign.to_json()) == foreign
    assert foreign.with_(class_names=("b",)).feature_maps == SSD300_MAPS


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"feature_maps": SSD300_MAPS},
            "feature_maps must be as many as the anchors have layers, 5, got 6",
        ),
        (
            {"architecture": "ssd300"},
            "feature_maps must be given, as architecture 'ssd300' is not one of "
            + ", ".join(ARCHITECTURES),
        ),
        ({"input_size": 32}, "input_size must be 64 to 1024, got 32"),
        (
            {"input_size": 64, "anchors": SSD512},
            "input_shape_px is 64×64, but feature_maps of 7 layers need at least 256×256 pixels: "
            "take a larger input or fewer layers",
        ),
        (
            {"feature_maps": [{"height": 0, "width": 1, "stride_px": (1, 1)}]},
            "feature_maps.0.height must be at least 1, got 0",
        ),
        (
            {"feature_maps": [{"height": 1, "width": 1, "stride_px": (0, 1)}]},
            "feature_maps.0.stride_px.0 must be above 0, got 0",
        ),
        ({"channel_order": "hsv"}, "channel_order must be 'rgb' or 'bgr', got 'hsv'"),
        ({"pixel_mean": (0, 0, 300)}, "pixel_mean.2 must be at most 255, got 300"),
        ({"pixel_std": (1, 1, 0)}, "pixel_std.2 must be above 0, got 0"),
    ],
)
def test_what_no_detector_is_is_refused_in_one_sentence(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        DetectorConfig(class_names=("a",), **changes)
    assert explain(caught.value) == sentence  # type: ignore[arg-type]


def test_a_training_makes_a_detector_with_its_variances() -> None:
    config = recipe("fast", anchors=TOY_SSD, match=MatchConfig(variances=(1, 1, 1, 1)))
    detector = config.detector(("cat", "dog"))
    assert detector == DetectorConfig(class_names=("cat", "dog"), variances=(1, 1, 1, 1))
    assert (detector.channel_order, detector.class_activation) == ("rgb", "softmax")
    with pytest.raises(ValueError, match=r"^input_shape_px is 64×64, but .* fewer layers$"):
        TrainConfig(anchors=SSD512, input_size=64).detector(("cat",))


def test_detections_are_decoded_as_they_were_learned_unless_said_otherwise() -> None:
    detector = DetectorConfig(class_names=("a",), variances=(1, 1, 0.5, 0.5))
    assert DetectConfig().variances is None
    completed = detector.complete(DetectConfig(score_threshold=0.3))
    assert completed == DetectConfig(
        score_threshold=0.3, variances=(1, 1, 0.5, 0.5), multi_label=False
    )
    own = DetectConfig(variances=(0.1, 0.1, 0.2, 0.2), multi_label=True)
    assert detector.complete(own) is own


@given(st.integers(0, 2**32 - 1), st.floats(-20, 120), st.floats(-20, 120))
def test_a_cell_is_found_by_its_nearest_centre(seed: int, x_px: float, y_px: float) -> None:
    rng = np.random.default_rng(seed)
    (feature_map,) = uneven_maps([tuple(rng.integers(1, 9, 2).tolist())], (100, 100), rng)
    found = feature_map.cell_at(x_px, y_px)
    for at, num_cells, step, point in zip(
        found, feature_map.shape, feature_map.stride_px, (y_px, x_px), strict=True
    ):
        distances = abs((np.arange(num_cells) + 0.5) * step - point)
        assert distances[at] <= distances.min() + 1e-9
