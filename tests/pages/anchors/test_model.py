from __future__ import annotations

import json

import numpy as np
import pytest

from explorer.config import CREATURE, SSD300, TOY_SSD, AnchorConfig, FeatureMap, MatchConfig
from explorer.engine.operators import multibox_prior, multibox_target  # the oracle
from explorer.pages.anchors.matching.agreement import compare_with_mxnet
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.shapes.number_list import parse_numbers
from explorer.pages.anchors.state import AnchorsLook, AnchorsState, GroundTruth, labelled_objects
from explorer.pages.anchors.words import headline, positives_reason
from explorer.pages.shared.anchor_kind import AnchorKind
from tests.maps import SSD300_MAPS

BIG_BOX = (0.25, 0.25, 0.75, 0.75)
BIG = AnchorsState(objects=(GroundTruth(box=BIG_BOX),))


def with_threshold(model: AnchorsModel, threshold: float) -> None:
    model.change(match=MatchConfig(match_iou_threshold=threshold))


def test_one_cell_shows_its_four_anchors_with_hand_computed_sizes() -> None:
    model = AnchorsModel()
    model.change(layer=0, row=10, column=20)

    rows = model.scene.rows(99)

    assert [row.name for row in rows] == ["size 0.2", "size 0.272", "ratio 2", "ratio 0.5"]
    # 0.2 and 0.272 of 256 px; then 51.2 · √2 and 51.2 / √2.
    expected = [(51.2, 51.2), (69.632, 69.632), (72.408, 36.204), (36.204, 72.408)]
    assert [(row.width_px, row.height_px) for row in rows] == [
        pytest.approx(pair, abs=0.001) for pair in expected
    ]
    centres = model.scene.boxes_px[:, :2] + model.scene.boxes_px[:, 2:]
    np.testing.assert_allclose(centres / 2, [[20.5 * 8, 10.5 * 8]] * 4, atol=1e-4)


def with_own_maps() -> AnchorsModel:
    model = AnchorsModel()
    model.change(anchors=SSD300, own_maps=SSD300_MAPS, input_shape_px=(300, 300))
    return model


def test_a_detectors_own_maps_are_shown() -> None:
    model = with_own_maps()
    layers = model.scene.layers
    assert [layer.name for layer in layers] == ["38×38", "19×19", "10×10", "5×5", "3×3", "1×1"]
    assert [layer.cell_px for layer in layers][4:] == [(100, 100), (300, 300)]
    assert len(model.scene.grid) == 8732
    assert compare_with_mxnet(model.scene).equal
    model.change(layer=1, row=18, column=18)
    centres = model.scene.boxes_px[:, :2] + model.scene.boxes_px[:, 2:]
    np.testing.assert_allclose(centres / 2, [[18.5 * 16] * 2] * 6, atol=1e-4)


def test_own_maps_stay_with_their_input_until_a_preset_is_chosen() -> None:
    model = with_own_maps()
    before = model.state
    with pytest.raises(ValueError, match="made for their own input: choose a preset"):
        model.change(input_shape_px=(256, 256))
    with pytest.raises(ValueError, match="5 layers, but the detector has 6 maps: choose a preset"):
        model.change(anchors=TOY_SSD)
    assert model.state is before
    model.use_preset("toy-ssd")
    assert (model.state.own_maps, model.state.input_shape_px) == ((), (300, 300))
    assert [layer.name for layer in model.scene.layers][:2] == ["37×37", "18×18"]
    model.undo()
    assert model.state.own_maps == SSD300_MAPS


def test_kept_anchors_keep_their_maps() -> None:
    model = with_own_maps()
    model.pin()
    model.use_preset("toy-ssd")
    assert (model.state.pinned, model.state.pinned_maps) == (SSD300, SSD300_MAPS)
    model.swap_pinned()
    assert (model.state.anchors, model.state.own_maps) == (SSD300, SSD300_MAPS)
    assert (model.state.pinned, model.state.pinned_maps) == (TOY_SSD, ())
    again = AnchorsModel()
    again.from_json(model.to_json())
    assert again.state == model.state


def test_more_anchors_than_can_be_shown_are_refused() -> None:
    huge = FeatureMap(height=900, width=900, stride_px=(1, 1))
    anchors = AnchorConfig.of([[0.2, 0.3]] * 2, [1, 2, 0.5])
    with pytest.raises(ValueError, match="There are 6,480,000 anchors, the limit is 2,000,000"):
        AnchorsModel().change(anchors=anchors, own_maps=(huge, huge))


