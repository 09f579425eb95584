from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.ssd.offsets import decode, encode
from tests.ssd.inputs import random_boxes

VARIANCES = (0.1, 0.1, 0.2, 0.2)


def test_offsets_by_hand() -> None:
    # The anchor's centre is (0.25, 0.5), its size (0.5, 0.25).
    anchor, gt = [[0.0, 0.375, 0.5, 0.625]], [[0.25, 0.25, 0.5, 0.75]]
    # Centre (0.375, 0.5), size (0.25, 0.5): a quarter width to the right, half as wide.
    expected = [[0.25 / 0.1, 0, np.log(0.5) / 0.2, np.log(2) / 0.2]]
    np.testing.assert_allclose(encode(anchor, gt, VARIANCES), expected, rtol=1e-6)
    np.testing.assert_allclose(decode(anchor, expected, VARIANCES), gt, rtol=1e-6)


def test_no_offset_means_the_anchor_itself() -> None:
    anchors = random_boxes(np.random.default_rng(0), 50, on_grid=True, least_size=1 / 16)
    assert not encode(anchors, anchors, VARIANCES).any()
    np.testing.assert_array_equal(decode(anchors, np.zeros((50, 4)), VARIANCES), anchors)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(0, 30),
    variances=st.tuples(*[st.floats(0.05, 2.0)] * 4),
)
def test_decode_undoes_encode(
    seed: int, count: int, variances: tuple[float, float, float, float]
) -> None:
    rng = np.random.default_rng(seed)
    anchors = random_boxes(rng, count, on_grid=False, least_size=0.01)
    boxes = random_boxes(rng, count, on_grid=False, least_size=0.01)
    back = decode(anchors, encode(anchors, boxes, variances), variances)
    np.testing.assert_allclose(back, boxes, atol=1e-5)


def test_clip_cuts_at_the_border() -> None:
    anchors = [[0.0, 0.0, 0.5, 0.5]]
    offsets = [[-5.0, 0.0, 0.0, 0.0]]
    np.testing.assert_allclose(decode(anchors, offsets, VARIANCES), [[-0.25, 0, 0.25, 0.5]])
    np.testing.assert_allclose(decode(anchors, offsets, VARIANCES, clip=True), [[0, 0, 0.25, 0.5]])


def test_a_huge_offset_overflows_without_a_warning() -> None:
    boxes = decode([[0.0, 0.0, 1.0, 1.0]], [[0, 0, 1000, 0]], VARIANCES)
    assert boxes.tolist() == [[-np.inf, 0, np.inf, 1]]


GOOD = [[0.0, 0.0, 1.0, 1.0]]
FLAT = [[0.0, 0.5, 1.0, 0.5]]


@pytest.mark.parametrize(
    ("anchors", "gt_boxes", "variances", "message"),
    [
        (FLAT, GOOD, VARIANCES, "anchors: row 0 .* has no area"),
        (GOOD, FLAT, VARIANCES, "gt_boxes: row 0 .* has no area"),
        (GOOD, GOOD * 2, VARIANCES, r"gt_boxes must have one row per anchor, got \(2, 4\)"),
        (GOOD, GOOD, (0.1, 0.1, 0.2), "variances must be four positive numbers"),
        (GOOD, GOOD, (0.1, 0.1, 0.2, 0.0), "variances must be four positive numbers"),
    ],
)
def test_encode_refuses(
    anchors: list[list[float]],
    gt_boxes: list[list[float]],
    variances: tuple[float, ...],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        encode(anchors, gt_boxes, variances)


@pytest.mark.parametrize(
    ("anchors", "offsets", "message"),
    [
        (GOOD, [[0, 0, np.nan, 0]], "offsets must be finite"),
        (GOOD, [[0, 0, 0]], "offsets must have one row per anchor"),
        (FLAT, [[0, 0, 0, 0]], "anchors: row 0 .* has no area"),
    ],
)
def test_decode_refuses(
    anchors: list[list[float]], offsets: list[list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        decode(anchors, offsets, VARIANCES)
