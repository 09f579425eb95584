"""Settings: what is refused, and the JSON round trip."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from explorer.config import (
    ANCHOR_PRESETS,
    CLASS_LOSSES,
    CREATURE,
    RECIPES,
    SSD300,
    SSD512,
    TOY_SSD,
    AnchorConfig,
    AnchorLayer,
    DetectConfig,
    DetectorConfig,
    MatchConfig,
    TrainConfig,
    anchor_preset,
    explain,
    preset_name,
    recipe,
    scales,
)
from explorer.config.settings import Fraction


def sentence(model: type[BaseModel], **settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        model(**settings)
    text = explain(caught.value)
    assert "\n" not in text
    return text


def layers(count: int) -> AnchorConfig:
    return AnchorConfig.of(sizes=[[0.5]] * count, ratios=[1])


def test_toy_ssd_has_the_tutorials_anchors() -> None:
    assert TOY_SSD.sizes == [
        [0.2, 0.272],
        [0.37, 0.447],
        [0.54, 0.619],
        [0.71, 0.79],
        [0.88, 0.961],
    ]
    assert TOY_SSD.ratios == [[1, 2, 0.5]] * 5
    assert [layer.num_anchors for layer in TOY_SSD.layers] == [4] * 5


def test_the_creature_set_has_anchors_of_its_own() -> None:
    assert CREATURE.ratios == [[1, 0.67, 0.5]] * 5
    assert min(CREATURE.sizes[0]) < min(TOY_SSD.sizes[0])


def test_scales_are_those_of_toy_ssd() -> None:
    rounded = [[round(size, 3) for size in pair] for pair in scales(0.2, 0.88, 5)]
    assert rounded == TOY_SSD.sizes
    assert AnchorConfig.from_scales(0.2, 0.88, 5, [1, 2, 0.5]) == TOY_SSD


@given(st.floats(0.01, 0.5), st.floats(0.01, 1), st.integers(2, 8))
def test_scales_grow_evenly(minimum: float, growth: float, num_layers: int) -> None:
    pairs = scales(minimum, minimum + growth, num_layers)
    assert len(pairs) == num_layers
    first, between = (np.array(part) for part in zip(*pairs, strict=True))
    np.testing.assert_allclose(first[[0, -1]], [minimum, minimum + growth])
    steps = np.diff([*first, between[-1] ** 2 / first[-1]])
    np.testing.assert_allclose(steps, growth / (num_layers - 1), rtol=1e-6)
    np.testing.assert_allclose(between[:-1], np.sqrt(first[:-1] * first[1:]))


@pytest.mark.parametrize(
    ("minimum", "maximum", "num_layers", "expected"),
    [
        (0, 0.9, 5, "above 0 and below the largest, got 0 and 0.9"),
        (0.5, 0.5, 5, "above 0 and below the largest, got 0.5 and 0.5"),
        (math.nan, 0.5, 5, "above 0 and below the largest, got nan and 0.5"),
        (0.2, math.inf, 5, "above 0 and below the largest, got 0.2 and inf"),
        (0.2, 0.9, 1, "num_layers must be at least 2, got 1"),
        (0.2, 2.1, 5, "sizes must be above 0 and at most 2"),
    ],
)
def test_scales_out_of_range(
    minimum: float, maximum: float, num_layers: int, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        AnchorConfig.from_scales(minimum, maximum, num_layers, [1])


@pytest.mark.parametrize(
    ("config", "input_px", "min_px", "max_px", "num_anchors"),
    [
        (
            SSD300,
            300,
            [30, 60, 111, 162, 213, 264],
            [60, 111, 162, 213, 264, 315],
            [4, 6, 6, 6, 4, 4],
        ),
        (
            SSD512,
            512,
            [35.84, 76.8, 153.6, 230.4, 307.2, 384, 460.8],
            [76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.6],
            [4, 6, 6, 6, 6, 4, 4],
        ),
    ],
)
def test_the_papers_presets(
    config: AnchorConfig,
    input_px: int,
    min_px: list[float],
    max_px: list[float],
    num_anchors: list[int],
) -> None:
    sizes_px = np.array(config.sizes) * input_px
    np.testing.assert_allclose(sizes_px[:, 0], min_px, atol=1e-9)
    np.testing.assert_allclose(sizes_px[:, 1], np.sqrt(np.multiply(min_px, max_px)), atol=3e-4)
    assert [layer.num_anchors for layer in config.layers] == num_anchors
    assert config.ratios[0] == config.ratios[-2] == config.ratios[-1] == [1, 2, 0.5]
    np.testing.assert_allclose(config.ratios[1], [1, 2, 1 / 2, 3, 1 / 3], atol=1e-6)
    assert config.ratios[1:-2] == [config.ratios[1]] * len(config.ratios[1:-2])


@pytest.mark.parametrize(("num_sizes", "num_ratios", "expected"), [(1, 1, 1), (2, 3, 4), (3, 2, 4)])
def test_a_cell_has_as_many_anchors_as_mxnet_gives(
    num_sizes: int, num_ratios: int, expected: int
) -> None:
    layer = AnchorLayer(sizes=(0.2,) * num_sizes, ratios=(1.0,) * num_ratios)
    assert layer.num_anchors == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"sizes": (), "ratios": (1,)}, "sizes needs at least one number"),
        ({"sizes": (0.1,), "ratios": ()}, "ratios needs at least one number"),
        ({"sizes": (0,), "ratios": (1,)}, "sizes must be above 0 and at most 2, got 0"),
        ({"sizes": (0.1, -0.5), "ratios": (1,)}, "sizes must be above 0 and at most 2, got -0.5"),
        ({"sizes": (2.5,), "ratios": (1,)}, "sizes must be above 0 and at most 2, got 2.5"),
        ({"sizes": (math.nan,), "ratios": (1,)}, "sizes must be above 0 and at most 2, got nan"),
        (
            {"sizes": (0.1,), "ratios": (math.inf,)},
            "ratios must be above 0 and at most 100, got inf",
        ),
        ({"sizes": (0.1,), "ratios": (0,)}, "ratios must be above 0 and at most 100, got 0"),
        ({"sizes": (0.1,) * 17, "ratios": (1,)}, "sizes has 17 numbers, the limit is 16"),
    ],
)
def test_sizes_and_ratios_out_of_range(settings: dict[str, Any], expected: str) -> None:
    assert sentence(AnchorLayer, **settings) == expected


@pytest.mark.parametrize("count", [1, 9])
def test_a_pyramid_has_two_to_eight_layers(count: int) -> None:
    with pytest.raises(ValidationError) as caught:
        layers(count)
    assert explain(caught.value) == f"anchors need 2 to 8 layers, got {count}"
    assert len(layers(2).layers) == 2
    assert len(layers(8).layers) == 8


def test_one_list_of_ratios_serves_all_layers() -> None:
    same = AnchorConfig.of(sizes=[[0.2], [0.5]], ratios=[[1, 2], [1, 2]])
    assert AnchorConfig.of(sizes=[[0.2], [0.5]], ratios=[1, 2]) == same


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="sizes has 2 layers, ratios has 3"):
        AnchorConfig.of(sizes=[[0.2], [0.5]], ratios=[[1]] * 3)


numbers = st.floats(0.01, 2, allow_nan=False)
configs = st.builds(
    AnchorConfig.of,
    sizes=st.lists(st.lists(numbers, min_size=1, max_size=4), min_size=3, max_size=3),
    ratios=st.lists(st.lists(numbers, min_size=1, max_size=4), min_size=3, max_size=3),
)


@given(configs)
def test_anchors_survive_json(config: AnchorConfig) -> None:
    assert AnchorConfig.model_validate_json(config.to_json()) == config
    assert AnchorConfig.of(config.sizes, config.ratios) == config


@pytest.mark.parametrize(
    "config",
    [
        TOY_SSD.layers[0],
        TOY_SSD,
        DetectorConfig(class_names=("cat", "Hündin"), input_size=300),
        MatchConfig(match_iou_threshold=0.35, negative_mining_ratio=3),
        DetectConfig(score_threshold=0.1, nms_topk=-1, force_suppress=True),
        *(recipe(name) for name in RECIPES),
    ],
    ids=lambda config: type(config).__name__,
)
def test_every_setting_survives_json(config: Any) -> None:
    text = config.to_json()
    assert "\n" not in text
    assert type(config).model_validate_json(text) == config


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        TOY_SSD.layers = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        (
            DetectorConfig,
            {"class_names": ("a",), "input_size": 63},
            "input_size must be 64 to 1024, got 63",
        ),
        (DetectorConfig, {"class_names": ("a", 3)}, "class_names.1 must be text, got 3"),
        (
            DetectorConfig,
            {"class_names": ("a", "b", "a")},
            "class_names must differ, but 'a' is there twice",
        ),
        (
            DetectorConfig,
            {"class_names": ("a", " ")},
            "class_names must not be empty, but number 1 is ' '",
        ),
        (
            MatchConfig,
            {"match_iou_threshold": -0.1},
            "match_iou_threshold must be 0 to 1, got -0.1",
        ),
        (
            MatchConfig,
            {"match_iou_threshold": math.nan},
            "match_iou_threshold must be 0 to 1, got nan",
        ),
        (
            MatchConfig,
            {"negative_mining_ratio": -2},
            "negative_mining_ratio must be -1 to 1000, got -2",
        ),
        (
            MatchConfig,
            {"negative_mining_threshold": 0},
            "negative_mining_threshold must be above 0 and at most 1, got 0",
        ),
        (MatchConfig, {"variances": (0.1, 0.1, 0.2, 0.0)}, "variances.3 must be above 0, got 0"),
        (MatchConfig, {"variances": (0.1, 0.1, 0.2)}, "variances.3 is missing"),
        (DetectConfig, {"score_threshold": 1.1}, "score_threshold must be 0 to 1, got 1.1"),
        (
            DetectConfig,
            {"nms_iou_threshold": 0},
            "nms_iou_threshold must be above 0 and at most 1, got 0",
        ),
        (DetectConfig, {"nms_topk": -2}, "nms_topk must be at least -1, got -2"),
        (DetectConfig, {"threshold": 0.5}, "there is no setting threshold"),
        (DetectConfig, {"clip": "maybe"}, "clip must be true or false, got 'maybe'"),
        (TrainConfig, {"epochs": 0}, "epochs must be 1 to 10000, got 0"),
        (TrainConfig, {"epochs": 2.5}, "epochs must be a whole number, got 2.5"),
        (TrainConfig, {"epochs": "many"}, "epochs must be a whole number, got 'many'"),
        (TrainConfig, {"learning_rate": 0}, "learning_rate must be above 0, got 0"),
        (
            TrainConfig,
            {"learning_rate": math.inf},
            "learning_rate must be a finite number, got inf",
        ),
        (TrainConfig, {"momentum": 1}, "momentum must be at least 0 and below 1, got 1"),
        (TrainConfig, {"device": "tpu"}, r"device must be like ^(auto|cpu|gpu\d+)$, got 'tpu'"),
        (TrainConfig, {"num_gpus": 0}, "num_gpus must be 1 to 64, got 0"),
        (
            TrainConfig,
            {"class_loss": "hinge"},
            f"class_loss must be {' or '.join(map(repr, CLASS_LOSSES))}, got 'hinge'",
        ),
    ],
)
def test_what_is_out_of_range_is_named_with_its_range_and_what_was_given(
    model: type[BaseModel], settings: dict[str, Any], said: str
) -> None:
    assert sentence(model, **settings) == said


def test_a_detector_without_a_class_is_refused() -> None:
    expected = "class_names must be a list of at least 1, got ()"
    assert sentence(DetectorConfig, class_names=()) == expected


def test_several_gpus_need_gpus_and_an_image_each() -> None:
    assert TrainConfig(num_gpus=3, batch_size=3, device="gpu1").num_gpus == 3
    said = sentence(TrainConfig, num_gpus=2, device="cpu")
    assert said == "num_gpus is 2, but device is cpu: take auto or gpu0, or num_gpus 1"
    said = sentence(TrainConfig, num_gpus=4, batch_size=3)
    assert said == "num_gpus must be at most batch_size, 3, got 4"


def test_first_weights_are_a_shipped_detectors_or_a_files() -> None:
    for pretrained in ("", "creature", "runs/last.params"):
        assert TrainConfig(pretrained=pretrained).pretrained == pretrained
    assert sentence(TrainConfig, pretrained="resnet") == (
        "pretrained must be empty, creature, tutorial, or the path of a .params file, got 'resnet'"
    )


def test_changes_are_validated() -> None:
    config = DetectConfig()
    assert config.with_(nms_topk=7).nms_topk == 7
    assert config.nms_topk != 7
    with pytest.raises(ValidationError):
        config.with_(nms_topk=-7)
    with pytest.raises(ValidationError):
        config.with_(unknown=1)


def test_presets_are_found_by_name() -> None:
    assert anchor_preset("toy-ssd") is TOY_SSD
    assert anchor_preset("creature") is CREATURE
    with pytest.raises(ValueError, match=r"no anchor preset is called 'ssd9'; known are: ") as got:
        anchor_preset("ssd9")
    for name in ANCHOR_PRESETS:
        assert name in str(got.value)
        assert preset_name(anchor_preset(name)) == name
    assert preset_name(AnchorConfig.of([[0.1, 0.15], [0.3, 0.4]], [1.0, 3.0])) is None


def test_the_tutorial_recipe_is_the_tutorials() -> None:
    config = recipe("tutorial")
    assert config.class_loss == "focal"
    assert config.loss_average == "anchors"
    assert (config.optimizer, config.learning_rate, config.weight_decay) == ("sgd", 0.1, 5e-4)
    assert (config.momentum, config.schedule, config.batch_size) == (0.0, "constant", 32)
    assert (config.anchors, recipe("fast").anchors) == (TOY_SSD, CREATURE)
    assert config.match == MatchConfig(
        match_iou_threshold=0.5, negative_mining_ratio=-1, variances=(0.1, 0.1, 0.2, 0.2)
    )


def test_every_recipe_says_its_name_and_takes_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RECIPES, "slow", {"epochs": 50})  # it has its name once, as its key
    for name in RECIPES:
        assert recipe(name).recipe == name
        assert recipe(name, epochs=3, anchors=TOY_SSD).epochs == 3
        assert recipe(name, anchors=TOY_SSD).anchors == TOY_SSD


def test_the_default_recipe_mines_negatives() -> None:
    config = recipe("fast")
    assert config == TrainConfig()
    assert config.class_loss == "cross-entropy"
    assert config.loss_average == "positives"
    assert config.match.negative_mining_ratio == 3


def test_an_unknown_recipe_is_refused_with_the_known_ones() -> None:
    known = ", ".join(sorted(RECIPES))
    with pytest.raises(ValueError, match=f"no recipe is called 'slow'; known are: {known}"):
        recipe("slow")


def test_a_change_of_a_recipe_is_validated() -> None:
    with pytest.raises(ValidationError) as caught:
        recipe("fast", batch_size=0)
    assert explain(caught.value) == "batch_size must be 1 to 512, got 0"


def test_the_place_of_a_nested_mistake_is_named() -> None:
    document = {"class_names": ["cat"], "anchors": {"layers": [{"sizes": [0.1]}] * 2}}
    assert sentence(DetectorConfig, **document) == "anchors.layers.0.ratios is missing"


def test_explain_names_the_setting_of_a_number_in_a_row() -> None:
    with pytest.raises(ValidationError) as caught:
        DetectConfig(variances=(0, 0.1, 0.2, 0.2))
    assert explain(caught.value) == "variances.0 must be above 0, got 0"


class Narrower(TrainConfig):
    """Inherits from settings; a range of its own, and settings within."""

    share: Fraction | None = None
    times: int = Field(1, ge=1, le=9)
    detect: DetectConfig = DetectConfig()


def test_explain_tells_both_limits_of_any_settings() -> None:
    assert sentence(Narrower, times=10) == "times must be 1 to 9, got 10"
    assert sentence(Narrower, batch_size=0) == "batch_size must be 1 to 512, got 0"
    assert sentence(Narrower, momentum=1) == "momentum must be at least 0 and below 1, got 1"
    assert sentence(Narrower, detect={"nms_iou_threshold": 2}) == (
        "detect.nms_iou_threshold must be above 0 and at most 1, got 2"
    )
    assert sentence(Narrower, share=2) == "share must be at most 1, got 2"  # of a part, the one


class Foreign(BaseModel):
    """No `Settings`: of its ranges only the limit that was passed is known."""

    value: float = Field(ge=0, le=1)


def test_explain_knows_the_limit_that_was_passed_of_any_model() -> None:
    assert sentence(Foreign, value=2.0) == "value must be at most 1, got 2"
    assert sentence(Foreign, value="x" * 99) == f"value must be a number, got '{'x' * 58}…"
