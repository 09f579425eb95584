from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ssd.matching import Matching, MatchKind, match
from tests.ssd.inputs import read_only

SETTINGS = settings(max_examples=100, deadline=None, derandomize=True)


def test_a_matrix_solved_by_hand() -> None:
    iou = [
        [0.0, 0.10, 0.0],  # too little
        [0.9, 0.80, 0.0],  # round 1 gives it to 0
        [0.7, 0.70, 0.0],  # round 2 gives it to 1, although it fits 0 as well
        [0.6, 0.20, 0.0],  # over the threshold
        [0.5, 0.50, 0.0],  # at the threshold is not over it
        [0.0, 0.00, 0.2],  # round 3
    ]
    matching = match(iou, 0.5)
    assert matching.gt_index.tolist() == [-1, 0, 1, 0, -1, 2]
    assert matching.forced_round.tolist() == [0, 1, 2, 0, 0, 3]
    assert [MatchKind(kind).name for kind in matching.kind] == [
        "NEGATIVE",
        "FORCED",
        "FORCED",
        "OVER_THRESHOLD",
        "NEGATIVE",
        "FORCED",
    ]
    assert matching.best_gt.tolist() == [1, 0, 0, 0, 0, 2]
    np.testing.assert_allclose(matching.best_iou, [0.1, 0.9, 0.7, 0.6, 0.5, 0.2])
    assert matching.positive.tolist() == [False, True, True, True, False, True]


def test_ties_go_to_the_lowest_anchor_and_then_the_lowest_ground_truth() -> None:
    matching = match([[0.0, 0.5], [0.5, 0.5], [0.5, 0.5]], 0.5)
    assert matching.gt_index.tolist() == [1, 0, -1]
    assert matching.forced_round.tolist() == [1, 2, 0]


def test_no_match_is_forced_below_a_least_overlap() -> None:
    least = np.float32(1e-6)
    matching = match([[least], [np.nextafter(least, np.float32(1))], [0]])
    assert matching.gt_index.tolist() == [-1, 0, -1]
    assert not match([[least], [0]]).positive.any()


def test_threshold_zero_leaves_forced_matches_only() -> None:
    assert match([[0.9], [0.95], [0.99]], 0).gt_index.tolist() == [-1, -1, 0]


def test_the_threshold_is_compared_as_float32() -> None:
    # 0.7 as float32 is below 0.7 as float64; neither is over the other here.
    iou = np.float32([[1.0], [0.7], [np.nextafter(np.float32(0.7), np.float32(1))]])
    assert match(iou, 0.7).gt_index.tolist() == [0, -1, 0]


def test_more_ground_truths_than_anchors() -> None:
    assert match([[0.2, 0.4, 0.3]]).gt_index.tolist() == [1]


@pytest.mark.parametrize("shape", [(4, 0), (0, 3), (0, 0)])
def test_nothing_to_match(shape: tuple[int, int]) -> None:
    matching = match(np.zeros(shape))
    assert matching.gt_index.tolist() == [-1] * shape[0]
    assert matching.best_gt.tolist() == [-1] * shape[0]
    assert matching.best_iou.tolist() == [0] * shape[0]
    assert matching.kind.tolist() == [MatchKind.NEGATIVE] * shape[0]


def struck_out(iou: np.ndarray, threshold: np.float32) -> tuple[list[int], list[int]]:
    """The rule in its slowest and plainest form: look at the whole matrix in each round."""
    left = iou.copy()
    gt_index, forced_round = [-1] * len(iou), [0] * len(iou)
    for number in range(1, iou.shape[1] + 1):
        anchor, gt = np.unravel_index(left.argmax(), left.shape)
        if left[anchor, gt] <= np.float32(1e-6):
            break
        gt_index[anchor], forced_round[anchor] = int(gt), number
        left[anchor, :] = left[:, gt] = -1
    for anchor, row in enumerate(iou):
        if gt_index[anchor] < 0 and threshold > 0 and row.max() > threshold:
            gt_index[anchor] = int(row.argmax())
    return gt_index, forced_round


@SETTINGS
@given(
    seed=st.integers(0, 2**32 - 1),
    num_anchors=st.integers(1, 40),
    num_gt=st.integers(1, 20),
    steps=st.sampled_from([2, 4, 1000]),
    threshold=st.sampled_from([0.0, 0.25, 0.5, 0.6, 1.0]),
)
def test_match_is_the_rule_struck_out_by_hand(
    seed: int, num_anchors: int, num_gt: int, steps: int, threshold: float
) -> None:
    rng = np.random.default_rng(seed)
    iou = read_only((rng.integers(0, steps + 1, (num_anchors, num_gt)) / steps).astype(np.float32))
    matching = match(iou, threshold)
    gt_index, forced_round = struck_out(iou, np.float32(threshold))
    assert matching.gt_index.tolist() == gt_index
    assert matching.forced_round.tolist() == forced_round
    assert_consistent(matching, iou, threshold)


def assert_consistent(matching: Matching, iou: np.ndarray, threshold: float) -> None:
    forced = matching.kind == MatchKind.FORCED
    over = matching.kind == MatchKind.OVER_THRESHOLD
    np.testing.assert_array_equal(forced | over, matching.positive)
    np.testing.assert_array_equal(forced, matching.forced_round > 0)
    np.testing.assert_array_equal(matching.best_iou, iou.max(axis=1))
    assert len(set(matching.gt_index[forced].tolist())) == forced.sum()
    assert (matching.best_iou[over] > np.float32(threshold)).all()
    np.testing.assert_array_equal(matching.gt_index[over], matching.best_gt[over])


@pytest.mark.parametrize(
    ("iou", "message"),
    [
        ([0.5], r"iou must have shape \(A, G\), got \(1,\)"),
        ([[np.nan]], "iou must hold numbers from 0 to 1"),
        ([[1.5]], "iou must hold numbers from 0 to 1"),
        ([[-0.5]], "iou must hold numbers from 0 to 1"),
    ],
)
def test_malformed_iou_is_refused(iou: list[object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        match(iou)  # type: ignore[arg-type]


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="match_iou_threshold must be from 0 to 1"):
        match([[0.5]], threshold)
