from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from explorer.config import ANCHOR_PRESETS, MatchConfig
from explorer.engine.operators import multibox_target  # the oracle
from explorer.pages.anchors.detail import anchor_detail
from explorer.pages.anchors.matching.agreement import compare_with_mxnet
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.replay import stand_in_scores
from explorer.pages.anchors.scene import AnchorScene, build_scene
from explorer.pages.anchors.state import AnchorsState, GroundTruth
from explorer.pages.anchors.words import headline, positives_reason, step_text
from explorer.pages.shared.anchor_kind import AnchorKind

LEFT, RIGHT = (0.1, 0.2, 0.45, 0.6), (0.12, 0.2, 0.47, 0.6)


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    # A coarse grid makes ties between anchors and between objects likely.
    left, top = draw(st.integers(0, 14)), draw(st.integers(0, 14))
    right, bottom = draw(st.integers(left + 1, 16)), draw(st.integers(top + 1, 16))
    return left / 16, top / 16, right / 16, bottom / 16


objects = st.lists(st.builds(GroundTruth, class_id=st.integers(0, 3), box=boxes()), max_size=6)
settings_of_matching = st.builds(
    MatchConfig,
    match_iou_threshold=st.integers(0, 100).map(lambda percent: percent / 100),
    negative_mining_ratio=st.sampled_from([-1.0, 0.5, 3.0, 10.0]),
    negative_mining_threshold=st.sampled_from([0.3, 0.5, 0.9]),
)
states = st.builds(
    AnchorsState,
    anchors=st.sampled_from([ANCHOR_PRESETS["toy-ssd"], ANCHOR_PRESETS["creature"]]),
    input_shape_px=st.sampled_from([(256, 256), (128, 256), (192, 128)]),
    objects=objects.map(tuple),
    match=settings_of_matching,
)


def scene_of(state: AnchorsState) -> AnchorScene:
    """The scene of a state, unless its mining wants more negatives than there are."""
    try:
        return build_scene(state)
    except ValueError as refused:
        if "mining wants more negatives" not in str(refused):
            raise
        reject()


@settings(max_examples=60, deadline=None)
@given(states)
def test_the_last_step_is_what_mxnet_computes(state: AnchorsState) -> None:
    scene = scene_of(state)
    scores = stand_in_scores(scene.replay.iou, scene.labels)
    _offsets, mask, cls_target = multibox_target(
        scene.grid.boxes, scene.labels[None], scores[None], state.match
    )
    kinds = scene.kinds
    positive = (kinds == AnchorKind.FORCED) | (kinds == AnchorKind.OVER_THRESHOLD)

    np.testing.assert_array_equal(positive, mask[0].reshape(-1, 4)[:, 0] > 0)
    np.testing.assert_array_equal(kinds == AnchorKind.IGNORED, cls_target[0] == -1)
    np.testing.assert_array_equal(positive, cls_target[0] > 0)
    mining = state.match.negative_mining_ratio > 0 and bool(state.objects)
    negative = AnchorKind.MINED if mining else AnchorKind.BACKGROUND
    np.testing.assert_array_equal(kinds == negative, cls_target[0] == 0)
    assert compare_with_mxnet(scene).equal


@settings(max_examples=100, deadline=None)
@given(states)
def test_a_state_survives_json(state: AnchorsState) -> None:
    assert AnchorsState.model_validate_json(state.model_dump_json()) == state


@settings(max_examples=30, deadline=None)
@given(states)
def test_each_step_changes_as_many_anchors_as_it_says(state: AnchorsState) -> None:
    story = scene_of(state).replay
    before = story.kinds(0)
    for number, step in enumerate(story.steps, start=1):
        after = story.kinds(number)
        if step.what == "mining":
            assert (after == AnchorKind.MINED).sum() == step.num_changed
        else:
            assert (after != before).sum() == step.num_changed
            assert (before[after != before] == AnchorKind.BACKGROUND).all()
        before = after
    np.testing.assert_array_equal(story.kinds(len(story.steps)), story.kinds())


