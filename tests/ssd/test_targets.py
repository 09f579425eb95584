from __future__ import annotations

import numpy as np
import pytest

from explorer.config import MatchConfig
from explorer.ssd.matching import MatchKind, match
from explorer.ssd.targets import (
    assign_targets,
    background_probability,
    check_batch_labels,
    check_labels,
    mine_negatives,
)

# Beside the whole image: its left half, right half, upper left quarter, and a box apart.
ANCHORS = np.float32(
    [
        [0, 0, 1, 1],
        [0, 0, 0.5, 1],
        [0.5, 0, 1, 1],
        [0, 0, 0.5, 0.5],
        [2, 2, 3, 3],
    ]
)
LEFT_HALF = [0, 0, 0.5, 1]
PADDING = [-1] * 5


def test_targets_by_hand() -> None:
    targets = assign_targets(ANCHORS, [[2, *LEFT_HALF]], MatchConfig(match_iou_threshold=0.4))
    # IoU 0.5, 1, 0, 0.5, 0
    assert targets.cls_target.tolist() == [3, 3, 0, 3, 0]
    assert targets.kind.tolist() == [
        MatchKind.OVER_THRESHOLD,
        MatchKind.FORCED,
        MatchKind.NEGATIVE,
        MatchKind.OVER_THRESHOLD,
        MatchKind.NEGATIVE,
    ]
    assert targets.mask.tolist() == [[1] * 4, [1] * 4, [0] * 4, [1] * 4, [0] * 4]
    expected = [
        [-0.25 / 0.1, 0, np.log(0.5) / 0.2, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0.5 / 0.1, 0, np.log(2) / 0.2],
        [0, 0, 0, 0],
    ]
    np.testing.assert_allclose(targets.offsets, expected, rtol=1e-6)


def test_mining_keeps_the_hardest_negatives_and_ignores_the_rest() -> None:
    config = MatchConfig(negative_mining_ratio=2, negative_mining_threshold=0.5)
    scores = np.float32([[0, 9], [0, 9], [3, 0], [0, 9], [1, 0]])
    # One positive, so two negatives; anchors 0 and 3 reach the mining threshold of 0.5.
    targets = assign_targets(ANCHORS, [[0, *LEFT_HALF]], config, scores)
    assert targets.cls_target.tolist() == [-1, 1, 0, -1, 0]
    one = config.with_(negative_mining_ratio=1.0)
    targets = assign_targets(ANCHORS, [[0, *LEFT_HALF]], one, scores)
    assert targets.cls_target.tolist() == [-1, 1, -1, -1, 0]
    assert targets.kind.tolist() == [
        MatchKind.IGNORED,
        MatchKind.FORCED,
        MatchKind.IGNORED,
        MatchKind.IGNORED,
        MatchKind.NEGATIVE,
    ]
    assert targets.matching.kind.tolist() == [0, 1, 0, 0, 0]


def test_mining_rounds_down_and_takes_the_lowest_anchor_of_equals() -> None:
    matching = match([[0.9], [0.1], [0.1], [0.1], [0.5]])
    prob = [0.1, 0.5, 0.2, 0.2, 0.0]
    assert mine_negatives(matching, prob, 1.9, 0.5).tolist() == [False, False, True, False, False]
    assert mine_negatives(matching, prob, 3.0, 0.5).tolist() == [False, True, True, True, False]
    # No more than there are anchors left, however many are wanted.
    assert mine_negatives(matching, prob, 99.0, 1.0).tolist() == [False, True, True, True, True]
    assert not mine_negatives(matching, prob, 0.9, 0.5).any()


def test_mining_keeps_the_order_of_equals_in_a_long_list() -> None:
    matching = match(np.float32([0.9] + [0.1] * 999)[:, None], 0)
    chosen = mine_negatives(matching, np.arange(1000) % 2, 300.0, 0.5)
    assert np.flatnonzero(chosen).tolist() == list(range(2, 602, 2))


def test_mining_without_positives_chooses_none() -> None:
    assert not mine_negatives(match([[0.0], [0.0]]), [0.5, 0.5], 3.0, 0.5).any()


def test_mining_says_when_there_are_too_few_candidates() -> None:
    matching = match([[0.9], [0.1], [0.45], [0.45]])
    with pytest.raises(ValueError, match=r"lower negative_mining_ratio .* \(wanted 3, have 1\)"):
        mine_negatives(matching, [0.5] * 4, 3.0, 0.4)


