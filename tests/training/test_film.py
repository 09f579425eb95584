from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.config import AnchorConfig
from explorer.engine.operators import multibox_target
from explorer.training.film import FILM_IMAGES, film_frame, watched_images
from tests.maps import toy_grid
from tests.training.runs import new_training, tiny_config, write_tiny_dataset


def test_the_watched_images_are_spread_over_the_set(tmp_path: Path) -> None:
    write_tiny_dataset(tmp_path, num_val=26)
    training = new_training(tiny_config(tmp_path))
    assert len(training.watched) == FILM_IMAGES
    chosen = [training.val_set.labels[n] for n in (0, 5, 10, 15, 20, 25)]
    for each, expected in zip(training.watched, chosen, strict=True):
        assert each.image.shape == (64, 64, 3)
        np.testing.assert_allclose(each.labels[:1], expected, atol=1e-6)


def test_a_small_set_is_watched_whole(dataset: Path) -> None:
    config = tiny_config(dataset)
    training = new_training(config)
    watched = watched_images(training.val_set, training.engine)
    assert len(watched) == len(training.val_set) == 4


def test_the_matched_anchors_are_those_of_mxnet(dataset: Path) -> None:
    training = new_training(tiny_config(dataset))
    images = np.stack([each.image for each in training.watched])
    predictions = training.engine.predict(images)
    for number, each in enumerate(training.watched):
        _target, _mask, cls_target = multibox_target(
            predictions.anchors,
            each.labels[None],
            predictions.class_scores[number : number + 1],
            training.config.match.with_(negative_mining_ratio=-1.0),
        )
        positive = np.flatnonzero(cls_target[0] > 0)
        np.testing.assert_array_equal(np.sort(each.anchor), positive)
        np.testing.assert_allclose(each.anchor_boxes, predictions.anchors[each.anchor], atol=1e-6)


def test_a_frame_has_the_boxes_found_and_the_scores_of_the_matched_anchors(dataset: Path) -> None:
    training = new_training(tiny_config(dataset))
    images = np.stack([each.image for each in training.watched])
    predictions = training.engine.predict(images)
    frame = film_frame(training.watched, predictions, training.engine)
    assert len(frame) == 4
    for number, (said, each) in enumerate(zip(frame, training.watched, strict=True)):
        assert len(said["boxes"]) == len(said["score"]) == len(said["class_id"])
        assert said["score"] == sorted(said["score"], reverse=True)
        scores = np.exp(predictions.class_scores[number, each.anchor].astype(float))
        expected = scores[:, 1] / scores.sum(axis=1)  # its one class
        np.testing.assert_allclose(said["anchor_score"], expected, atol=1e-4)


def test_anchors_of_six_maps_are_watched_and_trained(dataset: Path) -> None:
    anchors = AnchorConfig.from_scales(0.2, 0.9, 6, (1, 2, 0.5))
    config = tiny_config(dataset, anchors=anchors, input_size=128, epochs=1)
    training = new_training(config)
    grid = toy_grid(anchors, (128, 128))
    for each in training.watched:
        np.testing.assert_array_equal(each.anchor_boxes, grid.boxes[each.anchor])
    assert [record["kind"] for record in training.records()][-1] == "epoch"
