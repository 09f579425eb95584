"""Which array is which of ToySSD's, and what is said where it is another network's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.mxnet_files.errors import MxnetFileError
from explorer.mxnet_files.toy_ssd_weights import read_toy_ssd

Arrays = dict[str, Any]
CHANNELS = [(3, 16), (16, 16), (16, 32), (32, 32), (32, 64), (64, 64)]


def numbered(num_classes: int = 1, anchors: tuple[int, ...] = (4,) * 5) -> Arrays:
    """Return arrays named as the tutorial's file names them, each filled with its number."""
    num_maps = len(anchors)
    downs = [(64, 128), *[(128, 128)] * (2 * num_maps - 5)] if num_maps > 2 else []
    inputs = [64, *[128] * (num_maps - 2), 128 if num_maps > 2 else 64]
    heads = [
        (num_in, number * each)
        for num_in, number in zip(inputs, anchors, strict=True)
        for each in (num_classes + 1, 4)
    ]
    arrays: Arrays = {}
    for number, (num_in, num_out) in enumerate([*downs, *heads, *CHANNELS]):
        arrays[f"conv{number}_weight"] = np.full((num_out, num_in, 3, 3), number, np.float32)
        arrays[f"conv{number}_bias"] = np.full(num_out, number, np.float32)
    for number, (_num_in, channels) in enumerate([*downs, *CHANNELS]):
        for word in ("gamma", "beta", "running_mean", "running_var"):
            arrays[f"batchnorm{number}_{word}"] = np.full(channels, number, np.float32)
    return arrays


def refusal(arrays: Arrays) -> str:
    with pytest.raises(MxnetFileError) as caught:
        read_toy_ssd(arrays)
    return str(caught.value)


def test_the_tutorials_numbers_are_in_the_order_in_which_its_layers_were_made() -> None:
    found = read_toy_ssd(numbered())
    assert (found.num_classes, found.num_anchors, found.is_only_reading) == (1, (4,) * 5, True)
    assert len(found.arrays) == 92
    number = {name: int(values.flat[0]) for name, values in found.arrays.items()}
    down_places = [f"downsamples.{block}.{place}" for block in range(3) for place in (0, 3)]
    body_places = [f"body.{block}.{place}" for block in range(3) for place in (0, 3)]
    assert [number[f"{place}.weight"] for place in down_places] == [0, 1, 2, 3, 4, 5]
    assert [number[f"class_preds.{place}.bias"] for place in range(5)] == [6, 8, 10, 12, 14]
    assert [number[f"box_preds.{place}.bias"] for place in range(5)] == [7, 9, 11, 13, 15]
    assert [number[f"{place}.weight"] for place in body_places] == [16, 17, 18, 19, 20, 21]
    for places, expected in ((down_places, range(6)), (body_places, range(6, 12))):
        norms = [f"{place[:-1]}{int(place[-1]) + 1}" for place in places]
        for word in ("gamma", "beta", "running_mean", "running_var"):
            assert [number[f"{norm}.{word}"] for norm in norms] == list(expected)


@given(st.permutations(list(numbered())), st.booleans(), st.sampled_from(["", "arg:", "ssd0_"]))
def test_neither_the_order_in_the_file_nor_what_stands_before_a_name_matters(
    names: list[str], old_words: bool, prefix: str
) -> None:
    arrays = numbered()
    given_arrays = {
        prefix + (name.replace("running", "moving") if old_words else name): arrays[name]
        for name in names
    }
    found, expected = read_toy_ssd(given_arrays), read_toy_ssd(arrays)
    assert found.arrays.keys() == expected.arrays.keys()
    for name, values in found.arrays.items():
        np.testing.assert_array_equal(values, expected.arrays[name])


@given(st.integers(1, 40), st.lists(st.integers(1, 31), min_size=2, max_size=8).map(tuple))
def test_what_is_known_decides_between_readings(num_classes: int, anchors: tuple[int, ...]) -> None:
    found = read_toy_ssd(numbered(num_classes, anchors), num_classes, anchors)
    assert (found.num_classes, found.num_anchors) == (num_classes, anchors)
    # Without that, a reading is the right one, or it is said that there are others.
    found = read_toy_ssd(numbered(num_classes, anchors))
    is_right = (found.num_classes, found.num_anchors) == (num_classes, anchors)
    assert is_right or not found.is_only_reading or found.num_anchors == (4,) * len(anchors)


def test_heads_of_one_shape_are_taken_in_the_tutorials_order() -> None:
    found = read_toy_ssd(numbered(num_classes=3))
    assert not found.is_only_reading
    assert found.arrays["class_preds.0.bias"][0] == 6


@pytest.mark.parametrize(
    ("box", "other"),
    [
        ("boxes", "cls"),
        ("bbox", "label"),
        ("bb", "head"),
        ("head", "score"),
        ("coords", "scores"),
        ("mbox_loc", "mbox_conf"),
        ("predBox", "predClass"),
        ("head", "confidence"),
        ("label_net_bb", "label_net_b"),
    ],
)
def test_names_tell_heads_of_one_shape_apart(box: str, other: str) -> None:
    heads = [f"conv{number}_" for number in range(6, 16)]
    renamed = {
        f"{(box, other)[heads.index(head) % 2]}_{name}": values
        for name, values in numbered(num_classes=3).items()
        for head in heads
        if name.startswith(head)
    }
    others = {name: each for name, each in numbered(3).items() if not name.startswith(tuple(heads))}
    found = read_toy_ssd({**renamed, **others})
    assert found.is_only_reading
    assert found.arrays["box_preds.0.bias"][0] == 6
    assert found.arrays["class_preds.4.bias"][0] == 15