def two_rivals(**changes: object) -> AnchorScene:
    """Two objects whose best anchor is the same one."""
    state = AnchorsState(objects=(GroundTruth(box=LEFT), GroundTruth(class_id=1, box=RIGHT)))
    return build_scene(AnchorsState.model_validate({**dict(state), **changes}))


def test_rivals_are_forced_in_rounds_by_falling_iou() -> None:
    scene = two_rivals()
    rounds = [step for step in scene.replay.steps if step.what == "forced"]

    assert len(rounds) == 2
    assert rounds[0].iou >= rounds[1].iou
    assert {step.gt for step in rounds} == {0, 1}
    assert rounds[0].anchor != rounds[1].anchor
    assert rounds[0].iou == pytest.approx(float(scene.replay.iou.max()))


def test_the_words_of_each_step() -> None:
    model = AnchorsModel(two_rivals(match=MatchConfig(negative_mining_ratio=3.0)).state)
    texts = []
    for step in range(5):
        model.go_to_step(step)
        texts.append(step_text(model.scene))

    assert texts[0] == "Before matching: every anchor is background."
    assert texts[1].startswith("Forced round 1: the highest IoU left, ")
    assert texts[2].startswith("Forced round 2: ")
    over = model.scene.replay.steps[2].num_changed
    assert texts[3].startswith("Threshold: ")
    assert texts[3].endswith(f"{over} do.")
    assert texts[4].startswith(f"Mining: 3 negatives for each of the {over + 2} positives")
    assert f"below IoU 0.50: {3 * (over + 2)}." in texts[4]


def test_without_an_object_the_image_trains_nothing() -> None:
    scene = build_scene(AnchorsState(objects=()))
    assert (scene.kinds == AnchorKind.IGNORED).all()
    assert scene.replay.steps == ()
    assert headline(scene) == "No object"
    assert step_text(scene) == "Nothing to match."
    assert anchor_detail(scene) is None
    assert compare_with_mxnet(scene).equal


def test_an_object_that_lost_its_best_anchor_says_so() -> None:
    same = AnchorsState(objects=(GroundTruth(box=LEFT), GroundTruth(box=LEFT)), selected=1)
    assert positives_reason(build_scene(same)).startswith("Its best anchor went to another object")


def test_too_few_negatives_are_one_sentence_and_change_nothing() -> None:
    model = AnchorsModel(two_rivals().state)
    before = model.state
    with pytest.raises(ValueError, match="lower negative_mining_ratio"):
        model.change(
            match=MatchConfig(negative_mining_ratio=1000.0, negative_mining_threshold=0.001)
        )
    assert model.state is before


def test_a_difference_from_mxnet_is_said() -> None:
    scene = two_rivals()
    targets = scene.replay.targets
    targets.cls_target[7] = 1 - targets.cls_target[7]
    targets.offsets[9] += 1

    agreement = compare_with_mxnet(scene)

    assert (agreement.num_moved, agreement.num_matched_otherwise) == (0, 1)
    assert agreement.num_other_offsets == 1
    assert agreement.text.startswith("differs from MXNet's operator: of 5,444 anchors 0 lie")


def test_the_offsets_of_one_anchor_are_those_of_equation_two() -> None:
    # Cell (2, 1) of the 8×8 map: centre (0.1875, 0.3125), size 0.54; object of 64 × 128 px.
    state = AnchorsState(
        objects=(GroundTruth(box=(0.25, 0.25, 0.5, 0.75)),), layer=2, row=2, column=1
    )
    detail = anchor_detail(build_scene(state))

    assert detail is not None
    raw = ((0.375 - 0.1875) / 0.54, (0.5 - 0.3125) / 0.54, np.log(0.25 / 0.54), np.log(0.5 / 0.54))
    assert detail.raw == pytest.approx(raw, abs=1e-5)
    scaled = (raw[0] / 0.1, raw[1] / 0.1, raw[2] / 0.2, raw[3] / 0.2)
    assert detail.scaled == pytest.approx(scaled, abs=1e-4)
    assert detail.gt_px == (64, 64, 128, 192)
    assert detail.decoded_px == pytest.approx(detail.gt_px, abs=1e-3)
    assert not detail.matched