@pytest.mark.parametrize("labels", [np.zeros((0, 5)), [PADDING], [PADDING, PADDING]])
@pytest.mark.parametrize("ratio", [-1.0, 3.0])
def test_an_image_without_objects_trains_nothing(labels: object, ratio: float) -> None:
    config = MatchConfig(negative_mining_ratio=ratio)
    targets = assign_targets(ANCHORS, labels, config, np.zeros((5, 2)))  # type: ignore[arg-type]
    assert targets.cls_target.tolist() == [-1] * 5
    assert targets.kind.tolist() == [MatchKind.IGNORED] * 5
    assert not targets.mask.any()
    assert not targets.offsets.any()


def test_padding_ends_the_list() -> None:
    labels = [[0, *LEFT_HALF], PADDING, [1, 0.5, 0, 1, 1]]
    targets = assign_targets(ANCHORS, labels, MatchConfig())
    assert targets.cls_target.tolist() == [0, 1, 0, 0, 0]


def test_background_probability_by_hand() -> None:
    scores = np.log([[1.0, 1.0, 2.0], [3.0, 1.0, 0.0 + 1e-30]])
    np.testing.assert_allclose(background_probability(scores), [0.25, 0.75], rtol=1e-6)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 0, 0, 1, 1], r"labels must have shape \(G, 5\), got \(5,\)"),
        ([[0.5, 0, 0, 1, 1]], "row 0 has class 0.5, but classes are integers from 0"),
        ([[-2, 0, 0, 1, 1]], "row 0 has class -2"),
        ([[np.nan, 0, 0, 1, 1]], "row 0 has class nan"),
        ([[0, 0, 0, 1, 1], [7, 0, 0, 1, 1]], "row 1 has class 7, but the model has 2"),
        ([[-1, 0, 0, 1, 1]], "row 0 .* padding must be -1 throughout"),
        ([[0, 0, 0, np.nan, 1]], "labels: row 0 .* must be finite"),
        ([[0, 1, 0, 0, 1]], "labels: row 0 .* xmin must not exceed xmax"),
    ],
)
def test_malformed_labels_are_refused(labels: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_labels(labels, num_classes=2)  # type: ignore[arg-type]


def test_scores_are_needed_for_mining_and_must_fit() -> None:
    mining = MatchConfig(negative_mining_ratio=3)
    with pytest.raises(ValueError, match="class_scores is needed for mining"):
        assign_targets(ANCHORS, [[0, *LEFT_HALF]], mining)
    with pytest.raises(ValueError, match=r"class_scores must have shape \(5, C \+ 1\)"):
        assign_targets(ANCHORS, [[0, *LEFT_HALF]], mining, np.zeros((4, 2)))
    with pytest.raises(ValueError, match="row 0 has class 1, but the model has 1"):
        assign_targets(ANCHORS, [[1, *LEFT_HALF]], mining, np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"background_prob must have shape \(1,\), got \(2,\)"):
        mine_negatives(match([[0.5]]), [0.5, 0.5], 3.0, 0.5)


def test_labels_in_pixels_are_called_labels() -> None:
    with pytest.raises(ValueError, match=r"^labels: row 1 is .* which looks like pixels"):
        check_labels([[0, 0, 0, 1, 1], [0, 10, 10, 60, 40]])


@pytest.mark.parametrize("num_rows", [0, 1, 2])
def test_a_batch_has_its_own_rows_and_one_of_padding_where_there_is_none(num_rows: int) -> None:
    rows = np.tile(np.float32([0, 0.25, 0.25, 0.5, 0.5]), (3, num_rows, 1))
    checked = check_batch_labels(rows, 3, num_classes=1)
    if num_rows:
        assert checked.tolist() == rows.tolist()
    else:
        assert checked.tolist() == [[[-1] * 5]] * 3
        assert checked.dtype == np.float32


def test_labels_of_a_batch_are_checked_image_by_image() -> None:
    rows = np.tile(np.float32([0, 0.25, 0.25, 0.5, 0.5]), (2, 1, 1))
    rows[1, 0, 0] = 1
    with pytest.raises(ValueError, match="row 0 has class 1, but the model has 1"):
        check_batch_labels(rows, 2, num_classes=1)
    for shape in ((1, 1, 5), (2, 1, 4), (2, 5)):
        with pytest.raises(ValueError, match=r"labels must have shape \(2, G, 5\), got"):
            check_batch_labels(np.zeros(shape), 2, num_classes=1)
