"""Which mistakes are looked at, why they are what they are, and what the page says of them."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.config import DetectConfig
from explorer.evaluation.dataset_nms import DatasetNms
from explorer.evaluation.error_types import ErrorType
from explorer.evaluation.raw_predictions import RawPredictions
from explorer.pages.detect.whole_set.mistake_cases import Case, Selection, case_of, members_of
from explorer.pages.detect.whole_set.mistake_reasons import case_reason
from explorer.pages.detect.whole_set.mistake_words import (
    advice,
    choices,
    figures,
    matrix_class_name,
)
from explorer.pages.detect.whole_set.verdict import DatasetVerdict, reach_verdict
from tests.decoding import VARIANCES

Box = tuple[float, float, float, float]

A = (0.0, 0.0, 0.5, 0.5)
HALF = (0.0, 0.0, 0.5, 0.25)
"""IoU 0.5 with A."""
THIRD = (0.0, 0.0, 0.25, 0.375)
"""IoU 0.375 with A."""
B = (0.5, 0.5, 1.0, 1.0)
FAR = (0.75, 0.0, 1.0, 0.25)
TINY = (0.6, 0.1, 0.65, 0.15)
"""Anchors of the sizes above overlap it by 0.04."""

CONFIG = DetectConfig(score_threshold=0.5, nms_iou_threshold=0.9)


def verdict_on(
    candidates: list[list[tuple[int, float, Box]]],
    labels: list[list[tuple[int, Box]]],
    config: DetectConfig = CONFIG,
) -> DatasetVerdict:
    """Return the verdict on candidates, an anchor each, of classes <a> and b."""
    rows = [
        (number, *row)
        for number, image in enumerate(candidates)
        for row in sorted(image, key=lambda row: -row[1])
    ]
    raw = RawPredictions(
        anchors=np.array([row[3] for row in rows] or [A], np.float32),
        image=np.array([row[0] for row in rows], np.int32),
        anchor=np.arange(len(rows), dtype=np.int32),
        class_id=np.array([row[1] for row in rows], np.int32),
        score=np.array([row[2] for row in rows], np.float32),
        offsets=np.zeros((len(rows), 4), np.float32),
        labels=tuple(
            np.array([(c, *box) for c, box in image], np.float32).reshape(-1, 5) for image in labels
        ),
        class_names=("<a>", "b"),
        variances=VARIANCES,
        multi_label=False,
        lowest_score=0.01,
    )
    return reach_verdict(DatasetNms(raw), config)


def cases(verdict: DatasetVerdict, selection: Selection) -> list[Case]:
    members = members_of(verdict, selection)
    return [
        case_of(verdict, bool(is_gt), int(row))
        for is_gt, row in zip(members.is_gt, members.row, strict=True)
    ]


@pytest.fixture(scope="module")
def mixed() -> DatasetVerdict:
    """By falling score: nothing, right, wrong class; then right and a box that fits too badly."""
    return verdict_on(
        [
            [(0, 0.9, FAR), (0, 0.8, A), (1, 0.7, A), (1, 0.3, B)],
            [(1, 0.6, B), (1, 0.55, B), (0, 0.52, THIRD)],
        ],
        [[(0, A), (1, B)], [(1, B), (0, A), (0, TINY)]],
        CONFIG.with_(nms_iou_threshold=1.0, score_threshold=0.51),
    )


def test_mistakes_come_with_the_costliest_first(mixed: DatasetVerdict) -> None:
    found = cases(mixed, Selection("mistakes"))
    assert [case.cost for case in found] == sorted((case.cost for case in found), reverse=True)
    assert {(case.is_gt, case.image) for case in found} == {
        (False, 0),
        (False, 1),
        (True, 0),
        (True, 1),
    }
    assert len(found) == sum(mixed.errors.counts().values())
    assert {case.row for case in cases(mixed, Selection("wrong"))} == set(
        np.flatnonzero(mixed.errors.detection_type >= 0)
    )
    # Of class b half of the objects are missing: each costs more. Then the larger one first.
    unfound = [case.gt for case in cases(mixed, Selection("unfound"))]
    np.testing.assert_allclose(unfound, [B, A, TINY])


def test_a_case_has_what_is_drawn_of_it(mixed: DatasetVerdict) -> None:
    (case,) = cases(mixed, Selection("type", error_type=int(ErrorType.CLASS)))
    assert (case.image, case.detection, case.gt, case.others) == (0, A, A, (B,))
    assert (case.detection_class, case.gt_class) == ("b", "<a>")
    assert case.score == pytest.approx(0.7)
    (case,) = cases(mixed, Selection("type", error_type=int(ErrorType.BACKGROUND)))
    assert (case.detection, case.gt, case.gt_class, case.others) == (FAR, None, "", (A, B))


@pytest.mark.parametrize("truth", [0, 1, 2])
@pytest.mark.parametrize("prediction", [0, 1, 2])
def test_a_cell_has_as_many_cases_as_its_number(
    mixed: DatasetVerdict, truth: int, prediction: int
) -> None:
    found = cases(mixed, Selection("cell", truth=truth, prediction=prediction))
    assert len(found) == mixed.confusion.counts[truth, prediction]
    for case in found:
        assert case.is_gt == (prediction == 2)
        if prediction < 2:
            assert case.detection_class == mixed.class_names[prediction]


def test_right_detections_come_with_the_least_sure_first() -> None:
    verdict = verdict_on([[(0, 0.6, A)], [(0, 0.9, A)], [(0, 0.7, A)]], [[(0, A)]] * 3)
    found = cases(verdict, Selection("cell", truth=0, prediction=0))
    assert [case.image for case in found] == [0, 2, 1]
    assert [case.cost for case in found] == [0, 0, 0]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([(0, 0.9, HALF)], "It overlaps the <a> by 0.50."),
        ([(1, 0.9, HALF)], "Called b, but this is a <a>; they overlap by 0.50."),
        ([(0, 0.9, THIRD)], "It overlaps the <a> by 0.37 only; 0.50 is needed."),
        ([(1, 0.9, THIRD)], "No b is near; an object of another class is"),
        ([(0, 0.9, FAR)], "There is no object here."),
        (
            [(0, 0.9, A), (0, 0.8, HALF)],
            "The <a> is found already, with 0.90. The two boxes overlap by 0.50: with an NMS IoU "
            "of no more than that, this one goes.",
        ),
    ],
)
def test_why_a_detection_is_what_it_is(
    candidates: list[tuple[int, float, Box]], expected: str
) -> None:
    verdict = verdict_on([candidates], [[(0, A)]])
    last = case_of(verdict, False, len(candidates) - 1)
    assert case_reason(verdict, last).startswith(expected)


def test_the_advice_of_a_duplicate_is_true() -> None:
    candidates = [[(0, 0.9, A), (0, 0.8, HALF)]]
    at_most = verdict_on(candidates, [[(0, A)]], CONFIG.with_(nms_iou_threshold=0.5))
    assert at_most.errors.counts()[ErrorType.DUPLICATE] == 0


@pytest.mark.parametrize(
    ("candidates", "gt", "expected"),
    [
        ([(0, 0.3, A)], A, "A box finds it with 0.30 only, which is below the score threshold."),
        ([(1, 0.9, A)], A, "Mistaken for b."),
        ([(0, 0.9, THIRD)], A, "Only a box that overlaps it too little was found."),
        ([(1, 0.02, A)], A, "The nearest candidate of any score overlaps it by 1.00."),
        (
            [(0, 0.02, FAR)],
            TINY,
            "No anchor overlaps it by 0.50, the best one by 0.00: it is in the anchors' blind "
            "zone.",
        ),
        ([], A, "No candidate is near, whatever its score."),
    ],
)
def test_why_an_object_was_not_found(
    candidates: list[tuple[int, float, Box]], gt: Box, expected: str
) -> None:
    verdict = verdict_on([candidates], [[(0, gt)]])
    (case,) = cases(verdict, Selection("unfound"))
    assert case_reason(verdict, case) == expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([(0, 0.9, A), (0, 0.8, HALF)], "A box that fits, with 0.80, did not survive NMS"),
        ([(0, 0.9, A), (0, 0.3, HALF)], "The best box that fits has 0.30, and NMS removes it."),
        ([(0, 0.9, A)], "The box that fits it belongs to another object"),
    ],
)
def test_why_a_better_box_hides_an_object(
    candidates: list[tuple[int, float, Box]], expected: str
) -> None:
    # The better box finds the one object; what fits the other overlaps it too much.
    config = CONFIG.with_(nms_iou_threshold=0.45)
    verdict = verdict_on([candidates], [[(0, A), (0, HALF)]], config)
    (case,) = cases(verdict, Selection("unfound"))
    assert case.gt == HALF
    assert case_reason(verdict, case).startswith(expected)


def test_the_figures_say_what_they_count(mixed: DatasetVerdict) -> None:
    told = {each.name: (each.value, each.meaning) for each in figures(mixed)}
    point = mixed.point
    shown = point.num_right + point.num_wrong
    assert told["Precision"] == (
        f"{point.num_right / shown:.1%}",
        f"{point.num_right} of {shown} boxes are right",
    )
    assert told["Recall"] == ("40.0%", "2 of 5 objects are found")
    assert list(told) == ["Precision", "Recall", "F1", "AP50", "AP75", "mAP"]


def test_what_does_not_exist_is_a_dash() -> None:
    empty = verdict_on([[]], [[]])
    assert [each.value for each in figures(empty)] == ["–"] * 6
    assert advice(empty) == ["The detector says nothing about these images, at any score."]
    no_object = verdict_on([[(0, 0.9, A)]], [[]])
    values = {each.name: each.value for each in figures(no_object)}
    assert (values["Precision"], values["Recall"], values["AP50"]) == ("0.0%", "–", "–")
    assert advice(no_object) == ["The data set has no object: nothing can be found."]


def test_nothing_detected_at_this_threshold_names_a_better_one() -> None:
    verdict = verdict_on([[(0, 0.349, A), (0, 0.2, FAR)]], [[(0, A)]])
    assert figures(verdict)[0] == ("Precision", "–", "no box reaches the score threshold")
    best, costliest = advice(verdict)
    assert best == "The best F1 is 1.000, at a score threshold of 0.34."
    # Over all scores, where the box counts that is not shown, AP50 is 1.
    assert figures(verdict)[3].value == "1.000"
    assert costliest == (
        "With the boxes above threshold 0.50 alone, AP50 is 0.000; without the costliest type of "
        "mistakes, “Missed” (an object that no box above the score threshold finds or nearly "
        "finds), it would be 1.000."
    )
    # It keeps what it says.
    lower = verdict_on(
        [[(0, 0.349, A), (0, 0.2, FAR)]], [[(0, A)]], CONFIG.with_(score_threshold=0.34)
    )
    assert lower.point.f1 == 1


def test_mistakes_that_cost_nothing_are_said_to() -> None:
    verdict = verdict_on([[(0, 0.9, A), (0, 0.6, FAR)]], [[(0, A)]])
    assert advice(verdict)[1].startswith("The mistakes cost no AP50")


def test_every_choice_has_as_many_cases_as_it_says(mixed: DatasetVerdict) -> None:
    offered = list(choices(mixed))
    for text, selection in offered:
        assert text.endswith(f"({len(members_of(mixed, selection).row)})"), text
    texts = [text for text, _selection in offered]
    assert "<a>, detected as <a> (1)" in texts
    assert "nothing, detected as <a> (2)" in texts
    assert matrix_class_name(mixed, 2, predicted=True) == "not found"


def test_only_another_score_threshold_uses_the_matching_again(mixed: DatasetVerdict) -> None:
    same = reach_verdict(mixed.nms, mixed.config.with_(score_threshold=0.9), mixed)
    assert same.judgement is mixed.judgement
    assert same.errors.number == 1
    other = reach_verdict(mixed.nms, mixed.config.with_(nms_iou_threshold=0.3), mixed)
    assert other.judgement is not mixed.judgement
