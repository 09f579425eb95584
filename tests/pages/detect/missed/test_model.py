from __future__ import annotations

import numpy as np
import pytest

from explorer.evaluation.smallest_change import LEAST_SCORE, SettingChange
from explorer.pages.detect.compared_numbers import compared
from explorer.pages.detect.detection_rows import LOWEST_SCORE
from explorer.pages.detect.missed.model import MissedModel
from explorer.pages.detect.missed.words import back_text, button_text
from explorer.pages.detect.model import DetectModel
from tests.pages.detect.crafted import AWAY, BIG, FIRST_ANCHOR, LOWER, crafted_page
from tests.pages.detect.readings import ENGINE

DOG = "<b>dog</b>"
TINY = (0.9, 0.02, 0.92, 0.04)
GRID = ENGINE.anchors()


@pytest.fixture
def model() -> DetectModel:
    """Two cats that overlap by 0.6, and a sure box for each."""
    return crafted_page([(BIG, 0.9, 0), (LOWER, 0.8, 0)], [("cat", BIG), ("cat", LOWER)])


def stories(model: DetectModel) -> list[str]:
    return [f"{o.name}: {o.text} {o.remedy}".rstrip() for o in MissedModel(model).objects]


def test_no_threshold_is_suggested_that_the_page_does_not_have() -> None:
    assert LEAST_SCORE == LOWEST_SCORE


def test_found_and_suppressed(model: DetectModel) -> None:
    assert stories(model) == [
        "Cat 1: Found by box 1: score 0.90, IoU 1.00.",
        "Cat 2: Its box, score 0.80, is suppressed by box 1: IoU 0.60 ≥ 0.45. NMS IoU 0.61 "
        "brings it back.",
    ]
    missed = MissedModel(model)
    assert missed.headline() == "1 of 2 objects are found."
    first, second = missed.objects
    np.testing.assert_allclose(second.truth, LOWER)
    np.testing.assert_allclose(second.box, LOWER, atol=1e-6)
    np.testing.assert_allclose(second.suppressor, BIG, atol=1e-6)
    assert (second.box_label, second.suppressor_label) == ("a box, 0.80", "box 1")
    np.testing.assert_array_equal(second.anchor, GRID.boxes[second.verdict.best_anchor])
    assert (first.box_label, first.suppressor) == ("box 1, 0.90", None)


def test_a_change_is_applied_and_taken_back(model: DetectModel) -> None:
    missed = MissedModel(model)
    change = missed.objects[1].verdict.change
    assert button_text(change) == "Set NMS IoU to 0.61"
    missed.apply(change)
    missed.update()
    assert model.nms_iou_threshold == 0.61
    assert [each.is_found for each in missed.objects] == [True, True]
    assert missed.headline() == "All 2 objects are found."
    assert missed.before == SettingChange("nms_iou_threshold", 0.45)
    assert back_text(missed.before) == "Back to 0.45"
    missed.undo()
    missed.update()
    assert (model.nms_iou_threshold, missed.before) == (0.45, None)
    assert missed.headline() == "1 of 2 objects are found."
    missed.undo()
    assert model.nms_iou_threshold == 0.45


def test_an_undo_is_offered_while_its_value_stands(model: DetectModel) -> None:
    missed = MissedModel(model)
    missed.apply(missed.objects[1].verdict.change)
    model.nms_iou_threshold = 0.6099999999999999  # what a slider gives back
    model.score_threshold = 0.3  # another setting
    assert missed.before == SettingChange("nms_iou_threshold", 0.45)
    model.nms_iou_threshold = 0.7
    assert missed.before is None


def test_words_of_each_stage() -> None:
    model = crafted_page(
        [(BIG, 0.1, 0.6), (AWAY, 0.4567, 0.0)],
        [("cat", BIG), ("cat", AWAY), ("cow", BIG), ("cat", TINY)],
    )
    cat, under, cow, tiny = stories(model)
    assert cat == (
        "Cat 1: A box fits it, but the model takes it for <b>dog</b>, score 0.60. No setting "
        "helps; more training may."
    )
    assert under == (
        "Cat 2: Its surest box has score 0.457 < 0.500. Score threshold 0.45 brings it back."
    )
    assert cow == (
        "Cow 3: The model has no such class; it knows cat, <b>dog</b>. Give the object one of "
        "these names, or choose another model."
    )
    assert tiny.startswith("Cat 4: No anchor fits it: the best overlaps it by IoU 0.0")
    assert tiny.endswith("No setting helps; anchors of its size would: see the Anchors page.")

    beside = stories(crafted_page([(BIG, 0, 0.9)], [("cat", BIG), (DOG, BIG)]))
    assert beside[0] == (
        "Cat 1: Box 1 fits it, but is taken for <b>dog</b> and counts for <b>dog</b> 2. No setting "
        "helps; more training may."
    )
    (unsure,) = stories(crafted_page([(BIG, 0.1, 0.9), (BIG, 0.305, 0)], [("cat", BIG)]))
    assert unsure.endswith("<b>dog</b>, score 0.90. Score threshold 0.30 brings it back.")
    (low,) = stories(crafted_page([(BIG, 0.01, 0.0)], [("cat", BIG)]))
    assert low == (
        "Cat 1: The model does not see it: of the boxes that fit it, the surest has score 0.01. "
        "No setting helps; more training may."
    )
    taken = stories(crafted_page([(BIG, 0.9, 0)], [("cat", BIG), ("cat", LOWER)]))[1]
    assert taken == (
        "Cat 2: Box 1 fits it too (IoU 0.60), but counts for Cat 1; no second box that fits has "
        "a score of 0.02 or more. No change of one setting brings it back."
    )


