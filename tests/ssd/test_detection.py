from __future__ import annotations

import numpy as np
import pytest

from explorer.ssd.detection import Stage, detect, find_candidates
from explorer.ssd.nms_rounds import nms_rounds
from tests.decoding import detect_config
from tests.ssd.inputs import random_boxes, read_only

ANCHORS = [
    [0.0, 0.0, 0.5, 0.5],
    [0.0, 0.0, 0.5, 0.25],
    [0.5, 0.5, 1.0, 1.0],
    [0.25, 0.25, 0.75, 0.75],
]
NO_OFFSETS = np.zeros((4, 4))


def test_detections_by_hand() -> None:
    prob = [[0.1, 0.3, 0.6], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.05, 0.95, 0.0]]
    config = detect_config(score_threshold=0.5, nms_iou_threshold=0.5)
    found = detect(ANCHORS, prob, NO_OFFSETS, config)
    assert found.anchor.tolist() == [3, 1]
    assert found.class_id.tolist() == [0, 1]
    np.testing.assert_allclose(found.score, [0.95, 0.7])
    np.testing.assert_array_equal(found.boxes, [ANCHORS[3], ANCHORS[1]])
    assert found.candidates.anchor.tolist() == [3, 1, 0]
    assert found.candidates.class_id.tolist() == [0, 1, 1]
    assert found.stage.tolist() == [Stage.SUPPRESSED, Stage.KEPT, Stage.LOW_SCORE, Stage.KEPT]
    assert found.suppressed_by.tolist() == [1, -1, -1, -1]
    assert found.suppressed_iou.tolist() == [0.5, 0, 0, 0]
    assert len(found) == 2


def test_a_suppressor_is_named_by_its_anchor_not_by_its_rank() -> None:
    anchors = [ANCHORS[2], ANCHORS[2], ANCHORS[1], ANCHORS[0]]
    prob = [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]]
    found = detect(anchors, prob, NO_OFFSETS, detect_config())
    assert found.anchor.tolist() == [3]
    assert found.suppressed_by.tolist() == [-1, -1, 3, -1]


def test_only_the_best_foreground_class_counts_not_the_background() -> None:
    prob = [[0.6, 0.2, 0.2], [0.8, 0.1, 0.1], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    found = detect(ANCHORS, prob, NO_OFFSETS, detect_config(score_threshold=0.2))
    assert found.anchor.tolist() == [0]
    assert found.class_id.tolist() == [0]  # of equals the first


def test_a_score_at_the_threshold_passes() -> None:
    # 0.1 as float32 is above 0.1 as float64, so only float32 against float32 is a tie.
    prob = np.float32([[0.9, 0.1]] * 4)
    assert detect(ANCHORS, prob, NO_OFFSETS, detect_config(score_threshold=0.1)).stage[2] == 0
    below = float(np.nextafter(np.float32(0.1), np.float32(1)))
    assert len(detect(ANCHORS, prob, NO_OFFSETS, detect_config(score_threshold=below))) == 0


def test_beyond_topk_is_a_stage_of_its_own() -> None:
    prob = [[0.1, 0.9], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6]]
    found = detect(ANCHORS, prob, NO_OFFSETS, detect_config(nms_topk=2))
    assert found.stage.tolist() == [
        Stage.KEPT,
        Stage.BEYOND_TOPK,
        Stage.KEPT,
        Stage.BEYOND_TOPK,
    ]
    assert found.suppressed_by.tolist() == [-1] * 4


def test_clip_comes_before_nms() -> None:
    # The parts inside of the image are equal, the whole boxes overlap by a third.
    anchors = [[-0.5, 0.0, 0.5, 1.0], [0.0, 0.0, 0.5, 1.0]]
    prob = [[0.1, 0.9], [0.2, 0.8]]
    config = detect_config(nms_iou_threshold=0.9)
    clipped = detect(anchors, prob, np.zeros((2, 4)), config)
    assert clipped.boxes.tolist() == [[0.0, 0.0, 0.5, 1.0]]
    assert len(detect(anchors, prob, np.zeros((2, 4)), config.with_(clip=False))) == 2


