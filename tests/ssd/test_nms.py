from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ssd.boxes import iou
from explorer.ssd.nms import nms
from tests.ssd.inputs import random_boxes, read_only

LEFT = [0.0, 0.0, 0.5, 0.5]
NEAR = [0.0, 0.0, 0.5, 0.25]  # IoU 0.5 with LEFT
APART = [0.75, 0.75, 1.0, 1.0]


def test_the_best_box_suppresses_what_overlaps_it() -> None:
    trace = nms([NEAR, LEFT, APART], [0.5, 0.9, 0.1], [0, 0, 0], 0.45)
    assert trace.order.tolist() == [1, 0, 2]
    assert trace.keep.tolist() == [False, True, True]
    assert trace.suppressed_by.tolist() == [1, -1, -1]
    assert trace.suppressed_iou.tolist() == [0.5, 0, 0]


def test_an_iou_at_the_threshold_suppresses() -> None:
    assert nms([LEFT, NEAR], [0.9, 0.5], [0, 0], 0.5).keep.tolist() == [True, False]
    above = float(np.nextafter(np.float32(0.5), np.float32(1)))
    assert nms([LEFT, NEAR], [0.9, 0.5], [0, 0], above).keep.tolist() == [True, True]


def test_the_threshold_is_compared_as_float32() -> None:
    # The IoU is float32's 0.2, a little more than 0.2 in float64.
    boxes = [[0, 0, 1, 1], [0, 0, 1, 0.2]]
    assert nms(boxes, [0.9, 0.5], [0, 0], 0.2).keep.tolist() == [True, False]


def test_other_classes_are_spared_unless_forced() -> None:
    arguments = ([LEFT, LEFT], [0.9, 0.5], [0, 1], 0.5)
    assert nms(*arguments).keep.tolist() == [True, True]
    assert nms(*arguments, force_suppress=True).keep.tolist() == [True, False]


def test_a_suppressed_box_suppresses_nobody() -> None:
    chain = [[0, 0, 0.5, 1], [0.25, 0, 0.75, 1], [0.5, 0, 1, 1]]  # each overlaps the next
    assert nms(chain, [0.9, 0.8, 0.7], [0, 0, 0], 0.3).keep.tolist() == [True, False, True]


def test_equal_scores_keep_their_order() -> None:
    trace = nms([LEFT, LEFT, LEFT], [0.5, 0.9, 0.9], [0, 0, 0], 0.5)
    assert trace.order.tolist() == [1, 2, 0]
    assert trace.suppressed_by.tolist() == [1, -1, 1]


def test_beyond_topk_nothing_takes_part() -> None:
    trace = nms([APART, LEFT, NEAR], [0.1, 0.9, 0.5], [0, 0, 0], 0.45, nms_topk=2)
    assert trace.keep.tolist() == [False, True, False]
    assert trace.suppressed_by.tolist() == [-1, -1, 1]
    assert trace.order.tolist() == [1, 2, 0]
    assert nms([APART], [0.1], [0], 0.45, nms_topk=0).keep.tolist() == [True]


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, float("nan")])
def test_a_threshold_out_of_range_means_no_nms(threshold: float) -> None:
    assert nms([LEFT, LEFT], [0.9, 0.5], [0, 0], threshold, nms_topk=1).keep.all()


def test_no_candidates() -> None:
    trace = nms(np.zeros((0, 4)), [], [], 0.5)
    assert [len(part) for part in (trace.order, trace.keep, trace.suppressed_by)] == [0, 0, 0]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 300),
    threshold=st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.75, 1.0]),
    force_suppress=st.booleans(),
    nms_topk=st.sampled_from([-1, 0, 1, 20, 1000]),
    on_grid=st.booleans(),
)
def test_nms_is_the_rule_in_its_plainest_form(
    seed: int, count: int, threshold: float, force_suppress: bool, nms_topk: int, on_grid: bool
) -> None:
    rng = np.random.default_rng(seed)
    boxes = random_boxes(rng, count, on_grid)
    scores = read_only((rng.integers(0, 50, count) / 50).astype(np.float32))
    classes = rng.integers(0, 3, count)
    trace = nms(boxes, scores, classes, threshold, force_suppress, nms_topk)

    pairs = iou(boxes, boxes)
    order = sorted(range(count), key=lambda i: -scores[i])
    suppressed_by = [-1] * count
    kept: list[int] = []
    for candidate in order[:nms_topk] if nms_topk > 0 else order:
        for better in kept:
            rivals = force_suppress or classes[better] == classes[candidate]
            if rivals and pairs[better, candidate] >= np.float32(threshold):
                suppressed_by[candidate] = better
                break
        else:
            kept.append(candidate)
    assert trace.order.tolist() == order
    assert np.flatnonzero(trace.keep).tolist() == sorted(kept)
    assert trace.suppressed_by.tolist() == suppressed_by
    fallen = trace.suppressed_by >= 0
    np.testing.assert_array_equal(
        trace.suppressed_iou[fallen], pairs[trace.suppressed_by[fallen], np.flatnonzero(fallen)]
    )
    assert not trace.suppressed_iou[~fallen].any()


@pytest.mark.parametrize(
    ("scores", "class_ids", "message"),
    [
        ([0.5, 0.5], [0], "boxes, scores and class_ids must have one length"),
        ([0.5], [0, 0], "boxes, scores and class_ids must have one length"),
        ([np.nan], [0], "scores must be finite"),
    ],
)
def test_nms_refuses(scores: list[float], class_ids: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nms([LEFT], scores, class_ids, 0.5)