def test_layers_are_summarised_with_their_counts_and_cells() -> None:
    layers = AnchorsModel().scene.layers

    assert [layer.name for layer in layers] == ["32×32", "16×16", "8×8", "4×4", "1×1"]
    assert [layer.num_anchors for layer in layers] == [4096, 1024, 256, 64, 4]
    assert [layer.cell_px for layer in layers] == [(8, 8), (16, 16), (32, 32), (64, 64), (256, 256)]


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((256, 256), ["8", "16", "32", "64", "256"]),
        ((256, 300), ["8.1×8", "16.7×16", "33.3×32", "75×64", "300×256"]),
    ],
)
def test_a_cell_is_called_by_both_sides_where_they_differ(
    shape: tuple[int, int], sizes: list[str]
) -> None:
    model = AnchorsModel()
    model.change(input_shape_px=shape)
    assert [layer.cell_size for layer in model.scene.layers] == sizes


def test_positives_of_the_layers_add_up_to_those_of_the_operator() -> None:
    model = AnchorsModel(BIG)
    anchors = np.concatenate(
        [
            multibox_prior(shape, layer.sizes, layer.ratios)
            for shape, layer in zip(model.state.map_shapes, TOY_SSD.layers, strict=True)
        ]
    )
    labels = np.array([[[0, *BIG_BOX]]], np.float32)
    scores = np.zeros((1, len(anchors), 2), np.float32)
    positive = multibox_target(anchors, labels, scores, MatchConfig())[2][0] > 0

    assert sum(layer.num_positive for layer in model.scene.layers) == positive.sum() > 1
    assert [layer.has_forced for layer in model.scene.layers].count(True) == 1


def test_the_reason_counts_threshold_matches() -> None:
    model = AnchorsModel(BIG)
    kinds = model.scene.kinds
    over = int((kinds == AnchorKind.OVER_THRESHOLD).sum())

    assert over > 1
    assert headline(model.scene) == f"{over + 1} anchors match"
    best = model.scene.iou.max()
    assert positives_reason(model.scene) == (
        f"1 is forced as the best (IoU {best:.2f}, 16×16 map); {over} more are above IoU 0.50."
    )


def test_the_reason_of_a_small_box_is_that_one_anchor_is_forced() -> None:
    model = AnchorsModel()
    model.set_gt_px(100, 100, 20, 20)

    assert headline(model.scene) == "1 anchor matches"
    best = 20 * 20 / 51.2**2  # 20 × 20 px within 51.2 × 51.2 px
    assert positives_reason(model.scene) == (
        f"No anchor is above IoU 0.50. The best one (IoU {best:.2f}, 32×32 map) is forced, "
        "so that the object is not lost."
    )


def test_the_reason_when_the_best_anchor_is_the_only_one_above_the_threshold() -> None:
    model = AnchorsModel()
    model.set_gt_px(128 - 52, 128 - 52, 104, 104)
    box = tuple(model.scene.grid.boxes[5443 - 3].clip(0, 1).tolist())
    model.change(objects=(GroundTruth(box=box),))
    ious = np.sort(model.scene.iou)
    assert ious[-1] > ious[-2]
    with_threshold(model, float(ious[-2]))

    assert headline(model.scene) == "1 anchor matches"
    assert positives_reason(model.scene).startswith(
        f"It is the best (IoU {ious[-1]:.2f}, 1×1 map), the only"
    )


def test_a_box_that_no_anchor_touches_has_no_match() -> None:
    model = AnchorsModel()
    model.change(anchors=AnchorConfig.of([[0.01]] * 5, [1]))
    model.set_gt_px(0, 0, 2, 2)

    assert headline(model.scene) == "No anchor matches"
    assert positives_reason(model.scene) == (
        "No anchor that is still free touches this box, so nothing can learn it."
    )


def test_threshold_zero_leaves_the_forced_anchor_alone() -> None:
    model = AnchorsModel()
    with_threshold(model, 0.0)

    assert headline(model.scene) == "1 anchor matches"
    assert positives_reason(model.scene).startswith("Threshold 0 leaves only the forced one")


@pytest.mark.parametrize(("shown", "num"), [("cell", 4), ("top", 10), ("layer", 256)])
def test_what_is_shown_decides_how_many_anchors_are_drawn(shown: str, num: int) -> None:
    model = AnchorsModel()
    model.change(layer=2, shown=shown)

    assert len(model.scene.index) == num
    assert len(model.scene.boxes_px) == num


