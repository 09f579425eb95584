from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ssd.clusters import iou_clusters


def test_groups_are_found_in_order_of_area() -> None:
    wide = [[0.6, 0.2], [0.58, 0.2], [0.62, 0.2]]
    tall = [[0.1, 0.4], [0.1, 0.42]]
    small = [[0.05, 0.05]]
    found = iou_clusters(np.array([wide[0], *small, *tall, *wide[1:]]), 3)
    np.testing.assert_allclose(found, [[0.05, 0.05], [0.1, 0.41], [0.6, 0.2]])


def test_shapes_of_one_area_are_told_apart() -> None:
    sides = np.array([[0.1, 0.4], [0.4, 0.1]] * 6) * np.linspace(0.9, 1.1, 12)[:, None]
    found = iou_clusters(sides, 2)
    assert sorted((width > height) for width, height in found) == [False, True]


def test_one_group_is_the_mean() -> None:
    found = iou_clusters(np.array([[0.2, 0.4], [0.4, 0.2]]), 1)
    np.testing.assert_allclose(found, [[0.3, 0.3]])


def test_there_are_no_more_groups_than_objects() -> None:
    assert iou_clusters(np.array([[0.2, 0.4]]), 5).tolist() == [[0.2, 0.4]]
    assert len(iou_clusters(np.full((4, 2), 0.3), 2)) == 1


def concentric_iou(first: np.ndarray, second: np.ndarray) -> float:
    shared = float(np.minimum(first, second).prod())
    return shared / (float(first.prod()) + float(second.prod()) - shared)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.integers(1, 5))
def test_it_is_k_means_in_its_plainest_form(seed: int, count: int, num_clusters: int) -> None:
    sides = np.random.default_rng(seed).uniform(0.05, 0.95, (count, 2))
    means = [sorted(sides, key=lambda each: each.prod())[count // 2]]
    while len(means) < min(num_clusters, count):
        nearest = [max(concentric_iou(each, mean) for mean in means) for each in sides]
        if min(nearest) > 0.999:
            break
        means.append(sides[int(np.argmin(nearest))])
    for _round in range(30):
        likest = [int(np.argmax([concentric_iou(each, mean) for mean in means])) for each in sides]
        moved = [
            np.mean([each for each, of in zip(sides, likest, strict=True) if of == group], axis=0)
            for group in sorted(set(likest))
        ]
        if len(moved) == len(means) and np.allclose(moved, means, rtol=1e-4):
            break
        means = moved
    expected = sorted(means, key=lambda each: each.prod())
    np.testing.assert_allclose(iou_clusters(sides, num_clusters), expected, rtol=1e-9)