@pytest.mark.parametrize(
    ("num_classes", "heads", "read"),
    [
        (3, ("class_preds", "box_preds"), 3),
        (7, ("class_preds", "box_preds"), 7),
        # As if eight scores were two for each of four times as many anchors.
        (7, ("box_preds", "class_preds"), 1),
    ],
)
def test_where_names_say_nothing_the_order_in_the_file_does(
    num_classes: int, heads: tuple[str, str], read: int
) -> None:
    expected = read_toy_ssd(numbered(num_classes, (2, 5, 2)), num_classes, (2, 5, 2)).arrays
    short = {"body": "b", "downsamples": "d", "class_preds": "cp", "box_preds": "bp"}
    arrays = {
        short[part] + name[len(part) :]: values
        for part in ("body", "downsamples", *heads)
        for name, values in expected.items()
        if name.startswith(part)
    }
    found = read_toy_ssd(arrays)
    assert (found.num_classes, found.is_only_reading) == (read, False)


def test_the_names_of_a_book_that_makes_it_map_by_map() -> None:
    expected = read_toy_ssd(numbered(num_classes=3)).arrays
    theirs = {"class_preds.": "cls_", "box_preds.": "bbox_", "body.": "blk_0."}
    theirs |= {f"downsamples.{number}": f"blk_{number + 1}" for number in range(3)}
    renamed = {}
    for name, values in expected.items():
        (part,) = (part for part in theirs if name.startswith(part))
        renamed[theirs[part] + name[len(part) :]] = values
    found = read_toy_ssd(renamed)
    assert found.is_only_reading
    for name, values in found.arrays.items():
        np.testing.assert_array_equal(values, expected[name])


def changed(name: str, values: Any) -> Arrays:
    return {**numbered(), name: values}


def without(*names: str) -> Arrays:
    return {name: values for name, values in numbered().items() if name not in names}


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (
            {},
            "it has 0 convolutions and 0 batch norms, where ToySSD of 5 feature maps has 22 and 12",
        ),
        (
            without("conv3_weight", "conv3_bias"),
            "it has 21 convolutions and 12 batch norms, where ToySSD of 5 feature maps has 22 and "
            "12",
        ),
        (without("conv3_bias"), "its layer conv3 has weight, where a layer has weight, bias"),
        (
            without("batchnorm2_beta"),
            "its layer batchnorm2 has gamma, running_mean, running_var, where a layer has gamma, "
            "beta, running_mean, running_var",
        ),
        (
            changed("two\nlines_bias", np.zeros(1, np.float32)),
            "the name of one of its arrays is too long, or not to be read",
        ),
        (
            changed("long" * 100 + "_bias", np.zeros(1, np.float32)),
            "the name of one of its arrays is too long, or not to be read",
        ),
        (
            changed("anchors", np.zeros((1, 5444, 4), np.float32)),
            "its array anchors is of neither a convolution nor a batch norm",
        ),
        (
            changed("arg:conv3_bias", np.zeros(128, np.float32)),
            "its arrays conv3_bias and arg:conv3_bias are the same one of a layer",
        ),
        (
            changed("conv3_weight", np.zeros((128, 128), np.float32)),
            "its array conv3_weight is (128, 128), which is no weight of a layer of ToySSD",
        ),
        (
            changed("conv3_bias", np.zeros(4, np.float32)),
            "its array conv3_bias is (4,), which is no bias of a layer of ToySSD",
        ),
        (
            changed("conv3_weight", np.zeros((128, 128, 5, 5), np.float32)),
            "its array conv3_weight is (128, 128, 5, 5), where ToySSD has (128, 128, 3, 3)",
        ),
        (
            {
                **numbered(),
                "conv18_weight": np.zeros((48, 16, 3, 3), np.float32),
                "conv18_bias": np.zeros(48, np.float32),
            },
            "its array conv18_weight is (48, 16, 3, 3), where ToySSD has (32, 16, 3, 3)",
        ),
        (
            {
                **numbered(),
                **{
                    f"batchnorm3_{word}": np.zeros(64, np.float32)
                    for word in ("gamma", "beta", "running_mean", "running_var")
                },
            },
            "its array batchnorm3_gamma is (64,), where ToySSD has (128,)",
        ),
        (
            {
                **numbered(),
                "conv7_weight": np.zeros((18, 64, 3, 3), np.float32),
                "conv7_bias": np.zeros(18, np.float32),
            },
            "its array conv7_weight has 18 channels, where a box has 4 for each anchor",
        ),
        (
            {
                **numbered(),
                "conv8_weight": np.zeros((12, 128, 3, 3), np.float32),
                "conv8_bias": np.zeros(12, np.float32),
            },
            "its array conv8_weight has 12 channels, which are not as many scores for each of 4 "
            "anchors as those of the finest map",
        ),
        (
            changed("conv3_bias", np.full(128, np.nan, np.float32)),
            "its array conv3_bias is not finite",
        ),
        (
            changed("conv3_bias", np.full(128, 1e300)),
            "its array conv3_bias is not finite",
        ),
        (
            changed("conv3_bias", np.zeros(128, np.int32)),
            "its array conv3_bias is of type int32, where weights have fractions",
        ),
    ],
)
def test_another_network_is_refused_by_what_does_not_fit(arrays: Arrays, sentence: str) -> None:
    assert refusal(arrays) == sentence