def test_matched_and_top_are_ordered_by_iou() -> None:
    model = AnchorsModel()
    for shown in ("matched", "top"):
        model.change(shown=shown)
        ious = model.scene.iou[model.scene.index]
        assert (np.diff(ious) <= 0).all()
    model.change(shown="matched")
    assert set(model.scene.index) == set(np.flatnonzero(model.scene.kinds > 0))


def test_another_map_keeps_the_place_on_the_image() -> None:
    model = AnchorsModel()
    model.change(layer=0, row=31, column=16)

    model.change(layer=2)
    assert (model.state.row, model.state.column) == (7, 4)
    model.change(layer=4)
    assert (model.state.row, model.state.column) == (0, 0)


def test_a_point_selects_the_cell_below_it_and_outside_the_nearest() -> None:
    model = AnchorsModel()
    model.change(layer=1, shown="layer")

    model.select_at(100, 17)
    assert (model.state.row, model.state.column, model.state.shown) == (1, 6, "cell")
    model.select_at(-30, 999)
    assert (model.state.row, model.state.column) == (15, 0)


def test_a_photograph_selects_the_best_anchor() -> None:
    model = AnchorsModel(photographs={"sample": 4})
    model.set_photograph("sample", 3, (GroundTruth(box=(0.1, 0.2, 0.4, 0.5)),))

    best = model.scene.best_anchor
    assert model.state.photograph == 3
    assert best == model.scene.anchor
    assert best in model.scene.index
    assert model.scene.kinds[best] == AnchorKind.FORCED


def test_bad_shapes_are_one_sentence_and_change_nothing() -> None:
    model = AnchorsModel()
    scene = model.scene

    with pytest.raises(ValueError, match=r"^Sizes must be above 0 and at most 2, got -1; "):
        model.set_shapes(0, (0.2, -1), (1.0,))
    with pytest.raises(ValueError, match=r"^Ratios needs at least one number; "):
        model.set_shapes(0, (0.2,), ())
    assert model.scene is scene
    assert not model.can_undo


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((10, 10, 0, 5), "width must be at least 1 px"),
        ((10, 10, 5, -3), "height must be at least 1 px"),
        ((200, 10, 57, 5), "reaches from 200 to 257 px"),
        ((-1, 10, 5, 5), "reaches from -1 to 4 px"),
    ],
)
def test_bad_ground_truths_are_one_sentence(
    box: tuple[float, float, float, float], message: str
) -> None:
    model = AnchorsModel()
    before = model.state
    with pytest.raises(ValueError, match=message):
        model.set_gt_px(*box)
    assert model.state is before


def test_undo_brings_back_one_edit_after_the_other_and_joins_a_slide() -> None:
    model = AnchorsModel()
    for size in (0.21, 0.22, 0.23):
        model.set_shapes(0, (size, 0.272), (1, 2, 0.5), edit="0:0")
    model.use_preset("creature")

    model.undo()
    assert model.state.anchors.layers[0].sizes == (0.23, 0.272)
    model.undo()
    assert model.state.anchors == TOY_SSD
    assert not model.can_undo
    model.undo()
    assert model.state.anchors == TOY_SSD


def test_undo_goes_no_further_back_than_to_what_the_page_opened_with() -> None:
    model = AnchorsModel()
    model.use_preset("creature")
    model.begin_here()
    assert not model.can_undo
    model.set_shapes(0, (0.2, 0.272), (1, 2, 0.5), edit="0:0")
    assert model.can_undo
    model.undo()
    model.undo()
    assert model.state.anchors == CREATURE
    assert not model.can_undo


def test_an_edit_can_be_undone_as_soon_as_it_is_seen() -> None:
    model = AnchorsModel()
    seen: list[bool] = []
    model.observe(lambda _change: seen.append(model.can_undo), "scene")

    model.use_preset("creature")
    model.undo()
    assert seen == [True, False]


FIVE_MAPS = SSD300_MAPS[1:]
OTHER = {
    "anchors": CREATURE,
    "own_maps": FIVE_MAPS,
    "input_shape_px": (128, 128),
    "objects": (GroundTruth(box=BIG_BOX),),
    "selected": 1,
    "match": MatchConfig(match_iou_threshold=0.4),
    "dataset": "other",
    "photograph": 1,
    "step": 1,
    "layer": 1,
    "row": 1,
    "column": 1,
    "shape": 1,
    "shown": "top",
    "num_top": 5,
    "receptive_field": True,
    "where": "mean",
    "one_map": True,
    "pinned": CREATURE,
    "pinned_maps": FIVE_MAPS,
}
"""A second value for each field of a state."""


