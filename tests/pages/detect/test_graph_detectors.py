"""What the page asks of a reading, asked of detectors that are graphs of MXNet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.config import DetectConfig
from explorer.engine import Engine
from explorer.pages.detect.feature_maps.score_map import score_map
from explorer.pages.detect.nms.agreement import compare_detections
from explorer.pages.detect.one_box.provenance import provenance
from explorer.pages.detect.reading import NetworkOutput, Reading
from explorer.pages.detect.two_models.comparison import pair_detections
from explorer.pages.shared.pictures.pictures import Picture
from explorer.ssd.detection import Stage
from explorer.ssd.nms_rounds import nms_counts, nms_rounds
from tests.mxnet_files.families import detector_of, save_pair
from tests.net.test_symbol_network import images_of


def reading_of(path: Path, picture: Picture) -> Reading:
    engine = Engine.load(path)
    predictions = engine.predict(picture.image[None])
    return Reading.of(NetworkOutput(path, engine, picture, predictions, 0.0, 0.0), DetectConfig())


@pytest.mark.parametrize("family", ["vgg16", "ssd_512_mobilenet1.0_voc"])
def test_every_question_has_an_answer(tmp_path: Path, family: str) -> None:
    symbol, size, arrays = detector_of(family)
    picture = Picture(images_of(400, 1)[0], "rectangles")
    reading = reading_of(save_pair(tmp_path, f"net_{size}", symbol, arrays), picture)
    threshold = 0.3
    _config, found = reading.at(threshold)
    assert len(found) > 5

    grid = reading.engine.anchors()
    for layer, shape in enumerate(grid.map_shapes):
        assert score_map(reading, layer).score.shape == shape
    for number, anchor in enumerate(found.anchor):
        about = provenance(reading, int(anchor))
        assert about.layer == grid.layer[anchor]
        assert about.stage == Stage.KEPT
        np.testing.assert_allclose(about.box_px, found.boxes[number].clip(0, 1) * 400, atol=1e-2)
    rounds, counts = nms_rounds(found), nms_counts(found)
    assert len(rounds) == len(found)
    assert counts.kept == len(found)
    agreement = compare_detections(reading, threshold)
    assert agreement.num_ours == agreement.num_mxnet == len(found)
    assert (agreement.num_other, agreement.num_moved) == (0, 0)
    pairs = pair_detections(reading, reading, threshold)
    assert sum(each.first is not None for each in pairs) == len(found)
