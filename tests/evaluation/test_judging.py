"""Matching as COCO does it; pycocotools is the oracle for all that follows from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.evaluation.average_precision import average_precision
from explorer.evaluation.greedy_matching import match_greedily
from explorer.evaluation.judging import MOST_PER_CLASS, judge
from explorer.evaluation.overlaps import Truths, find_overlaps
from explorer.evaluation.precision_recall import average_precision_of, class_average_precisions
from explorer.ssd.boxes import iou
from tests.evaluation.judged import detections_of, judged, labels_of, random_set

A = (0.0, 0.0, 0.5, 0.5)
HALF = (0.0, 0.0, 0.5, 0.25)
"""Has an IoU of 0.5 with A."""
MOST = (0.0, 0.0, 0.5, 0.375)
"""Has an IoU of 0.75 with A, and of 2/3 with HALF."""
AWAY = (0.75, 0.75, 1.0, 1.0)


def test_the_surest_detection_chooses_first_and_takes_what_it_overlaps_most() -> None:
    result = judged([[(0, 0.9, MOST), (0, 0.8, A)]], [[(0, A), (0, HALF)]])
    # The first takes A. At 0.5 the second gets the other one, from 0.55 on it has none.
    assert result.match[0].tolist() == [0, 1]
    assert result.match[1].tolist() == [0, -1]
    assert result.match[5].tolist() == [0, -1]
    # Above 0.75 the first one does not reach A, which is free then.
    assert result.match[6].tolist() == [-1, 0]


def test_of_equal_overlaps_the_later_object_is_taken_as_in_coco() -> None:
    result = judged([[(0, 0.9, A)]], [[(0, A), (0, A)]])
    assert result.match[0].tolist() == [1]


def test_an_object_of_another_class_or_image_is_not_found() -> None:
    result = judged([[(0, 0.9, A), (1, 0.8, A)], []], [[(1, A)], [(0, A)]])
    assert result.match[0].tolist() == [-1, 0]
    assert result.num_gt.tolist() == [1, 1]


def test_detections_are_ranked_over_all_images() -> None:
    result = judged([[(0, 0.5, A)], [(0, 0.9, A), (0, 0.5, AWAY)]], [[(0, A)], []])
    assert result.detections.image.tolist() == [1, 0, 1]
    assert result.match[0].tolist() == [-1, 0, -1]
    assert [result.num_above(t) for t in (0.91, 0.9, 0.51, 0.5, 0.0)] == [0, 1, 1, 3, 3]


def test_only_a_hundred_of_a_class_on_an_image_count() -> None:
    rows = [(n % 2, 1 - n / 1000, AWAY) for n in range(MOST_PER_CLASS * 2 + 20)]
    result = judged([[*rows, (0, 0.1, A)]], [[(0, A)]])
    assert np.bincount(result.detections.class_id).tolist() == [MOST_PER_CLASS, MOST_PER_CLASS]
    assert (result.match == -1).all()


def one_by_one(detection: np.ndarray, gt: np.ndarray, num_detections: int) -> list[int]:
    """Match as it is defined: detection after detection, pair after pair."""
    found, taken = [-1] * num_detections, set()
    for wants, what in zip(detection.tolist(), gt.tolist(), strict=True):
        if found[wants] < 0 and what not in taken:
            found[wants] = what
            taken.add(what)
    return found


@given(seed=st.integers(0, 2**32 - 1), num_detections=st.integers(0, 12), num_gt=st.integers(0, 8))
def test_matching_at_once_is_matching_one_by_one(
    seed: int, num_detections: int, num_gt: int
) -> None:
    rng = np.random.default_rng(seed)
    table = rng.random((num_detections, num_gt)) < rng.random()
    detection, gt = np.nonzero(table)
    order = np.lexsort((rng.random(len(gt)), detection))
    detection, gt = detection[order], gt[order]
    found = match_greedily(detection, gt, num_detections, num_gt)
    assert found.tolist() == one_by_one(detection, gt, num_detections)


@given(seed=st.integers(0, 2**32 - 1))
def test_overlaps_are_all_pairs_of_an_image_with_an_iou(seed: int) -> None:
    detections, labels = random_set(seed)
    pairs = find_overlaps(detections, Truths.of(labels))
    starts = np.searchsorted(detections.image, np.arange(len(labels)))
    first_gt = np.cumsum([0, *map(len, labels)])
    expected = {}
    for number, (image, truth) in enumerate(zip(detections.by_image(), labels, strict=True)):
        table = iou(image.boxes, truth[:, 1:])
        for row, column in zip(*np.nonzero(table), strict=True):
            key = (starts[number] + row, first_gt[number] + column)
            expected[key] = (table[row, column], image.class_id[row] == truth[column, 0])
    found = {
        (d, g): (overlap, same)
        for d, g, overlap, same in zip(
            pairs.detection, pairs.gt, pairs.iou, pairs.same_class, strict=True
        )
    }
    assert found.keys() == expected.keys()
    for key, (overlap, same) in found.items():
        assert overlap == pytest.approx(expected[key][0], rel=1e-4, abs=1e-6)
        assert same == expected[key][1]
    order = list(zip(pairs.detection, -pairs.iou, -pairs.gt, strict=True))
    assert order == sorted(order)


@given(seed=st.integers(0, 2**32 - 1), num_classes=st.integers(1, 4))
@settings(max_examples=200)
def test_average_precision_is_that_of_pycocotools(seed: int, num_classes: int) -> None:
    detections, labels = random_set(seed, num_classes)
    truths = Truths.of(labels)
    found = average_precision_of(judge(detections, truths, num_classes))
    if not len(truths):
        assert found is None
        return
    expected = average_precision(detections.by_image(), labels, num_classes)
    assert found is not None
    for name in ("ap50", "ap75", "map"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-6)


def test_many_detections_are_cut_as_in_pycocotools() -> None:
    rng = np.random.default_rng(0)
    rows = [(0, score, (x, x, x + 0.2, x + 0.2)) for score, x in rng.random((150, 2)) * 0.8]
    rows.sort(key=lambda row: -row[1])
    labels = labels_of([(0, (x, x, x + 0.2, x + 0.2)) for x in rng.random(130) * 0.8])
    detections = detections_of(rows)
    found = average_precision_of(judge(detections, Truths.of(labels), 1))
    expected = average_precision(detections.by_image(), labels, 1)
    assert found is not None
    assert 0 < found.map == pytest.approx(expected.map, abs=1e-6)


def test_a_class_without_an_object_has_no_average_precision() -> None:
    table = class_average_precisions(judged([[(0, 0.9, A), (1, 0.8, A)]], [[(0, A)]], 3))
    assert table[:, 0].tolist() == [1.0] * 10
    assert np.isnan(table[:, 1:]).all()