def test_a_change_of_any_field_is_shown_and_can_be_undone_unless_it_only_looks() -> None:
    assert OTHER.keys() == AnchorsState.model_fields.keys()
    two = (GroundTruth(box=BIG_BOX), GroundTruth(class_id=1, box=(0.1, 0.1, 0.4, 0.4)))
    for name, value in OTHER.items():
        model = AnchorsModel(AnchorsState(objects=two), {"sample": 2, "other": 2})
        before, scene = model.state, model.scene
        model.change(**{name: value})
        assert getattr(model.state, name) == value, name
        assert model.scene is not scene
        assert model.scene.state is model.state
        assert model.can_undo == (name not in AnchorsLook.model_fields), name
        model.undo()
        assert (model.state == before) == (name not in AnchorsLook.model_fields), name


def test_a_pasted_state_is_one_change() -> None:
    other = AnchorsModel()
    other.use_preset("creature")
    other.change(layer=2, row=1, column=1)
    model = AnchorsModel()
    seen: list[AnchorsState] = []
    model.observe(lambda _change: seen.append(model.state), "scene")

    model.from_json(other.to_json())
    assert seen == [other.state]


def test_fewer_maps_keep_the_selection_on_a_map() -> None:
    model = AnchorsModel()
    model.change(layer=3, row=3, column=2)

    model.change(anchors=AnchorConfig.of([[0.3], [0.8]], [1, 2]))
    assert (model.state.layer, model.state.row, model.state.column) == (1, 0, 0)
    model.undo()
    assert model.state.anchors == TOY_SSD


def test_presets_change_the_anchors() -> None:
    model = AnchorsModel()
    model.use_preset("creature")
    assert model.state.anchors == CREATURE
    with pytest.raises(ValueError, match="no anchor preset is called"):
        model.use_preset("huge")


def test_more_anchors_in_a_cell_are_counted() -> None:
    model = AnchorsModel()
    model.change(layer=3)
    model.set_shapes(3, (0.7, 0.8, 0.9), (1, 2, 0.5, 3))

    assert len(model.scene.index) == 3 + 4 - 1
    assert model.scene.layers[3].num_anchors == 4 * 4 * 6
    assert len(model.scene.grid) == 5444 - 64 + 96


def test_the_state_survives_json() -> None:
    model = AnchorsModel()
    model.use_preset("creature")
    model.set_gt_px(33, 44, 55, 66)
    model.change(layer=1, row=3, column=5, shown="top", num_top=7)
    with_threshold(model, 0.37)
    model.add_object(1, 2, 30, 40)
    model.set_class(3)
    model.change(input_shape_px=(256, 384), receptive_field=True, step=1)
    other = AnchorsModel()

    other.from_json(model.to_json())

    assert other.state == model.state
    np.testing.assert_array_equal(other.scene.index, model.scene.index)
    other.undo()
    assert other.state.anchors == TOY_SSD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"colour": 1}',
        '{"layer": 5}',
        '{"layer": 4, "row": 1}',
        '{"objects": [{"box": [0.5, 0.5, 0.4, 0.6]}]}',
        '{"objects": [{"box": [0.5, 0.5, 0.9, NaN]}]}',
        '{"objects": [{"box": [0.5, 0.5, 0.501, 0.6]}]}',
        '{"objects": [], "selected": 1}',
        '{"match": {"match_iou_threshold": 2}}',
        '{"input_shape_px": [32, 256]}',
        '{"shape": 4}',
        '{"photograph": 1}',
        '{"dataset": "elsewhere"}',
    ],
)
def test_bad_json_is_one_sentence_and_changes_nothing(text: str) -> None:
    model = AnchorsModel()
    before = model.state
    with pytest.raises(ValueError, match=r"; the page stays as it was\.$") as error:
        model.from_json(text)
    assert "\n" not in str(error.value)
    assert model.state is before


