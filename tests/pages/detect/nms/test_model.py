from __future__ import annotations

import numpy as np
import pytest

from explorer.pages.detect.model import DetectModel
from explorer.pages.detect.nms.model import NmsModel, NmsRow
from explorer.ssd.nms_rounds import NmsCounts
from explorer.ssd.offsets import encode
from tests.pages.detect.crafted import (
    AWAY,
    BIG,
    FIRST_ANCHOR,
    LOWER,
    VARIANCES,
    crafted_page,
)
from tests.pages.detect.readings import ENGINE, quiet_scores, reading_of

DOG = "<b>dog</b>"


@pytest.fixture
def model() -> DetectModel:
    """Three boxes of cats at one place, a dog upon them, a cat elsewhere, and one unsure."""
    return crafted_page(
        [
            (BIG, 0.9, 0),
            (LOWER, 0.8, 0),
            (BIG, 0.7, 0),
            (BIG, 0, 0.6),
            (AWAY, 0.75, 0),
            (AWAY, 0.3, 0),
        ]
    )


def test_counts_and_rounds(model: DetectModel) -> None:
    trace = NmsModel(model)
    assert trace.counts == NmsCounts(len(ENGINE.anchors()), 5, 5, 3)
    assert (trace.position, trace.num_rounds) == (1, 3)
    assert trace.waiting.tolist() == [2, 4]  # by falling score: the cat elsewhere, the dog
    assert trace.kept_before == []
    assert trace.headline() == (
        "Round 1 of 3: box 1, the surest left (cat 0.90), is kept. It removes 2 boxes of its "
        "class that overlap it by IoU 0.45 or more. 2 still wait."
    )
    trace.go_to(99)
    assert trace.position == 3
    assert trace.kept_before == [0, 2]
    assert trace.headline() == (
        "Round 3 of 3: box 3, the surest left (<b>dog</b> 0.60), is kept. It removes none: no "
        "other box overlaps it enough. No box is left: NMS is done."
    )
    trace.go_to(-1)
    assert trace.round is None
    assert trace.waiting.tolist() == [0, 1, 2, 3, 4]
    assert trace.headline() == "Before the first round: 5 boxes wait, the surest first."
    assert trace.rows(9) == []


def test_rows_are_the_kept_box_those_it_removes_and_those_that_nearly_were(
    model: DetectModel,
) -> None:
    def rows(trace: NmsModel, most: int = 9) -> list[tuple[str, str, float, float, bool]]:
        return [
            (r.fate, r.class_name, round(r.score, 3), round(r.iou, 3), r.other_class)
            for r in trace.rows(most)
        ]

    trace = NmsModel(model)
    kept, first, second = (
        ("kept", "cat", 0.9, 1.0, False),
        ("removed", "cat", 0.8, 0.6, False),
        ("removed", "cat", 0.7, 1.0, False),
    )
    other = ("spared", DOG, 0.6, 1.0, True)
    assert rows(trace) == [kept, first, second, other]
    assert rows(trace, most=1) == [kept, first, other]

    model.nms_iou_threshold = 0.61
    trace.update()
    assert rows(trace) == [kept, second, other, ("spared", "cat", 0.8, 0.6, False)]

    model.force_suppress = True
    trace.update()
    assert rows(trace)[:3] == [kept, second, ("removed", DOG, 0.6, 1.0, False)]
    assert "It removes 2 boxes that overlap it by IoU 0.61 or more." in trace.headline()
    assert NmsRow("kept", "cat", 0.5, 1.0).other_class is False


def test_an_iou_at_the_threshold_is_high_enough() -> None:
    model = crafted_page([(BIG, 0.9, 0), (LOWER, 0, 0.8)])
    trace = NmsModel(model)
    overlap = trace.rows(0)[1].iou
    assert overlap == pytest.approx(0.6)
    for threshold, expected in (
        (overlap, True),
        (float(np.nextafter(overlap, 1)), True),
        (float(np.nextafter(np.float32(overlap), np.float32(1))), False),
    ):
        model.nms_iou_threshold = threshold
        trace.update()
        assert trace.rows(0)[1] == NmsRow("spared", DOG, pytest.approx(0.8), overlap, expected)


