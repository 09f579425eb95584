from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer.config import (
    ANCHOR_PRESETS,
    CLASS_LOSSES,
    CREATURE,
    TOY_SSD,
    AnchorConfig,
    preset_name,
    recipe,
)
from explorer.config.class_losses import ClassLoss
from explorer.engine.pretrained import pretrained_path
from explorer.pages.anchors.state import AnchorsState
from explorer.pages.train.settings.model import TrainSettings


@pytest.fixture
def settings(tmp_path: Path) -> TrainSettings:
    return TrainSettings(tmp_path)


@pytest.mark.parametrize("name", ["fast", "tutorial"])
def test_a_recipe_alone_gives_that_recipe(settings: TrainSettings, name: str) -> None:
    settings.use_recipe(name)
    assert settings.config == recipe(name)
    assert settings.changed() == ()


def test_a_recipe_brings_what_it_decides_and_is_then_changed(settings: TrainSettings) -> None:
    settings.change("epochs", 3)
    settings.change("first_epoch", 1)
    settings.change("anchors", TOY_SSD.model_dump())
    settings.change("momentum", 0.5)
    settings.change("pretrained", "creature")
    settings.use_recipe("tutorial")
    config = settings.config
    assert config.pretrained == "creature"
    assert settings.changed() == ()
    assert (config.batch_size, config.learning_rate, config.class_loss) == (32, 0.1, "focal")
    assert (config.epochs, config.first_epoch) == (3, 1)
    assert (config.anchors, config.momentum) == (TOY_SSD, 0.0)
    settings.change("learning_rate", 0.05)
    settings.change("match.match_iou_threshold", 0.4)
    assert settings.config.learning_rate == 0.05
    assert settings.config.match.match_iou_threshold == 0.4
    assert set(settings.changed()) == {"learning_rate", "match.match_iou_threshold"}
    settings.use_recipe("tutorial")
    assert settings.changed() == ()


def test_a_recipe_brings_its_anchors_unless_others_were_chosen(settings: TrainSettings) -> None:
    settings.use_recipe("tutorial")
    assert settings.config.anchors == TOY_SSD
    settings.use_recipe("fast")
    assert settings.config.anchors == CREATURE
    settings.change("anchors", ANCHOR_PRESETS["ssd300"].model_dump())
    settings.use_recipe("tutorial")
    assert settings.config.anchors == ANCHOR_PRESETS["ssd300"]


@pytest.mark.parametrize(
    ("loss", "mining"), [("cross-entropy", 3.0), ("focal", -1.0), ("smoothed", 3.0)]
)
def test_a_class_loss_brings_its_mining(
    settings: TrainSettings, loss: str, mining: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLASS_LOSSES, "smoothed", ClassLoss("Smoothed", mined=True))
    settings.use_class_loss(loss)
    assert settings.config.class_loss == loss
    assert settings.config.match.negative_mining_ratio == mining


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("epochs", 0, "epochs"),
        ("match.match_iou_threshold", 1.5, "match_iou_threshold"),
        ("learning_rate", 0.0, "learning_rate"),
        (
            "first_epoch",
            8,
            "below epochs, which counts those before it too: 8, got 8; the settings",
        ),
        ("pretrained", "vgg", "got 'vgg'; the settings stay as they were"),
    ],
)
def test_what_is_out_of_range_changes_nothing(
    settings: TrainSettings, name: str, value: float, said: str
) -> None:
    before = settings.config
    with pytest.raises(ValueError, match=said):
        settings.change(name, value)
    assert settings.config is before


def test_the_text_brings_the_settings_back(settings: TrainSettings, tmp_path: Path) -> None:
    settings.use_recipe("tutorial")
    settings.change("seed", 5)
    settings.change("pretrained", "creature")
    settings.change("anchors", ANCHOR_PRESETS["ssd300"].model_dump())
    other = TrainSettings(tmp_path)
    other.from_json(settings.config.to_json())
    assert other.config == settings.config
    assert preset_name(other.config.anchors) == "ssd300"


def test_a_part_of_the_text_leaves_the_rest_as_the_recipe_has_it(settings: TrainSettings) -> None:
    settings.from_json('{"recipe": "tutorial", "epochs": 2}')
    assert settings.config == recipe("tutorial", epochs=2)
    settings.from_json('{"epochs": 2}')
    assert settings.config == recipe("fast", epochs=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "not JSON"),
        ('{"recipe": "slow"}', "No recipe is called 'slow', only fast, "),
        ('{"epochs": -1}', "epochs"),
        ('{"colour": "red"}', "colour"),
        ("[1, 2]", "stay as they were"),
    ],
)
def test_a_text_that_is_none_changes_nothing(settings: TrainSettings, text: str, said: str) -> None:
    before = settings.config
    with pytest.raises(ValueError, match=said):
        settings.from_json(text)
    assert settings.config is before


def test_anchors_come_from_the_anchors_page(settings: TrainSettings) -> None:
    own = AnchorConfig.of([[0.1, 0.15], [0.3, 0.4]], [1.0, 3.0])
    settings.use_anchors(AnchorsState(anchors=own).model_dump_json())
    assert settings.config.anchors == own
    settings.use_anchors(CREATURE.to_json())
    assert settings.config.anchors == CREATURE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sizes 0.1", "not JSON"),
        (json.dumps({"layers": [{"sizes": [0.0], "ratios": [1]}]}), "not anchors: .*size"),
        ("3", "These are not anchors"),
    ],
)
def test_a_text_without_anchors_leaves_those_there_are(
    settings: TrainSettings, text: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        settings.use_anchors(text)
    assert settings.config.anchors == CREATURE


def test_only_first_weights_change_when_a_detector_is_chosen(settings: TrainSettings) -> None:
    before = settings.config
    settings.use_checkpoint(f" {pretrained_path('creature')} ")
    assert settings.config == before.with_(pretrained=str(pretrained_path("creature")))


def test_a_file_that_is_no_detector_is_not_taken(settings: TrainSettings, tmp_path: Path) -> None:
    before = settings.config
    damaged = tmp_path / "damaged.params"
    damaged.write_bytes(b"torn")
    damaged.with_suffix(".json").write_bytes(
        pretrained_path("creature").with_suffix(".json").read_bytes()
    )
    for path, said in (
        (tmp_path / "none.params", r"none\.params does not exist: choose other weights"),
        (tmp_path / "detector.pth", r"name must end in \.params, got .*detector\.pth"),
        (damaged, r"damaged\.params is damaged: its SHA-256 .*: choose other weights"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            settings.use_checkpoint(str(path))
        assert type(caught.value) is ValueError  # so that a page shows the sentence
    assert settings.config is before