def test_labels_become_objects_cut_at_the_border() -> None:
    labels = np.array([[1, 0.25, 0.5, 0.75, 1.5], [0, 0, 0, 1, 1], [0, 1.1, 0, 1.2, 1]], np.float32)
    assert labelled_objects(labels) == (
        GroundTruth(class_id=1, box=(0.25, 0.5, 0.75, 1.0)),
        GroundTruth(class_id=0, box=(0, 0, 1, 1)),
    )
    assert labelled_objects(labels[:0]) == labelled_objects(None) == ()
    assert len(labelled_objects(np.repeat(labels[1:2], 30, axis=0))) == 20


def test_json_names_its_fields() -> None:
    names = set(json.loads(AnchorsModel().to_json()))
    assert {"anchors", "objects", "match", "input_shape_px", "layer", "row", "column"} < names


def test_observers_of_the_scene_never_see_half_of_a_change() -> None:
    model = AnchorsModel()
    seen: list[bool] = []
    model.observe(
        lambda change: seen.append(change["new"].state is model.state),
        "scene",
    )
    model.change(match=MatchConfig(match_iou_threshold=0.3), layer=1)
    assert seen == [True]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0.2, 0.272", (0.2, 0.272)), ("[1, 2 ,.5]", (1, 2, 0.5)), ("1;2", (1, 2)), ("  ", ())],
)
def test_numbers_are_read_as_people_write_them(text: str, numbers: tuple[float, ...]) -> None:
    assert parse_numbers(text, "Sizes") == numbers


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match=r"^Sizes: “x” is not a number"):
        parse_numbers("0.2, x", "Sizes")


def test_objects_are_added_selected_named_and_deleted() -> None:
    model = AnchorsModel(BIG)
    model.add_object(10, 20, 30, 40)
    model.set_class(2)

    assert [gt.class_id for gt in model.state.objects] == [0, 2]
    assert model.state.selected == 1
    assert model.state.objects[1].px((256, 256)) == (10, 20, 30, 40)

    model.select_at(128, 128)
    assert model.state.selected == 0
    model.select_at(250, 250)  # no object there: the selection stays
    assert model.state.selected == 0

    model.change(selected=1)
    model.delete_object()
    assert model.state.objects == BIG.objects
    assert model.state.selected == 0
    model.delete_object()
    assert model.state.objects == ()
    assert headline(model.scene) == "No object"
    assert "trains nothing on an image without an object" in positives_reason(model.scene)
    with pytest.raises(ValueError, match="There is no object to move"):
        model.set_gt_px(1, 1, 5, 5)
    model.delete_object()
    model.undo()
    model.undo()
    assert len(model.state.objects) == 2


def test_no_more_objects_than_the_page_can_show() -> None:
    model = AnchorsModel()
    for _number in range(19):
        model.add_object(10, 20, 30, 40)
    with pytest.raises(ValueError, match="There are 20 objects already"):
        model.add_object(10, 20, 30, 40)


def test_undo_joins_a_drag_and_brings_back_matching_and_shape() -> None:
    model = AnchorsModel(BIG)
    for x in (60, 61, 62):
        model.set_gt_px(x, 64, 128, 128)
    with_threshold(model, 0.7)
    model.change(input_shape_px=(256, 512))
    assert len(model.scene.grid) == 4 * (32 * 64 + 16 * 32 + 8 * 16 + 4 * 8 + 1)

    model.undo()
    assert model.state.input_shape_px == (256, 256)
    model.undo()
    assert model.state.match == MatchConfig()
    model.undo()
    assert model.state.objects == BIG.objects
    assert not model.can_undo


def test_looking_around_is_not_undone() -> None:
    model = AnchorsModel(BIG)
    model.change(layer=2, row=1, column=1, shape=1, shown="top", receptive_field=True)
    model.go_to_step(1)
    assert not model.can_undo


def test_on_a_wide_input_the_first_anchor_stays_a_square_in_pixels() -> None:
    model = AnchorsModel()
    model.change(input_shape_px=(256, 512), layer=0, row=16, column=32)

    row = model.scene.rows(1)[0]
    assert (row.width_px, row.height_px) == pytest.approx((51.2, 51.2), abs=1e-3)
    assert row.width == pytest.approx(0.1)  # of 512 px
    assert [layer.name for layer in model.scene.layers] == ["64×32", "32×16", "16×8", "8×4", "1×1"]
    # The last map is pooled to 1×1, which has not the image's proportions.
    model.change(layer=4)
    last = model.scene.rows(1)[0]
    assert (last.width_px, last.height_px) == pytest.approx((0.88 * 512, 0.88 * 256), abs=1e-3)


