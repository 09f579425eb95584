"""The façade: what its docstring shows, and each method once for real."""

from __future__ import annotations

import doctest
import json
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import explorer.engine.engine
from explorer import Engine
from explorer.config import CREATURE, AnchorConfig, DetectConfig, MatchConfig, recipe
from explorer.engine.checkpoint_files import CheckpointError
from explorer.engine.operators import multibox_detection
from explorer.net.runtime import mx
from explorer.ssd.not_finite import NotFiniteError
from explorer.ssd.probabilities import softmax

SMALL = AnchorConfig.of(sizes=[[0.3, 0.4], [0.8]], ratios=[1, 2, 0.5])
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
LABELS = np.array([[[0, 0.1, 0.2, 0.5, 0.6]], [[1, 0.3, 0.1, 0.8, 0.9]]], np.float32)


def small_engine(**changes: Any) -> Engine:
    settings = {"class_names": ("cat", "dog"), "anchors": SMALL, "input_size": 64, "device": "cpu"}
    return Engine(**{**settings, **changes})


@pytest.fixture(scope="module")
def engine() -> Engine:
    return small_engine()


def test_the_examples_of_the_docstrings_run() -> None:
    result = doctest.testmod(explorer.engine.engine)
    assert result.attempted >= 5
    assert result.failed == 0


def test_the_defaults_are_the_tutorials_detector() -> None:
    engine = Engine()
    assert engine.class_names == ("object",)
    assert len(engine.anchors()) == 5444
    assert engine.anchors() is engine.anchors()


def test_anchors_by_preset_name() -> None:
    assert Engine(anchors="creature").anchors().config == CREATURE