def test_nothing_above_the_threshold_is_no_detections() -> None:
    found = detect(ANCHORS, [[0.9, 0.1]] * 4, NO_OFFSETS, detect_config())
    assert len(found) == 0
    assert found.boxes.shape == (0, 4)
    assert len(found.candidates) == 0
    assert found.stage.tolist() == [Stage.LOW_SCORE] * 4
    assert len(detect(np.zeros((0, 4)), np.zeros((0, 2)), np.zeros((0, 4)), detect_config())) == 0


def test_an_anchor_may_name_each_class_that_it_believes_in() -> None:
    anchors = [[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.4], [0.6, 0.6, 1, 1]]
    prob = [[0.1, 0.6, 0.3], [0.0, 0.5, 0.5], [0.9, 0.1, 0.05]]
    config = detect_config(score_threshold=0.3, multi_label=True)
    found = detect(anchors, prob, np.zeros((3, 4)), config)
    assert found.candidates.anchor.tolist() == [0, 1, 1, 0]
    assert found.candidates.class_id.tolist() == [0, 0, 1, 1]
    assert found.fate.tolist() == [Stage.KEPT, Stage.SUPPRESSED, Stage.KEPT, Stage.SUPPRESSED]
    assert found.suppressor.tolist() == [-1, 0, -1, 2]
    np.testing.assert_allclose(found.overlap, [0, 0.8, 0, 0.8], rtol=1e-6)
    assert list(zip(found.anchor, found.class_id, strict=True)) == [(0, 0), (1, 1)]
    # What is told of an anchor is told of the class that it believes in most.
    assert found.candidate_of.tolist() == [0, 1, -1]
    assert found.stage.tolist() == [Stage.KEPT, Stage.SUPPRESSED, Stage.LOW_SCORE]
    assert found.suppressed_by.tolist() == [-1, 0, -1]
    assert [len(each.suppressed) for each in nms_rounds(found)] == [1, 1]


@pytest.mark.parametrize("high", [0.5, 0.7, 0.95])
def test_a_score_threshold_commutes_with_nms(high: float) -> None:
    rng = np.random.default_rng(1)
    anchors = random_boxes(rng, 400, on_grid=True, least_size=1 / 16)
    prob = read_only(rng.dirichlet(np.ones(3), 400).astype(np.float32))
    low = detect(anchors, prob, np.zeros((400, 4)), detect_config(score_threshold=0.3, nms_topk=-1))
    directly = detect(
        anchors, prob, np.zeros((400, 4)), detect_config(score_threshold=high, nms_topk=-1)
    )
    assert 0 < len(directly) < len(low)
    np.testing.assert_array_equal(low.anchor[low.score >= np.float32(high)], directly.anchor)


NAN_OFFSETS = np.full((4, 4), np.nan)
HUGE_OFFSETS = np.full((4, 4), 1e6)


@pytest.mark.parametrize(
    ("prob", "offsets", "message"),
    [
        ([[np.nan, 0.5]] * 4, NO_OFFSETS, "model output is not finite"),
        ([[0.1, 0.9]] * 4, NAN_OFFSETS, "model output is not finite"),
        ([[0.1, 0.9]] * 4, HUGE_OFFSETS, "model output is not finite"),
        ([[0.1, 0.9]] * 3, NO_OFFSETS, r"class_prob must have shape \(4, C \+ 1\)"),
        ([[0.9]] * 4, NO_OFFSETS, r"class_prob must have shape \(4, C \+ 1\)"),
        ([[0.1, 0.9]] * 4, np.zeros(16), r"offsets must have shape \(4, 4\), got \(16,\)"),
    ],
)
def test_detect_refuses(prob: list[list[float]], offsets: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        detect(ANCHORS, prob, offsets, detect_config())


def test_candidates_above_a_threshold_are_at_or_above_it_as_float32() -> None:
    prob = np.float32([[0.9, 0.1], [0.7, 0.3], [0.8, 0.2], [0.5, 0.5]])
    found = find_candidates(ANCHORS, prob, NO_OFFSETS, detect_config(score_threshold=0.05))
    assert found.anchor.tolist() == [3, 1, 2, 0]
    assert found.above(0.2).anchor.tolist() == [3, 1, 2]
    above = float(np.nextafter(np.float32(0.2), np.float32(1)))
    few = found.above(above)
    assert (few.anchor.tolist(), few.class_id.tolist(), few.num_anchors) == ([3, 1], [0, 0], 4)
    assert few.score.tolist() == prob[[3, 1], 1].tolist()
    assert few.boxes.tolist() == [ANCHORS[3], ANCHORS[1]]
