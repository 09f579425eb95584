from __future__ import annotations

import numpy as np

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