def test_settings_reach_the_recipe_of_its_steps() -> None:
    train = recipe("tutorial", seed=9, device="gpu0", input_size=512)
    config = small_engine(train=train, seed=4).train_config
    assert (config.class_names, config.anchors) == (("cat", "dog"), SMALL)
    assert (config.seed, config.device, config.input_size) == (4, "cpu", 64)
    assert (config.class_loss, config.recipe) == ("focal", "tutorial")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"class_names": ()}, "class_names must be a list of at least 1, got ()"),
        ({"class_names": "cat"}, "class_names must be a list of names, got 'cat'"),
        ({"class_names": 3}, "class_names must be a list of names, got 3"),
        ({"class_names": ["a", "a"]}, "class_names must differ, but 'a' is there twice"),
        ({"class_names": [""]}, "class_names must not be empty, but number 0 is ''"),
        ({"input_size": 10}, "input_size must be 64 to 1024, got 10"),
        ({"device": "tpu"}, "device must be like "),
        ({"seed": -1}, "seed must be 0 to 2147483647, got -1"),
        ({"anchors": "vgg"}, "no anchor preset is called 'vgg'"),
        ({"anchors": AnchorConfig.of([[0.3]] * 8, [1])}, "8 layers need at least 512×512 pixels"),
    ],
)
def test_settings_out_of_range_are_one_sentence(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        small_engine(**settings)
    assert "\n" not in str(caught.value)


def test_match_gives_every_object_an_anchor(engine: Engine) -> None:
    boxes = [[0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.95, 0.9]]
    matching = engine.match(boxes, [0, 1])
    assert set(matching.gt_index[matching.positive]) == {0, 1}
    strict = engine.match(boxes, config=MatchConfig(match_iou_threshold=1.0))
    assert strict.positive.sum() == 2


@pytest.mark.parametrize("nothing", [[], np.zeros((0, 4))])
def test_match_of_no_objects(engine: Engine, nothing: Any) -> None:
    assert engine.match(nothing, []).positive.sum() == 0


@pytest.mark.parametrize(
    ("boxes", "classes", "message"),
    [
        ([[0.5, 0.1, 0.2, 0.3]], [0], "xmin must not exceed xmax"),
        ([[0.1, 0.1, np.nan, 0.3]], [0], "gt_boxes"),
        (
            [[0.1, 0.1, 0.2, 0.3], [9, 20, 30, 60]],
            None,
            "gt_boxes: row 1 is [9.0, 20.0, 30.0, 60.0]",
        ),
        ([[0, 0, 30, 60]], None, "looks like pixels: divide x by the image's width and y by its"),
        ([[0.1, 0.1, 0.2, 0.3]], [2], "gt_classes must be 0..1, got [2]"),
        ([[0.1, 0.1, 0.2, 0.3]], [-1], "gt_classes must be 0..1, got [-1]"),
        ([[0.1, 0.1, 0.2, 0.3]], [0, 1], "1 gt_boxes but 2 gt_classes"),
        (LABELS[0], [0], "gt_boxes must have shape (N, 4), got (1, 5)"),
        (np.zeros((4, 5)), None, "gt_boxes must have shape (N, 4), got (4, 5)"),
    ],
)
def test_match_refuses_malformed_boxes(
    engine: Engine, boxes: Any, classes: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        engine.match(boxes, classes)


def test_predict_has_the_promised_shapes(engine: Engine) -> None:
    predictions = engine.predict(IMAGES)
    num_anchors = len(engine.anchors())
    assert predictions.anchors.shape == (num_anchors, 4)
    assert predictions.class_scores.shape == (2, num_anchors, 3)
    assert predictions.offsets.shape == (2, num_anchors, 4)
    np.testing.assert_allclose(predictions.anchors, engine.anchors().boxes, atol=1e-6)


def test_predict_takes_images_of_several_sizes(engine: Engine) -> None:
    large = np.kron(IMAGES[0], np.ones((3, 2, 1), np.uint8))
    predictions = engine.predict([large, IMAGES[0]])
    # Every pixel was repeated, so shrinking gives the small image back.
    np.testing.assert_allclose(
        predictions.class_scores[0], predictions.class_scores[1], rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "images must hold at least one image"),
        (None, "images must be (B, H, W, 3) uint8 RGB, got None"),
        (
            [IMAGES[0].astype(np.float32)],
            "image must be (H, W, 3) uint8 RGB, got (64, 64, 3) float",
        ),
        ([IMAGES[0, ..., 0]], "image must be (H, W, 3) uint8 RGB, got (64, 64)"),
        (IMAGES[0], "image must be (H, W, 3) uint8 RGB, got (64, 3)"),
        ([IMAGES[0, :0]], "image must be (H, W, 3) uint8 RGB, got (0, 64, 3)"),
    ],
)
def test_predict_refuses_what_is_no_image(engine: Engine, images: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        engine.predict(images)


def test_images_are_rgb_whatever_order_the_network_takes(tmp_path: Path) -> None:
    path = tmp_path / "net.params"
    engine = small_engine()
    engine.save(path)
    description = json.loads(path.with_suffix(".json").read_text())
    del description["json_sha256"]
    description["detector"]["channel_order"] = "bgr"
    path.with_suffix(".json").write_text(json.dumps(description))
    other = Engine.load(path, device="cpu")
    assert other.detector.channel_order == "bgr"
    flipped = np.ascontiguousarray(IMAGES[..., ::-1])
    said, expected = other.predict(IMAGES), engine.predict(flipped)
    np.testing.assert_array_equal(said.class_scores, expected.class_scores)
    assert not np.array_equal(said.class_scores, engine.predict(IMAGES).class_scores)
    losses, of_flipped = (
        each.batch_losses(images, LABELS) for each, images in ((other, IMAGES), (engine, flipped))
    )
    np.testing.assert_array_equal(losses.class_loss, of_flipped.class_loss)
    steps = other.train_step(IMAGES, LABELS, 0.01), engine.train_step(flipped, LABELS, 0.01)
    assert steps[0].class_loss == steps[1].class_loss


def test_detect_is_mxnets_detection_of_the_prediction(engine: Engine) -> None:
    config = DetectConfig(score_threshold=0.4, nms_iou_threshold=0.3)
    found = engine.detect(IMAGES[0], config)
    predictions = engine.predict(IMAGES[:1])
    rows = multibox_detection(
        softmax(predictions.class_scores),
        predictions.offsets,
        predictions.anchors,
        engine.detector.complete(config),
    )[0]
    rows = rows[rows[:, 0] >= 0]
    assert len(found) == len(rows) > 0
    np.testing.assert_array_equal(found.class_id, rows[:, 0])
    np.testing.assert_allclose(found.score, rows[:, 1], atol=1e-6)
    np.testing.assert_allclose(found.boxes, rows[:, 2:], atol=1e-5)


def test_single_settings_of_detect_override_its_config(engine: Engine) -> None:
    config = DetectConfig(score_threshold=0.0)
    many = engine.detect(IMAGES[0], config)
    few = engine.detect(IMAGES[0], config, score_threshold=float(many.score[1]))
    assert len(few) == 2 < len(many)
    with pytest.raises(ValueError, match=r"^score_threshold must be 0 to 1, got 2$"):
        engine.detect(IMAGES[0], score_threshold=2)
    with pytest.raises(ValueError, match=r"^there is no setting treshold$"):
        engine.detect(IMAGES[0], treshold=0.5)


def test_a_diverged_network_is_not_an_empty_image() -> None:
    engine = small_engine()
    bias = engine.net.box_preds[0].bias
    bias.set_data(bias.data() * np.nan)
    with pytest.raises(ValueError, match="model output is not finite"):
        engine.detect(IMAGES[0])


def test_train_step_learns_and_predict_sees_it() -> None:
    engine = small_engine()
    before = engine.predict(IMAGES).class_scores
    records = [engine.train_step(IMAGES, LABELS, 0.01) for _ in range(8)]
    assert records[0].learning_rate == 0.01
    assert records[-1].class_loss < 0.5 * records[0].class_loss
    assert not np.allclose(engine.predict(IMAGES).class_scores, before)


def test_train_step_takes_the_recipes_rate() -> None:
    engine = small_engine(train=recipe("fast", learning_rate=0.003))
    assert engine.train_step(IMAGES, LABELS).learning_rate == 0.003


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 32, 32, 3), np.uint8), LABELS, "images must be (B, 64, 64, 3) uint8 RGB"),
        (IMAGES[0], LABELS, "images must be (B, 64, 64, 3) uint8 RGB, got (64, 64, 3)"),
        (IMAGES / 255, LABELS, "images must be (B, H, W, 3) uint8 RGB"),
        (IMAGES, LABELS[:1], "labels must have shape (2, G, 5), got (1, 1, 5)"),
        (IMAGES, LABELS * [1, 64, 64, 64, 64], "which looks like pixels: divide x by the image's"),
        (IMAGES, LABELS * [7, 1, 1, 1, 1], "class 7, but the model has 2"),
    ],
)
def test_train_step_refuses_malformed_batches(
    engine: Engine, images: Any, labels: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        engine.train_step(images, labels)


def test_a_step_that_diverges_is_an_error_and_no_step() -> None:
    engine = small_engine()
    weight = engine.net.body[0][0].weight
    weight.set_data(weight.data() * 1e30)
    before = engine.predict(IMAGES).class_scores
    with pytest.raises(NotFiniteError):
        engine.train_step(IMAGES, LABELS)
    np.testing.assert_array_equal(engine.predict(IMAGES).class_scores, before)


def test_equal_seeds_make_equal_engines() -> None:
    one, same, other = (small_engine(seed=seed).predict(IMAGES).offsets for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_what_is_saved_can_be_loaded_and_trained_further(tmp_path: Path) -> None:
    engine = small_engine()
    engine.train_step(IMAGES, LABELS, 0.01)
    path = tmp_path / "pets.params"
    engine.save(str(path))
    loaded = Engine.load(str(path), device="cpu")

    assert loaded.detector == engine.detector
    for part, same in zip(engine.predict(IMAGES), loaded.predict(IMAGES), strict=True):
        np.testing.assert_array_equal(part, same)
    assert loaded.train_step(IMAGES, LABELS, 0.01).class_loss > 0


def test_load_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nothing\.params does not exist$"):
        Engine.load(tmp_path / "nothing.params")
    with pytest.raises(ValueError, match="device must be auto, cpu or"):
        Engine.load(tmp_path / "nothing.params", device="tpu")


def test_a_new_engine_can_be_used_from_several_threads_at_once() -> None:
    engine = small_engine()
    results: list[np.ndarray] = []

    def predict() -> None:
        results.append(engine.predict(IMAGES).class_scores)

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mx.nd.waitall()
    assert len(results) == 4
    for scores in results[1:]:
        np.testing.assert_array_equal(scores, results[0])
