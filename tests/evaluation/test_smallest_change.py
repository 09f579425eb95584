"""Changes that can be counted by hand; that no smaller one helps is in test_why_missed.py."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.evaluation.smallest_change import ChangeSearch, Setting, SettingChange
from explorer.ssd.detection import Candidates
from tests.decoding import detect_config

WHOLE = (0.0, 0.0, 1.0, 1.0)
PART = (0.0, 0.0, 1.0, 0.455)
"""IoU 0.455 with the whole."""
CORNER = (0.0, 0.0, 0.25, 0.25)


def changes_of(
    rows: list[tuple[int, float, tuple[float, ...]]], gt: tuple[float, ...], **settings: object
) -> dict[Setting, SettingChange | None]:
    """What each setting by itself could do for an object of class 0."""
    candidates = Candidates(
        anchor=np.arange(len(rows), dtype=np.int32),
        class_id=np.array([row[0] for row in rows], np.int32),
        score=np.array([row[1] for row in rows], np.float32),
        boxes=np.array([row[2] for row in rows], np.float32),
        num_anchors=len(rows),
    )
    labels = np.array([(0, *gt)], np.float32)
    search = ChangeSearch(candidates, labels, detect_config(**settings))
    names: tuple[Setting, ...] = (
        "score_threshold", "nms_iou_threshold", "nms_topk", "force_suppress",
    )  # fmt: skip
    return {name: search.find(0, [name]) for name in names}


def one(setting: Setting, value: float) -> dict[str, SettingChange | None]:
    nothing = dict.fromkeys(("score_threshold", "nms_iou_threshold", "nms_topk", "force_suppress"))
    return {**nothing, setting: SettingChange(setting, value)}


@pytest.mark.parametrize(("threshold", "value"), [(0.45, 0.46), (0.3, 0.46), (0.455, 0.46)])
def test_the_next_step_of_the_nms_threshold_may_be_enough(threshold: float, value: float) -> None:
    rows = [(0, 0.9, WHOLE), (0, 0.8, PART)]
    found = changes_of(rows, PART, nms_iou_threshold=threshold)
    assert found == one("nms_iou_threshold", value)


@pytest.mark.parametrize(("score", "value"), [(0.3, 0.3), (0.309, 0.3), (0.35, 0.35), (0.02, 0.02)])
def test_the_score_threshold_goes_down_to_the_step_below_its_score(
    score: float, value: float
) -> None:
    rows = [(0, 0.9, CORNER), (0, score, PART)]
    assert changes_of(rows, PART, score_threshold=0.5) == one("score_threshold", value)


def test_below_the_least_score_nothing_is_suggested() -> None:
    assert set(changes_of([(0, 0.0199, PART)], PART, score_threshold=0.5).values()) == {None}


def test_top_k_grows_up_to_the_rank_of_the_box() -> None:
    rows = [(0, 0.9, CORNER), (0, 0.8, CORNER), (0, 0.7, PART), (0, 0.6, PART)]
    assert changes_of(rows, PART, nms_topk=1) == one("nms_topk", 3)


def test_classes_are_suppressed_apart_if_that_helps() -> None:
    rows = [(1, 0.9, PART), (0, 0.8, PART)]
    assert changes_of(rows, PART, force_suppress=True) == one("force_suppress", False)
