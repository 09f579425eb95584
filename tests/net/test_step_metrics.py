from __future__ import annotations

import numpy as np
import pytest

from explorer.net.step_metrics import num_positives_per_layer, positive_box_error_px
from explorer.ssd.offsets import encode

VARIANCES = (0.1, 0.1, 0.2, 0.2)


def test_positives_are_counted_by_layer_over_the_batch() -> None:
    cls_target = np.zeros((2, 8 * 8 * 4 + 3), np.float32)
    cls_target[0, [0, 255]] = 1
    cls_target[1, [17, 256, 258]] = (2, 1, 1)
    cls_target[1, 100] = -1
    assert num_positives_per_layer(cls_target, (256, 3)) == [3, 2]
    wide = np.ones((1, 4 * 8 * 4 + 3), np.float32)
    assert num_positives_per_layer(wide, (128, 3)) == [128, 3]


def test_the_box_error_is_the_mean_over_corners_in_px() -> None:
    anchors = np.array([[0.1, 0.2, 0.5, 0.6], [0.3, 0.3, 0.9, 0.9], [0, 0, 0.2, 0.2]], np.float32)
    truth = np.array([[0.1, 0.1, 0.5, 0.7], [0.2, 0.4, 0.8, 0.8], [0, 0, 1, 1]], np.float32)
    off = np.array([[0.01, 0, 0, 0], [0, -0.02, 0.03, 0.05], [0, 0, 0, 0]], np.float32)
    cls_target = np.array([[1, 2, 0]], np.float32)  # the third would be far off
    target = encode(anchors, truth, VARIANCES).reshape(1, -1)
    predicted = encode(anchors, truth + off, VARIANCES).reshape(1, -1)
    predicted[0, 8:] = 3.0
    found = positive_box_error_px(anchors, cls_target, predicted, target, VARIANCES, (100, 200))
    assert found == pytest.approx((0.01 * 200 + 0.03 * 200 + 0.02 * 100 + 0.05 * 100) / 8, abs=1e-3)


def test_a_box_that_has_grown_without_bounds_is_as_wrong_as_the_image_is_large() -> None:
    anchors = np.array([[0.4, 0.4, 0.6, 0.6]], np.float32)
    one, nothing = np.ones((1, 1), np.float32), np.zeros((1, 4), np.float32)
    huge = np.full((1, 4), 3e38, np.float32)
    found = positive_box_error_px(anchors, one, huge, nothing, VARIANCES, (64, 64))
    assert found == pytest.approx(0.4 * 64)


def test_without_positives_there_is_no_box_error() -> None:
    anchors, offsets = np.array([[0, 0, 1, 1]], np.float32), np.zeros((2, 4), np.float32)
    targets = np.array([[0], [-1]], np.float32)
    assert positive_box_error_px(anchors, targets, offsets, offsets, VARIANCES, (64, 64)) is None
