from __future__ import annotations

import numpy as np
import pytest

from explorer.pages.detect.one_box.provenance import provenance
from explorer.ssd.detection import Stage
from tests.pages.detect.readings import ENGINE, quiet_scores, random_reading, reading_of

GRID = ENGINE.anchors()


def test_one_anchor_by_hand() -> None:
    # The second shape of the cell in row 1, column 2 of the 4×4 map (layer 1).
    (anchor,) = np.flatnonzero(
        (GRID.layer == 1) & (GRID.row == 1) & (GRID.column == 2) & (GRID.shape == 1)
    )
    scores, offsets = quiet_scores(), np.zeros((len(GRID), 4), np.float32)
    scores[anchor] = np.log([0.1, 0.2, 0.7])
    offsets[anchor] = [1.0, -2.0, 0.0, 5 * np.log(2)]
    about = provenance(reading_of(scores, offsets), int(anchor))

    assert (about.layer, about.row, about.column, about.shape) == (1, 1, 2, 1)
    assert about.map_shape == (4, 4)
    assert about.num_shapes == 4
    assert about.cell_px == (64.0, 16.0, 96.0, 32.0)
    # Size 0.33 of the height, as wide as high relative to the picture, around the cell's middle.
    half = np.array([0.33 * 128, 0.33 * 64]) / 2
    middle = np.array([80.0, 24.0])
    np.testing.assert_allclose(about.anchor_px, [*middle - half, *middle + half], rtol=1e-5)
    # A tenth of its width to the right, a fifth of its height up, twice as high.
    moved = middle + np.array([0.1 * 0.33 * 128, -0.2 * 0.33 * 64])
    grown = half * [1, 2]
    box = np.clip([*moved - grown, *moved + grown], 0, [128, 64] * 2)
    np.testing.assert_allclose(about.box_px, box, rtol=1e-5)
    assert about.class_names == ("background", "cat", "<b>dog</b>")
    np.testing.assert_allclose(about.class_prob, [0.1, 0.2, 0.7], rtol=1e-5)
    assert (about.best, about.class_name, round(about.score, 4)) == (2, "<b>dog</b>", 0.7)
    assert [row.effect for row in about.offsets] == [
        "4.2 px right: 10% of its width",
        "4.2 px up: 20% of its height",
        "× 1.00: 42 px become 42 px",
        "× 2.00: 21 px become 42 px",
    ]
    assert [round(row.scaled, 4) for row in about.offsets] == [0.1, -0.2, 0.0, 0.6931]
    assert about.stage == Stage.KEPT
    assert about.suppressed_by == -1


def test_the_best_class_is_never_the_background() -> None:
    scores = quiet_scores()
    scores[7] = np.log([0.7, 0.1, 0.2])
    about = provenance(reading_of(scores), 7)
    assert (about.best, about.class_name) == (2, "<b>dog</b>")
    assert about.score == pytest.approx(0.2)


@pytest.mark.parametrize("clip", [True, False])
def test_a_detections_box_is_the_one_on_the_page(clip: bool) -> None:
    reading = random_reading(3, clip=clip)
    scale = np.array([128, 64] * 2)
    for anchor, box in list(zip(reading.detections.anchor, reading.detections.boxes, strict=True))[
        :20
    ]:
        about = provenance(reading, int(anchor))
        np.testing.assert_allclose(about.box_px, box * scale, rtol=1e-5, atol=1e-3)
        assert about.stage == Stage.KEPT


def test_what_suppressed_it_is_named() -> None:
    reading = random_reading(4)
    suppressed = np.flatnonzero(reading.detections.stage == Stage.SUPPRESSED)
    about = provenance(reading, int(suppressed[0]))
    assert about.stage == Stage.SUPPRESSED
    assert about.suppressed_by in reading.detections.anchor
    assert about.suppressed_iou >= 0.45
    quiet = provenance(reading_of(quiet_scores()), 0)
    assert quiet.stage == Stage.LOW_SCORE


def test_an_anchor_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=f"anchor must be from 0 to {len(GRID) - 1}, got -1"):
        provenance(random_reading(0), -1)


def test_other_classes_of_an_anchor_that_may_name_several() -> None:
    scores = quiet_scores()
    scores[7] = np.log([0.1, 0.5, 0.4])
    offsets = np.zeros((len(GRID), 4), np.float32)
    about = provenance(reading_of(scores, offsets, multi_label=True), 7)
    assert (about.class_name, [name for name, _score in about.also]) == ("cat", ["<b>dog</b>"])
    assert about.also[0][1] == pytest.approx(0.4)
    assert provenance(reading_of(scores, offsets), 7).also == ()
    assert about.sum_to_one
