"""Confusion matrices that can be counted by hand, and what every one of them sums to."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.evaluation.confusion import confusion
from explorer.evaluation.judging import judge
from explorer.evaluation.overlaps import Truths
from tests.evaluation.judged import judged, random_set

A = (0.0, 0.0, 0.5, 0.5)
HALF = (0.0, 0.0, 0.5, 0.25)
B = (0.5, 0.5, 1.0, 1.0)
AWAY = (0.75, 0.0, 1.0, 0.25)


def test_a_table_by_hand() -> None:
    result = judged(
        [[(0, 0.9, A), (1, 0.8, B), (1, 0.7, B), (0, 0.6, AWAY)], [(1, 0.2, A)]],
        [[(0, A), (0, B)], [(1, A), (1, B)]],
    )
    # Rows: class 0, class 1, nothing. The second detection of B finds it taken.
    assert confusion(result, 0.5).counts.tolist() == [[1, 1, 0], [0, 0, 2], [1, 1, 0]]
    assert confusion(result, 0.1).counts.tolist() == [[1, 1, 0], [0, 1, 1], [1, 1, 0]]
    assert confusion(result, 0.95).counts.tolist() == [[0, 0, 2], [0, 0, 2], [0, 0, 0]]


def test_a_surer_detection_of_the_wrong_class_uses_its_object_up() -> None:
    result = judged([[(1, 0.9, A), (0, 0.8, A)]], [[(0, A)]])
    found = confusion(result, 0.5)
    assert found.counts.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]
    assert found.detection_truth.tolist() == [0, 2]
    assert found.detection_gt.tolist() == [0, -1]
    assert found.gt_prediction.tolist() == [1]
    # Average precision sees it otherwise: the object is found.
    assert result.match[0].tolist() == [-1, 0]


def test_the_object_that_is_overlapped_most_is_taken() -> None:
    result = judged([[(0, 0.9, A)]], [[(1, HALF), (0, A)]])
    assert confusion(result, 0.5).counts.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_an_iou_at_the_threshold_is_a_pair() -> None:
    result = judged([[(0, 0.9, HALF)]], [[(0, A)]])
    assert result.overlaps.iou.tolist() == [0.5]
    assert confusion(result, 0.5, level=0).detection_gt.tolist() == [0]
    assert confusion(result, 0.5, level=1).detection_gt.tolist() == [-1]


@given(
    seed=st.integers(0, 2**32 - 1),
    threshold=st.sampled_from([0.0, 0.3, 0.5, 0.9]),
    level=st.sampled_from([0, 5]),
)
def test_rows_sum_to_objects_and_columns_to_detections(
    seed: int, threshold: float, level: int
) -> None:
    detections, labels = random_set(seed)
    truths = Truths.of(labels)
    result = judge(detections, truths, 3)
    found = confusion(result, threshold, level)
    above = detections.class_id[detections.score >= np.float32(threshold)]
    assert found.counts[:3].sum(axis=1).tolist() == result.num_gt.tolist()
    assert found.counts[:, :3].sum(axis=0).tolist() == np.bincount(above, minlength=3).tolist()
    assert found.counts[3, 3] == 0
    # What the rows and columns are made of.
    np.testing.assert_array_equal(
        np.bincount(found.detection_truth, minlength=4), found.counts[:, :3].sum(axis=1)
    )
    np.testing.assert_array_equal(
        np.bincount(found.gt_prediction, minlength=4), found.counts[:3].sum(axis=0)
    )