def test_a_smaller_input_keeps_the_place() -> None:
    model = AnchorsModel()
    model.change(layer=0, row=31, column=16)
    model.change(input_shape_px=(128, 128))
    assert (model.state.row, model.state.column) == (15, 8)
    before = model.state
    with pytest.raises(ValueError, match="8 layers need at least 512×512 pixels"):
        model.change(anchors=AnchorConfig.of([[0.3]] * 8, [1]), input_shape_px=(64, 64))
    assert model.state is before


def test_scales_spread_as_the_tutorial_has_them() -> None:
    model = AnchorsModel()
    model.use_preset("creature")
    model.spread_scales(0.2, 0.88)
    assert model.state.anchors.sizes == TOY_SSD.sizes
    assert model.state.anchors.ratios == CREATURE.ratios


def test_steps_are_walked_through_and_end_at_the_end() -> None:
    model = AnchorsModel(BIG)
    model.add_object(10, 20, 30, 40)
    assert len(model.scene.replay.steps) == 3  # two rounds and the threshold

    model.go_to_step(1)
    assert model.state.step == 1
    assert (model.scene.kinds == AnchorKind.FORCED).sum() == 1
    assert (model.scene.kinds > 0).sum() == 1
    model.go_to_step(99)
    assert model.state.step is None
    model.go_to_step(-1)
    assert model.state.step == 0
    assert (model.scene.kinds == 0).all()


def test_a_click_on_the_line_of_a_matched_anchor_selects_that_one() -> None:
    model = AnchorsModel(BIG)
    model.change(shown="matched")
    for place in (0, len(model.scene.index) - 1):
        number = int(model.scene.index[place])
        _left, top, right, bottom = model.scene.boxes_px[place].tolist()
        others = np.delete(model.scene.boxes_px, place, axis=0)
        # A point of its right edge that is on no other anchor's edge.
        for y in np.linspace(top + 1, bottom - 1, 200):
            inside = (others[:, 1] <= y) & (y <= others[:, 3])
            if (np.abs(others[inside][:, [0, 2]] - right) > 1).all():
                break
        model.select_at(right + 0.2, float(y))
        grid, state = model.scene.grid, model.state
        assert model.scene.anchor == number
        assert (state.layer, state.shown) == (int(grid.layer[number]), "matched")
    model.select_at(2, 2)  # no anchor is near: the cell there
    assert (model.state.row, model.state.column, model.state.shown) == (0, 0, "cell")


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((10, 20), (210, 110, 10, 20)),  # about its centre
        ((1.5, 1.5), (214.25, 119.25, 1.5, 1.5)),
        ((0.2, 0.5), (214.5, 119.5, 1, 1)),  # no smaller than a pixel
        ((100, 250), (165, 0, 100, 250)),  # moved inside at the top,
        ((450, 900), (0, 0, 450, 256)),  # at the left, and no larger than the image
    ],
)
def test_another_size_is_about_the_centre_and_stays_inside(
    size: tuple[float, float], box: tuple[float, ...]
) -> None:
    model = AnchorsModel(BIG)
    model.change(input_shape_px=(256, 512))
    model.set_gt_px(200, 100, 30, 40)
    model.set_size_px(*size)
    assert model.state.selected_object.px((256, 512)) == pytest.approx(box)


def test_another_size_at_the_right_and_the_bottom_is_moved_inside() -> None:
    model = AnchorsModel(BIG)
    model.change(input_shape_px=(256, 512))
    model.set_gt_px(480, 230, 30, 20)
    model.set_size_px(100, 60)
    assert model.state.selected_object.px((256, 512)) == pytest.approx((412, 196, 100, 60))


def test_a_size_without_an_object_adds_one_of_the_first_class_in_the_middle() -> None:
    model = AnchorsModel(BIG)
    model.set_class(2)
    model.delete_object()
    model.set_size_px(64, 32)
    (added,) = model.state.objects
    assert added.class_id == 0
    assert added.px((256, 256)) == pytest.approx((96, 112, 64, 32))


def test_two_pasted_states_are_two_changes() -> None:
    first, second = AnchorsModel(BIG), AnchorsModel(BIG)
    with_threshold(first, 0.6)
    with_threshold(second, 0.7)
    model = AnchorsModel(BIG)
    model.from_json(first.to_json())
    model.from_json(second.to_json())
    model.undo()
    assert model.state == first.state