def test_what_would_happen_behind_a_lower_threshold() -> None:
    both = [("cat", BIG), ("cat", LOWER)]
    second = stories(crafted_page([(BIG, 0.9, 0), (LOWER, 0.3, 0)], both))[1]
    assert second == (
        "Cat 2: Its surest box has score 0.30 < 0.50. A lower score threshold alone does not bring "
        "it back. Then: Its box, score 0.30, is suppressed by box 1: IoU 0.60 ≥ 0.45. NMS IoU 0.61 "
        "brings it back."
    )


def test_a_chosen_object_is_what_the_page_is_asked_about(model: DetectModel) -> None:
    missed = MissedModel(model)
    missed.choose(1)
    assert (missed.selected, model.selected) == (1, FIRST_ANCHOR + 1)


def test_top_k_and_classes() -> None:
    model = crafted_page([(AWAY, 0.9, 0)] * 3 + [(BIG, 0.8, 0)], [("cat", BIG)])
    model.nms_topk = 2
    assert stories(model) == [
        "Cat 1: Its surest box is number 4 by score, and only the best 2 enter NMS. Letting the "
        "best 4 into NMS brings it back."
    ]
    assert button_text(SettingChange("nms_topk", 4)) == "Let the best 4 into NMS"
    assert back_text(SettingChange("nms_topk", 2)) == "Back to 2"
    assert back_text(SettingChange("nms_topk", -1)) == "Back to all"

    model = crafted_page([(BIG, 0, 0.9), (BIG, 0.8, 0)], [("cat", BIG)])
    model.force_suppress = True
    assert stories(model) == [
        "Cat 1: Its box, score 0.80, is suppressed by box 1, a <b>dog</b>: IoU 1.00 ≥ 0.45. "
        "Suppressing within a class only brings it back."
    ]
    missed = MissedModel(model)
    missed.apply(missed.objects[0].verdict.change)
    missed.update()
    assert not model.force_suppress
    assert missed.headline() == "The object is found."
    assert back_text(missed.before) == "Suppress across classes again"
    assert button_text(SettingChange("force_suppress", False)) == "Suppress within a class only"
    assert button_text(SettingChange("score_threshold", 0.4)) == "Set score threshold to 0.40"


def test_it_follows_the_truth_the_threshold_and_the_picture(model: DetectModel) -> None:
    missed = MissedModel(model)
    version = missed.version
    missed.update()
    assert missed.version == version
    missed.selected = 1
    model.truth = model.truth[:1]
    missed.update()
    assert (missed.version, len(missed.objects), missed.selected) == (version + 1, 1, 0)
    model.score_threshold = 0.95
    missed.update()
    assert missed.objects[0].verdict.change == SettingChange("score_threshold", 0.9)
    model.truth = ()
    missed.update()
    assert missed.object is None
    assert missed.headline().startswith("No object is known in this picture. Draw one with")
    model.detector.reading = None
    missed.update()
    assert missed.headline() == "Nothing was detected yet."


def test_the_anchor_that_found_it_is_named(model: DetectModel) -> None:
    assert MissedModel(model).objects[0].verdict.anchor == FIRST_ANCHOR


@pytest.mark.parametrize(
    ("number", "threshold", "text"),
    [
        (0.43, 0.5, "0.43 < 0.50"),
        (0.45, 0.45, "0.45 ≥ 0.45"),
        (0.4996, 0.5, "0.4996 < 0.5000"),
        (0.757, 0.76, "0.757 < 0.760"),
        (0.76, 0.757, "0.760 ≥ 0.757"),
        (0.5 - 1e-9, 0.5, "0.500000 < 0.500000"),
    ],
)
def test_numbers_are_told_apart(number: float, threshold: float, text: str) -> None:
    assert compared(number, threshold) == text
