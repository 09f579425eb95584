"""From a detector to its anchors on the page that shows these."""

from __future__ import annotations

import json

from explorer.config import SSD300, DetectorConfig, recipe
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.detect.anchors_link import anchors_state
from tests.maps import SSD300_MAPS


def shown(detector: DetectorConfig) -> AnchorsModel:
    """Return the anchors page as it opens."""
    model = AnchorsModel()
    model.from_json(json.dumps(anchors_state(detector)))
    return model


def test_a_detector_from_elsewhere_brings_its_maps() -> None:
    detector = DetectorConfig(
        class_names=("a",),
        architecture="ssd300",
        anchors=SSD300,
        input_size=300,
        feature_maps=SSD300_MAPS,
    )
    model = shown(detector)
    assert model.state.feature_maps == SSD300_MAPS
    assert len(model.scene.grid) == 8732


def test_toy_ssds_maps_follow_the_input() -> None:
    model = shown(recipe("fast", input_size=128).detector(("a",)))
    assert (model.state.own_maps, model.state.input_shape_px) == ((), (128, 128))
    model.change(input_shape_px=(256, 256))
    assert len(model.scene.grid) == 5444
