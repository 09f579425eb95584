"""Boxes that are there before: found as in the matrix of all overlaps."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.datasets.doctor.same_boxes import first_same
from explorer.datasets.labels import MAX_OBJECTS
from explorer.ssd.boxes import iou


def by_matrix(boxes: np.ndarray, least_iou: float) -> list[int]:
    same = iou(boxes, boxes) >= least_iou
    firsts = [int(np.flatnonzero(row)[0]) if row.any() else i for i, row in enumerate(same)]
    return [min(i, first) for i, first in enumerate(firsts)]


@settings(max_examples=300, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    number=st.integers(0, 200),
    places=st.integers(1, 40),
    jitter=st.sampled_from([0.0, 0.001, 0.01, 0.05]),
    least_iou=st.sampled_from([0.5, 0.8, 0.95, 0.951, 1.0]),
    side=st.sampled_from([1e-6, 1e-3, 0.2, 30.0]),
)
def test_it_is_what_the_matrix_of_overlaps_says(
    seed: int, number: int, places: int, jitter: float, least_iou: float, side: float
) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.random((places, 2)) * rng.choice([1, side])
    sides = side * rng.uniform(0.2, 1, (places, 2)) * (rng.random((places, 1)) > 0.05)
    chosen = rng.integers(places, size=number)
    boxes = np.hstack([corners, corners + sides])[chosen]
    boxes[:, :2] += side * jitter * rng.uniform(-1, 0, (number, 2))
    boxes = boxes.astype(np.float32)
    assert first_same(boxes, least_iou).tolist() == by_matrix(boxes, least_iou)


@pytest.mark.parametrize("share", [0.95, 0.5])
def test_the_threshold_itself_counts(share: float) -> None:
    for shift in (np.float32(1 / 39), np.nextafter(np.float32(1 / 39), np.float32(1))):
        boxes = np.array([[0, 0, 1, 1], [shift, 0, 1 + shift, 1]], np.float32)
        for threshold in (share, float(iou(boxes, boxes)[0, 1])):
            assert first_same(boxes, threshold).tolist() == by_matrix(boxes, threshold)


def test_the_most_boxes_of_an_image_all_on_one_place_take_little_memory() -> None:
    boxes = np.tile(np.array([[0.1, 0.1, 0.3, 0.3]], np.float32), (MAX_OBJECTS, 1))
    tracemalloc.start()
    assert not first_same(boxes, 0.95).any()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50_000_000  # the matrix alone would take 400 MB
