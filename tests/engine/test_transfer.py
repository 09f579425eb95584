"""What fits a new network, decided from two descriptions, and the sentence that says it."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.config import CREATURE, TOY_SSD, AnchorConfig, DetectorConfig
from explorer.engine.checkpoint_files import CheckpointError
from explorer.engine.transfer import Transfer, what_fits

FOUND = DetectorConfig(class_names=("creature",), anchors=CREATURE)
CARDS = ("nine", "ten", "jack", "queen", "king", "ace")


def anchors_of(*num_sizes: int) -> AnchorConfig:
    """Return anchors with that many sizes per map, and two more anchors by their ratios."""
    return AnchorConfig.of([[0.1 * (n + 1) for n in range(num)] for num in num_sizes], [1, 2, 0.5])


def transfer_to(**wanted: Any) -> Transfer:
    return what_fits(FOUND, FOUND.with_(**wanted))


def test_all_is_taken_by_the_very_same_detector() -> None:
    transfer = transfer_to()
    assert transfer.maps == ("32×32", "16×16", "8×8", "4×4", "1×1")
    assert transfer.downsamples == (True,) * 3
    assert transfer.box_heads == transfer.class_heads == (True,) * 5
    assert transfer.maps_with_new_boxes == ""
    assert transfer.sentence("creature") == (
        "Taken from creature: body, 3 down-samplings, box and class heads of all maps; "
        "nothing is new."
    )


@pytest.mark.parametrize("names", [CARDS, ("beast",), ("creature", "sprout")])
def test_other_classes_have_new_class_heads(names: tuple[str, ...]) -> None:
    transfer = transfer_to(class_names=names)
    assert transfer.box_heads == (True,) * 5
    assert transfer.class_heads == (False,) * 5
    assert transfer.sentence("creature") == (
        "Taken from creature: body, 3 down-samplings, box heads of all maps; "
        "new: class heads of all maps."
    )


def test_nothing_goes_from_one_architecture_to_another() -> None:
    other = FOUND.with_(architecture="other", feature_maps=FOUND.feature_maps)
    with pytest.raises(CheckpointError) as caught:
        what_fits(other, FOUND)
    assert str(caught.value) == (
        "weights of other do not fit toy-ssd: choose those of another detector"
    )


def test_the_same_classes_in_another_order_are_others() -> None:
    found = FOUND.with_(class_names=("cat", "dog"))
    assert what_fits(found, found.with_(class_names=("dog", "cat"))).class_heads == (False,) * 5


def test_heads_ask_for_as_many_anchors_in_a_cell_and_no_more() -> None:
    assert transfer_to(anchors=TOY_SSD) == transfer_to()  # other sizes and ratios, as many
    transfer = transfer_to(anchors=anchors_of(2, 3, 2, 1, 2), class_names=CARDS)
    assert transfer.box_heads == (True, False, True, False, True)
    assert transfer.maps_with_new_boxes == "the maps 16×16 and 4×4"
    assert transfer.sentence("a.params") == (
        "Taken from a.params: body, 3 down-samplings, box heads of the maps 32×32, 8×8 and 1×1; "
        "new: box heads of the maps 16×16 and 4×4, class heads of all maps."
    )
    one = transfer_to(anchors=anchors_of(2, 2, 3, 2, 2))
    assert one.class_heads == one.box_heads == (True, True, False, True, True)
    assert one.sentence("creature") == (
        "Taken from creature: body, 3 down-samplings, box and class heads of the maps 32×32, "
        "16×16, 4×4 and 1×1; new: box and class heads of the map 8×8."
    )


def test_the_last_map_is_the_same_only_in_a_network_as_deep() -> None:
    deeper = transfer_to(anchors=anchors_of(2, 2, 2, 2, 2, 2))
    assert deeper.downsamples == (True, True, True, False)
    assert deeper.box_heads == (True, True, True, True, False, False)
    assert deeper.sentence("creature") == (
        "Taken from creature: body, 3 down-samplings, box and class heads of the maps 32×32, "
        "16×16, 8×8 and 4×4; new: 1 down-sampling, box and class heads of the maps 2×2 and 1×1."
    )
    shallower = transfer_to(anchors=anchors_of(2, 2, 2))
    assert shallower.downsamples == (True,)
    assert shallower.box_heads == (True, True, False)
    shallowest = transfer_to(anchors=anchors_of(2, 2))
    assert shallowest.sentence("creature") == (
        "Taken from creature: body, box and class heads of the map 32×32; "
        "new: box and class heads of the map 1×1."
    )


def test_of_no_head_that_fits_the_rest_is_taken() -> None:
    transfer = transfer_to(anchors=anchors_of(1, 1, 1, 1, 1))
    assert transfer.maps_with_new_boxes == "all maps"
    assert transfer.sentence("creature") == (
        "Taken from creature: body, 3 down-samplings; new: box and class heads of all maps."
    )


def test_an_input_of_another_size_changes_the_maps_alone() -> None:
    transfer = transfer_to(input_size=512)
    assert transfer.maps == ("64×64", "32×32", "16×16", "8×8", "1×1")
    assert transfer.class_heads == (True,) * 5


def test_a_parameter_belongs_to_its_layer() -> None:
    transfer = transfer_to(anchors=anchors_of(2, 3, 2, 2, 2, 2), class_names=CARDS)
    taken = ("body.0.1.running_mean", "downsamples.2.0.weight", "box_preds.0.bias")
    new = ("downsamples.3.0.weight", "box_preds.1.weight", "class_preds.0.bias")
    assert [transfer.takes(name) for name in (*taken, *new)] == [True] * 3 + [False] * 3
