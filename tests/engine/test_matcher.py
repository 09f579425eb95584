"""The part of the engine that needs no network: what it says is what `explorer.ssd` explains."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from explorer.config import CREATURE, MatchConfig
from explorer.engine.matcher import Matcher
from explorer.ssd.boxes import iou
from explorer.ssd.matching import match
from explorer.ssd.targets import assign_targets
from tests.maps import toy_grid, toy_maps

WIDE = (192, 320)
MATCHER = Matcher(CREATURE, toy_maps(WIDE, 5), WIDE, MatchConfig(match_iou_threshold=0.4))
LABELS = np.array([[0, 0.1, 0.2, 0.4, 0.8], [1, 0.5, 0.5, 0.9, 0.7]], np.float32)


def test_an_input_need_not_be_square() -> None:
    grid = toy_grid(CREATURE, WIDE)
    np.testing.assert_array_equal(MATCHER.anchors().boxes, grid.boxes)
    assert [each.shape for each in MATCHER.anchors().feature_maps] == [
        (24, 40), (12, 20), (6, 10), (3, 5), (1, 1)
    ]  # fmt: skip
    np.testing.assert_array_equal(MATCHER.iou(LABELS[:, 1:]), iou(grid.boxes, LABELS[:, 1:]))


@pytest.mark.parametrize("threshold", [0.4, 0.7])
def test_matching_and_targets_are_those_of_its_anchors(threshold: float) -> None:
    boxes = MATCHER.anchors().boxes
    config = MatchConfig(match_iou_threshold=threshold, variances=(1, 1, 0.5, 0.5))
    given = None if threshold == 0.4 else config
    expected = match(iou(boxes, LABELS[:, 1:]), threshold)
    found = MATCHER.match(LABELS[:, 1:], config=given)
    np.testing.assert_array_equal(found.gt_index, expected.gt_index)
    targets, wanted = MATCHER.targets(LABELS, config=config), assign_targets(boxes, LABELS, config)
    np.testing.assert_array_equal(targets.cls_target, wanted.cls_target)
    np.testing.assert_array_equal(targets.offsets, wanted.offsets)


def test_without_names_any_class_is_taken() -> None:
    assert MATCHER.match(LABELS[:, 1:], [0, 900]).positive.any()
    with pytest.raises(ValueError, match=r"gt_classes must be 0\.\.1, got"):
        Matcher(CREATURE, toy_maps(WIDE, 5), WIDE, num_classes=2).match(LABELS[:, 1:], [0, 2])


def test_it_costs_no_mxnet() -> None:
    command = (
        "import sys; from explorer import Engine; from explorer.config import MatchConfig;"
        "engine = Engine(); engine.anchors();"
        "engine.match([[0.1, 0.1, 0.4, 0.4]]);"
        "engine.targets([[0, 0.1, 0.1, 0.4, 0.4]], config=MatchConfig());"
        "print('mxnet' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "False"
