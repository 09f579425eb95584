from __future__ import annotations

import numpy as np

from explorer.datasets import open_dataset
from explorer.pages.anchors.coverage.fit import size_plane
from explorer.pages.anchors.scene import build_scene
from explorer.pages.anchors.state import labelled_objects
from explorer.pages.anchors.tour.steps import TourStep, tour_steps
from explorer.pages.shared.anchor_kind import AnchorKind


def steps() -> dict[str, TourStep]:
    objects = labelled_objects(open_dataset("sample", "val").labels[0])
    return {step.title: step for step in tour_steps(objects)}


def test_there_are_at_most_ten_short_steps() -> None:
    assert 8 <= len(steps()) <= 10
    assert max(len(step.text) for step in steps().values()) < 320


def test_what_a_step_says_is_so() -> None:
    tour = steps()
    scenes = {title: build_scene(step.state) for title, step in tour.items()}

    assert len(scenes["One cell, four boxes"].index) == 4
    assert len(scenes["Fine maps for small objects"].index) == 4096
    assert len(scenes["Overlap decides"].index) >= 12  # "a dozen"
    small = scenes["No object is lost"]
    assert (small.kinds == AnchorKind.FORCED).sum() == 1
    assert (small.kinds == AnchorKind.OVER_THRESHOLD).sum() == 0
    box = small.state.objects[0].px(small.state.input_shape_px)
    np.testing.assert_allclose(box[2:], 20, atol=1)

    rounds = scenes["Matching goes in rounds"]
    assert (rounds.replay.iou.argmax(axis=0) == rounds.replay.iou.argmax(axis=0)[0]).all()
    mined = scenes["Only the hardest background counts"]
    positive = (mined.kinds == AnchorKind.FORCED) | (mined.kinds == AnchorKind.OVER_THRESHOLD)
    assert (mined.kinds == AnchorKind.MINED).sum() == 3 * positive.sum()
    assert len(mined.grid) == 5444
    learning = scenes["Four numbers to learn"]
    assert learning.kinds[learning.anchor] == AnchorKind.FORCED
    assert size_plane(tour["Sizes that no anchor matches"].state).blind_px == 36
