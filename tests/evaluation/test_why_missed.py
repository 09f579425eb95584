"""Each stage by hand; on random input, that what is suggested works and nothing smaller does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.config import DetectConfig
from explorer.evaluation.detection_matching import match_detections
from explorer.evaluation.smallest_change import LEAST_SCORE, SettingChange
from explorer.evaluation.why_missed import NOBODY, ObjectVerdict, Outcome, why_missed
from explorer.ssd.boxes import iou
from explorer.ssd.detection import detect
from explorer.ssd.offsets import encode
from tests.decoding import detect_config
from tests.evaluation.test_detection_matching import near
from tests.ssd.inputs import GRID, random_boxes

BIG = (0.0, 0.0, 0.5, 0.5)
LOWER = (0.0, 0.125, 0.5, 0.625)  # IoU 0.6 with BIG
FLAT = (0.0, 0.0, 0.5, 0.25)  # IoU 0.5 with BIG
AWAY = (0.5, 0.5, 1.0, 1.0)
MOST_ANCHORS = 40
Box = tuple[float, float, float, float]


def judge(
    boxes: Sequence[Box],
    foreground: Sequence[Sequence[float]],
    *objects: tuple[int, Box],
    anchors: Sequence[Box] | None = None,
    **settings: float,
) -> list[ObjectVerdict]:
    """Verdicts where the anchors' boxes and the classes' probabilities are these."""
    places = np.float32(anchors or boxes)
    config = detect_config(**settings)
    offsets = encode(places, np.float32(boxes), config.variances)
    prob = np.float32(foreground)
    prob = np.concatenate([1 - prob.sum(axis=1, keepdims=True), prob], axis=1)
    labels = np.float32([(class_id, *box) for class_id, box in objects])
    return list(why_missed(labels, places, prob, offsets, config))


def test_found() -> None:
    first, second = judge([BIG, AWAY], [[0.6], [0.9]], (0, AWAY), (0, BIG))
    assert first == ObjectVerdict(
        0, Outcome.FOUND, anchor=1, class_id=0, score=pytest.approx(0.9), iou=1.0,
        best_anchor=1, best_anchor_iou=1.0, rank=1,
    )  # fmt: skip
    assert (second.outcome, second.anchor, second.rank) == (Outcome.FOUND, 0, 2)


def test_a_class_that_the_detector_does_not_know() -> None:
    (verdict,) = judge([BIG, AWAY], [[0.6], [0.9]], (-1, BIG))
    assert (verdict.outcome, verdict.anchor, verdict.change) == (Outcome.UNKNOWN_CLASS, 0, None)


def test_no_anchor_and_poor_box_are_told_apart_by_the_anchors() -> None:
    tiny = (0.0, 0.0, 0.25, 0.25)  # a quarter of the anchor
    (verdict,) = judge([BIG, AWAY], [[0.6], [0.9]], (0, tiny))
    assert (verdict.outcome, verdict.change) == (Outcome.NO_ANCHOR, None)
    assert (verdict.best_anchor, verdict.best_anchor_iou) == (0, 0.25)
    assert (verdict.anchor, verdict.iou) == (0, 0.25)
    # The anchor fits, and the network moves its box away.
    (verdict,) = judge([AWAY, AWAY], [[0.6], [0.9]], (0, BIG), anchors=[AWAY, BIG])
    assert (verdict.outcome, verdict.change) == (Outcome.POOR_BOX, None)
    assert (verdict.best_anchor, verdict.best_anchor_iou, verdict.iou) == (1, 1.0, 0.0)
    # No anchor fits, and yet the network's box does.
    (verdict,) = judge([BIG, AWAY], [[0.6], [0.9]], (0, BIG), anchors=[AWAY, AWAY])
    assert (verdict.outcome, verdict.best_anchor_iou) == (Outcome.FOUND, 0.0)


def test_without_anchors_there_is_nothing_to_tell() -> None:
    nothing = np.zeros((0, 4))
    labels = np.float32([[0, *BIG], [-1, *BIG]])
    known, unknown = why_missed(labels, nothing, np.zeros((0, 2)), nothing, detect_config())
    assert known == ObjectVerdict(0, Outcome.NO_ANCHOR)
    assert unknown == ObjectVerdict(1, Outcome.UNKNOWN_CLASS)
    assert why_missed(labels[:0], [BIG], [[0, 1]], np.zeros((1, 4)), detect_config()) == ()


def test_wrong_class() -> None:
    (verdict,) = judge([BIG, FLAT, AWAY], [[0.3, 0.6], [0.1, 0.2], [0.9, 0]], (0, BIG))
    assert (verdict.outcome, verdict.change) == (Outcome.WRONG_CLASS, None)
    assert (verdict.anchor, verdict.class_id) == (0, 1)
    assert verdict.score == pytest.approx(0.6)


def test_a_detection_of_another_class_says_more_than_an_unsure_box_of_its_own() -> None:
    boxes, scores = [BIG, BIG], [[0.1, 0.7], [0.3, 0]]
    (verdict,) = judge(boxes, scores, (0, BIG))
    assert (verdict.outcome, verdict.anchor) == (Outcome.WRONG_CLASS, 0)
    assert verdict.change == SettingChange("score_threshold", 0.3)
    # Unless there is an object of that class which it is counted for.
    verdict, _ = judge(boxes, scores, (0, BIG), (1, BIG))
    assert (verdict.outcome, verdict.anchor) == (Outcome.UNDER_THRESHOLD, 1)
    # A box that is sure enough, and suppressed, says more again.
    (verdict,) = judge(boxes, [[0.1, 0.7], [0.6, 0]], (0, BIG), force_suppress=True)
    assert verdict.outcome == Outcome.SUPPRESSED


@pytest.mark.parametrize(
    ("score", "outcome", "value"),
    [
        (0.43, Outcome.UNDER_THRESHOLD, 0.43),
        (0.4399, Outcome.UNDER_THRESHOLD, 0.43),
        (0.35, Outcome.UNDER_THRESHOLD, 0.35),  # as float32 a little less, on both sides
        (0.02, Outcome.UNDER_THRESHOLD, 0.02),
        (0.019, Outcome.LOW_SCORE, None),
    ],
)
def test_scores(score: float, outcome: Outcome, value: float | None) -> None:
    (verdict,) = judge([BIG, FLAT, AWAY], [[score], [0.01], [0.9]], (0, BIG))
    assert (verdict.outcome, verdict.anchor, verdict.rank) == (outcome, 0, 2)
    assert verdict.score == pytest.approx(score)
    assert verdict.change == (None if value is None else SettingChange("score_threshold", value))


def test_a_lower_threshold_does_not_help_what_nms_would_remove() -> None:
    # The other creature's box is surer, overlaps, and is counted for the other creature.
    boxes, scores = [BIG, LOWER], [[0.9], [0.3]]
    first, second = judge(boxes, scores, (0, BIG), (0, LOWER), nms_iou_threshold=0.6)
    assert first.outcome == Outcome.FOUND
    assert (second.outcome, second.change) == (Outcome.UNDER_THRESHOLD, None)
    second = judge(boxes, scores, (0, BIG), (0, LOWER), nms_iou_threshold=0.61)[1]
    assert (second.outcome, second.change) == (
        Outcome.UNDER_THRESHOLD,
        SettingChange("score_threshold", 0.3),
    )


def test_beyond_topk() -> None:
    boxes = [AWAY] * 30 + [BIG]
    scores = [[0.9]] * 30 + [[0.8]]
    (verdict,) = judge(boxes, scores, (0, BIG), nms_topk=7)
    assert (verdict.outcome, verdict.rank) == (Outcome.BEYOND_TOPK, 31)
    assert verdict.change == SettingChange("nms_topk", 31)


def test_suppressed_by_a_box_of_its_class() -> None:
    first, second = judge(
        [BIG, LOWER, LOWER], [[0.9], [0.8], [0.7]], (0, BIG), (0, LOWER), nms_iou_threshold=0.45
    )
    assert first.outcome == Outcome.FOUND
    assert (second.outcome, second.anchor, second.suppressor) == (Outcome.SUPPRESSED, 1, 0)
    assert second.suppressed_iou == pytest.approx(0.6)
    assert second.change == SettingChange("nms_iou_threshold", 0.61)


def test_a_float32_iou_just_above_the_slider_s_step_is_spared_by_it() -> None:
    # Its IoU is a little below 0.6, so 0.6 itself is enough.
    lower = (0.0, 0.126, 0.5, 0.626)
    overlap = float(iou([BIG], [lower])[0, 0])
    assert 0.59 < overlap < 0.6
    second = judge([BIG, lower], [[0.9], [0.8]], (0, BIG), (0, lower))[1]
    assert second.change == SettingChange("nms_iou_threshold", 0.6)


def test_suppressed_by_a_box_of_another_class() -> None:
    (verdict,) = judge([BIG, BIG], [[0.9, 0], [0, 0.8]], (1, BIG), force_suppress=True)
    assert (verdict.outcome, verdict.suppressor) == (Outcome.SUPPRESSED, 0)
    assert verdict.change == SettingChange("force_suppress", False)


def test_a_suppressed_object_that_a_less_sure_box_would_find() -> None:
    # No NMS IoU spares the second box, which lies upon the first; the third lies lower.
    boxes, scores = [BIG, BIG, LOWER], [[0.9], [0.8], [0.4]]
    objects = ((0, BIG), (0, (0.0, 0.0625, 0.5, 0.5625)))
    _, second = judge(boxes, scores, *objects, nms_iou_threshold=0.65)
    assert (second.outcome, second.anchor) == (Outcome.SUPPRESSED, 1)
    assert second.change == SettingChange("score_threshold", 0.4)


def test_taken() -> None:
    both = (0.0, 0.0625, 0.5, 0.5625)
    first, second = judge([BIG, AWAY, BIG], [[0.9], [0.8], [0.01]], (0, BIG), (0, both))
    assert first.outcome == Outcome.FOUND
    assert (second.outcome, second.anchor, second.taken_for) == (Outcome.TAKEN, 0, 0)
    assert second.iou == pytest.approx(7 / 9)
    assert second.change is None


class World:
    """A random image: what the network says, and objects near to what it says."""

    def __init__(self, seed: int, num_anchors: int, num_gt: int, on_grid: bool) -> None:
        rng = np.random.default_rng(seed)
        num_classes = int(rng.integers(1, 3))
        self.anchors = random_boxes(rng, num_anchors, on_grid, least_size=1 / GRID)
        self.offsets = np.zeros((num_anchors, 4), np.float32)
        if on_grid:  # eighths: many equal scores, and many at the threshold
            self.prob = rng.integers(0, 9, (num_anchors, num_classes + 1)).astype(np.float32) / 8
        else:
            self.offsets += rng.normal(0, 0.5, (num_anchors, 4)).astype(np.float32)
            self.prob = rng.random((num_anchors, num_classes + 1), np.float32) ** 4
        # Objects close to each other, so that NMS and matching make them rivals.
        boxes = near(rng, self.anchors[: 1 + num_anchors // 4], num_gt, on_grid)
        classes = rng.integers(0, num_classes, (num_gt, 1))
        self.labels = np.concatenate([classes, boxes], axis=1).astype(np.float32)

    def verdicts(self, config: DetectConfig) -> tuple[ObjectVerdict, ...]:
        return why_missed(self.labels, self.anchors, self.prob, self.offsets, config)

    def finds(self, gt: int, config: DetectConfig) -> bool:
        detections = detect(self.anchors, self.prob, self.offsets, config)
        return gt in match_detections(detections, self.labels)

    def helps(self, gt: int, config: DetectConfig, change: SettingChange) -> bool:
        return self.finds(gt, change.apply(config))


def all_changes(config: DetectConfig) -> Iterator[list[SettingChange]]:
    """Every change that the controls allow towards more boxes; for each setting, growing."""
    yield [
        SettingChange("score_threshold", step / 100)
        for step in range(100, -1, -1)
        if LEAST_SCORE <= step / 100 < config.score_threshold
    ]
    yield [
        SettingChange("nms_iou_threshold", step / 100)
        for step in range(101)
        if step / 100 > config.nms_iou_threshold
    ]
    if config.nms_topk > 0:
        yield [
            SettingChange("nms_topk", number)
            for number in range(config.nms_topk + 1, MOST_ANCHORS + 1)
        ]
    if config.force_suppress:
        yield [SettingChange("force_suppress", False)]


configs = st.builds(
    detect_config,
    score_threshold=st.sampled_from([0.02, 0.1, 0.25, 0.375, 0.5, 0.75, 0.777]),
    nms_iou_threshold=st.sampled_from([0.05, 0.2, 0.25, 1 / 3, 0.45, 0.5, 0.6, 0.75, 0.9]),
    nms_topk=st.sampled_from([-1, 0, 1, 4, 10, 400]),
    force_suppress=st.booleans(),
    clip=st.booleans(),
)
worlds = st.builds(
    World,
    seed=st.integers(0, 2**32 - 1),
    num_anchors=st.integers(1, MOST_ANCHORS),
    num_gt=st.integers(1, 4),
    on_grid=st.booleans(),
)
SETTINGS = settings(max_examples=150, deadline=None, derandomize=True)


@SETTINGS
@given(world=worlds, config=configs)
def test_found_is_what_matching_finds(world: World, config: DetectConfig) -> None:
    for verdict in world.verdicts(config):
        found = verdict.outcome == Outcome.FOUND
        assert found == world.finds(verdict.gt, config)
        assert not (found and verdict.change)


@SETTINGS
@given(world=worlds, config=configs)
def test_the_change_works_and_no_smaller_one_does(world: World, config: DetectConfig) -> None:
    for verdict in world.verdicts(config):
        if verdict.change is None:
            continue
        assert world.helps(verdict.gt, config, verdict.change)
        for changes in all_changes(config):
            if verdict.change in changes:
                smaller = changes[: changes.index(verdict.change)]
                assert not any(world.helps(verdict.gt, config, each) for each in smaller)
                break
        else:
            pytest.fail(f"{verdict.change} is nothing that the controls allow")


@settings(SETTINGS, max_examples=40)
@given(world=worlds, config=configs)
def test_where_no_change_is_suggested_none_helps(world: World, config: DetectConfig) -> None:
    for verdict in world.verdicts(config):
        if verdict.change is None and verdict.outcome != Outcome.FOUND:
            for changes in all_changes(config):
                assert not any(world.helps(verdict.gt, config, each) for each in changes)


@SETTINGS
@given(world=worlds, config=configs)
def test_what_is_said_of_the_box_is_true(world: World, config: DetectConfig) -> None:
    detections = detect(world.anchors, world.prob, world.offsets, config)
    everything = detect_config(score_threshold=0, nms_iou_threshold=1, nms_topk=0, clip=config.clip)
    all_boxes = detect(world.anchors, world.prob, world.offsets, everything).candidates
    best = iou(world.anchors, world.labels[:, 1:])
    for verdict in world.verdicts(config):
        row = all_boxes.anchor.tolist().index(verdict.anchor)
        overlap = iou(all_boxes.boxes, world.labels[verdict.gt : verdict.gt + 1, 1:])[:, 0]
        fits = overlap >= 0.5
        right = fits & (all_boxes.class_id == world.labels[verdict.gt, 0])
        assert (verdict.class_id, verdict.score, verdict.iou, verdict.rank) == (
            all_boxes.class_id[row], all_boxes.score[row], overlap[row], row + 1
        )  # fmt: skip
        assert verdict.best_anchor_iou == best[verdict.best_anchor, verdict.gt]
        assert verdict.best_anchor_iou == best[:, verdict.gt].max()
        assert verdict.suppressor == detections.suppressed_by[verdict.anchor]
        if verdict.outcome in (Outcome.NO_ANCHOR, Outcome.POOR_BOX):
            assert not fits.any()
            assert (verdict.outcome == Outcome.NO_ANCHOR) == (verdict.best_anchor_iou < 0.5)
        elif verdict.outcome == Outcome.LOW_SCORE:
            assert all_boxes.score[fits].max() == verdict.score < LEAST_SCORE
        elif verdict.outcome == Outcome.WRONG_CLASS:
            assert fits[row]
            assert verdict.class_id != world.labels[verdict.gt, 0]
            assert all_boxes.score[right].max(initial=0) < config.score_threshold
        else:
            assert right[row]
        if verdict.outcome == Outcome.UNDER_THRESHOLD:
            assert LEAST_SCORE <= verdict.score < config.score_threshold
        if verdict.outcome == Outcome.SUPPRESSED:
            assert np.float32(config.nms_iou_threshold) <= verdict.suppressed_iou
        if verdict.outcome == Outcome.TAKEN:
            assert verdict.taken_for not in (NOBODY, verdict.gt)


def test_the_random_worlds_have_every_outcome_and_every_change() -> None:
    """Else the properties above would say nothing of it."""
    outcomes, changed = set(), set()
    for seed in range(200):
        world = World(seed, num_anchors=30, num_gt=4, on_grid=seed % 2 == 0)
        config = detect_config(
            nms_topk=(400, 4)[seed % 3 == 0], force_suppress=seed % 4 < 2, nms_iou_threshold=0.3
        )
        for verdict in world.verdicts(config):
            outcomes.add(verdict.outcome)
            changed |= {verdict.change.setting} if verdict.change else set()
    assert outcomes == set(Outcome) - {Outcome.UNKNOWN_CLASS}
    assert changed == {"score_threshold", "nms_iou_threshold", "nms_topk", "force_suppress"}


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        judge([BIG], [[float("nan")]], (0, BIG))
