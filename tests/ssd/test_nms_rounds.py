from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ssd.boxes import iou
from explorer.ssd.detection import detect, find_candidates, suppress
from explorer.ssd.nms_rounds import NmsCounts, nms_counts, nms_rounds
from tests.decoding import detect_config
from tests.ssd.inputs import GRID, random_boxes

LEFT = [0.0, 0.0, 0.5, 0.5]
NEAR = [0.0, 0.0, 0.5, 0.25]  # IoU 0.5 with LEFT
APART = [0.75, 0.75, 1.0, 1.0]


def test_by_hand() -> None:
    boxes = [NEAR, LEFT, APART, LEFT, APART, LEFT]
    prob = [[0, 0.6], [0, 0.9], [0, 0.8], [0, 0.7], [0, 0.3], [0, 0.55]]
    config = detect_config(score_threshold=0.5, nms_topk=4)
    detections = detect(boxes, prob, np.zeros((6, 4)), config)
    assert detections.candidates.anchor.tolist() == [1, 2, 3, 0, 5]

    first, second = nms_rounds(detections)
    assert (first.kept, first.suppressed.tolist(), first.iou.tolist()) == (0, [2, 3], [1.0, 0.5])
    assert first.waiting.tolist() == [1]
    assert (second.kept, second.suppressed.tolist(), second.waiting.tolist()) == (1, [], [])
    assert nms_counts(detections) == NmsCounts(anchors=6, over_threshold=5, entered_nms=4, kept=2)


def test_nothing_above_the_threshold_is_no_rounds() -> None:
    detections = detect([LEFT], [[1, 0.1]], np.zeros((1, 4)), detect_config())
    assert nms_rounds(detections) == ()
    assert nms_counts(detections) == NmsCounts(1, 0, 0, 0)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_anchors=st.integers(1, 60),
    num_classes=st.integers(1, 3),
    nms_iou=st.sampled_from([0.2, 0.25, 1 / 3, 0.5, 1.0]),
    nms_topk=st.sampled_from([-1, 0, 1, 5, 20]),
    force=st.booleans(),
    threshold=st.sampled_from([0.02, 0.125, 0.5, 0.9]),
)
def test_played_in_order_the_rounds_are_nms(
    seed: int,
    num_anchors: int,
    num_classes: int,
    nms_iou: float,
    nms_topk: int,
    force: bool,
    threshold: float,
) -> None:
    rng = np.random.default_rng(seed)
    anchors = random_boxes(rng, num_anchors, on_grid=True, least_size=1 / GRID)
    prob = rng.integers(0, 9, (num_anchors, num_classes + 1)).astype(np.float32) / 8
    config = detect_config(
        nms_iou_threshold=nms_iou, nms_topk=nms_topk, force_suppress=force, score_threshold=0.02
    )
    # As a page does: decoded down to a low score, then filtered.
    everything = find_candidates(anchors, prob, np.zeros((num_anchors, 4)), config)
    detections = suppress(everything.above(threshold), config)
    candidates = detections.candidates
    assert candidates.score.min(initial=1) >= np.float32(threshold)

    left = list(range(len(candidates)))[: nms_topk if nms_topk > 0 else None]
    assert nms_counts(detections) == NmsCounts(
        num_anchors, len(candidates), len(left), len(detections)
    )
    rounds = nms_rounds(detections)
    assert [int(candidates.anchor[each.kept]) for each in rounds] == detections.anchor.tolist()
    for each in rounds:
        kept = left.pop(0)
        assert each.kept == kept
        overlap = iou(candidates.boxes[kept : kept + 1], candidates.boxes)[0]
        fallen = [
            row
            for row in left
            if overlap[row] >= np.float32(nms_iou)
            and (force or candidates.class_id[row] == candidates.class_id[kept])
        ]
        left = [row for row in left if row not in fallen]
        assert each.suppressed.tolist() == fallen
        assert each.iou.tolist() == overlap[fallen].tolist()
        assert each.waiting.tolist() == left
    assert left == []