def test_the_score_threshold_of_the_page_counts(model: DetectModel) -> None:
    trace = NmsModel(model)
    version = trace.version
    trace.update()
    assert trace.version == version  # nothing has changed
    model.score_threshold = 0.25
    assert trace.counts.over_threshold == 5  # nobody has looked yet
    trace.update()
    assert (trace.version, trace.counts.over_threshold) == (version + 1, 6)
    model.score_threshold = 0.95
    trace.update()
    assert (trace.counts.kept, trace.position, trace.rows(9)) == (0, 0, [])
    assert trace.headline() == "No box has a score of 0.95 or more: NMS has nothing to do."
    model.score_threshold = 0.0  # a page knows of nothing below 0.02
    trace.update()
    assert trace.counts.over_threshold == 6
    assert trace.config.score_threshold == 0.02
    model.detector.reading = None
    trace.update()
    assert (trace.counts, trace.num_rounds) == (None, 0)
    assert trace.headline() == "Nothing was detected yet."
    assert trace.kept_by_threshold() == []


def test_the_reader_stays_with_the_box_that_is_shown(model: DetectModel) -> None:
    trace = NmsModel(model)
    trace.go_to(2)
    assert trace.headline().startswith("Round 2 of 3: box 2, the surest left (cat 0.75)")
    model.nms_iou_threshold = 0.61  # one more box is kept before it
    trace.update()
    assert trace.position == 3
    assert "(cat 0.75)" in trace.headline()
    model.score_threshold = 0.77  # it is gone
    trace.update()
    assert trace.position == 2
    # One that is removed now is followed to the round that removes it.
    assert "(cat 0.80)" in trace.headline()
    model.nms_iou_threshold = 0.45
    trace.update()
    assert trace.position == 1


@pytest.mark.parametrize(("selected", "position"), [(0, 1), (1, 1), (2, 1), (3, 3), (4, 2)])
def test_the_selected_box_leads_to_its_round(
    model: DetectModel, selected: int, position: int
) -> None:
    trace = NmsModel(model)
    trace.go_to(0)
    model.selected = FIRST_ANCHOR + selected
    assert trace.position == position


def test_what_never_entered_nms_leads_nowhere(model: DetectModel) -> None:
    trace = NmsModel(model)
    trace.go_to(3)
    for anchor in (FIRST_ANCHOR + 5, 0, -1):
        model.selected = anchor
        assert trace.position == 3


def test_boxes_left_by_threshold(model: DetectModel) -> None:
    trace = NmsModel(model)
    left = dict(trace.kept_by_threshold())
    assert list(left) == [0.1, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert (left[0.1], left[0.45], left[0.5], left[0.7], left[1.0]) == (3, 3, 3, 4, 4)
    model.nms_topk = 2
    trace.update()
    assert trace.counts == NmsCounts(len(ENGINE.anchors()), 5, 2, 1)
    assert set(dict(trace.kept_by_threshold()).values()) == {1, 2}
    assert np.all(np.diff([number for _value, number in trace.kept_by_threshold()]) >= 0)


def test_the_first_anchor_keeps_and_is_removed_as_any_other() -> None:
    scores, offsets = quiet_scores(), np.zeros((len(ENGINE.anchors()), 4), np.float32)
    anchors, places = ENGINE.anchors().boxes, np.float32([BIG, AWAY])
    for anchor, score, place in ((0, 0.9, 0), (1, 0.8, 0), (2, 0.95, 1)):
        offsets[anchor] = encode(anchors[anchor][None], places[place][None], VARIANCES)[0]
        scores[anchor] = np.log([1 - score, score, 1e-9])
    model = crafted_page([(AWAY, 0.95, 0)])
    model.detector.reading = reading_of(scores, offsets)
    trace = NmsModel(model)
    assert (trace.version, trace.num_rounds) == (1, 2)
    model.selected = 1  # anchor 0 removes it, in the second round
    assert trace.position == 2
