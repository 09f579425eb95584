from __future__ import annotations

import numpy as np
import pytest

from explorer.config import ANCHOR_PRESETS
from explorer.datasets.records.memory_meter import batch_memory
from explorer.pages.data.records.padding import Crowd, PaddingModel, size_text
from tests.maps import toy_grid


def view(*train: int, val: tuple[int, ...] = ()) -> PaddingModel:
    padding = PaddingModel()
    padding.set_objects({"train": np.array(train), "val": np.array(val)})
    return padding


def test_one_crowded_image_and_what_it_costs() -> None:
    padding = view(3, 12, -1, val=(40, 0))
    assert padding.crowd == Crowd("val", 0, 40, 12)
    assert (padding.label_rows, padding.least_rows, padding.num_anchors) == (40, 40, 5444)
    padding.set_batch_size(32)
    # 28 rows: 11 arrays of 32 × 5,444 floats, and 5 floats in each of 32 labels.
    assert padding.extra == 28 * (11 * 32 * 5444 * 4 + 32 * 5 * 4)
    assert padding.sentence() == (
        "Padding to 40 rows instead of 12 costs 215 MB more in each batch: one crowded image "
        "decides it."
    )
    assert padding.crowd_text() == "Most objects on one image: 40, record 0 of val.rec."


def test_more_rows_than_needed_and_as_many() -> None:
    padding = view(4, 4, 1)
    assert padding.crowd == Crowd("train", 0, 4, 4)
    assert (
        padding.sentence() == "4 rows are what this set needs, and more than one image needs them."
    )
    assert padding.compared == (4, padding.memory)
    padding.set_label_rows(10)
    assert padding.compared == (4, batch_memory(16, 4, 5444, 256))
    assert padding.sentence() == (
        "Padding to 10 rows instead of 4 costs 23.0 MB more in each batch, and no image of this "
        "set needs them."
    )
    with pytest.raises(ValueError, match=r"Label rows must be at least 4, got 3\."):
        padding.set_label_rows(3)
    assert padding.label_rows == 10


def test_without_a_set_and_with_empty_images() -> None:
    for padding in (PaddingModel(), view(), view(0, -1)):
        assert (padding.crowd, padding.label_rows, padding.crowd_text()) == (None, 1, "")
        assert padding.sentence() == "1 row is the least that labels can have."
    padding.set_label_rows(2)
    assert padding.sentence() == "Padding to 2 rows instead of 1 costs 3.8 MB more in each batch."
    alone = view(5)
    assert alone.compared[0] == 1
    assert "5 rows instead of 1" in alone.sentence()


@pytest.mark.parametrize("preset", ANCHOR_PRESETS)
def test_a_preset_has_the_anchors_of_the_input(preset: str) -> None:
    padding = PaddingModel()
    padding.choose_preset(preset)
    for side in (padding.least_input, 300, 512):
        padding.set_input_size(max(side, padding.least_input))
        config = ANCHOR_PRESETS[preset]
        shape = (padding.input_size, padding.input_size)
        grid = toy_grid(config, shape)
        assert padding.num_anchors == len(grid)
    with pytest.raises(ValueError, match="The input size must be at least"):
        padding.set_input_size(padding.least_input - 1)


def test_a_preset_enlarges_an_input_that_is_too_small_for_it() -> None:
    padding = PaddingModel()
    padding.set_input_size(64)
    padding.choose_preset("ssd512")
    assert padding.input_size == padding.least_input == 256


def test_a_typed_number_stays_whatever_the_input() -> None:
    padding = view(2)
    padding.set_num_anchors(8732)
    padding.set_input_size(300)
    assert (padding.preset, padding.num_anchors) == ("", 8732)
    assert padding.memory == batch_memory(16, 2, 8732, 300)
    padding.choose_preset("toy-ssd")
    assert padding.num_anchors != 8732
    with pytest.raises(ValueError, match=r"at least 1 and at most 1,000,000, got 0\."):
        padding.set_num_anchors(0)


def test_each_change_is_told_once_with_all_that_follows() -> None:
    padding = view(2)
    told: list[tuple[int, int]] = []
    padding.observe(lambda _change: told.append((padding.batch_size, padding.memory.labels)))
    padding.set_batch_size(8)
    assert told == [(8, 8 * 2 * 5 * 4)]


def test_sizes_in_words() -> None:
    sizes = (320, 99_900, 150_000, 12_600_000, 310_400_000, 2_500_000_000)
    assert [size_text(size) for size in sizes] == [
        "0.3 kB", "99.9 kB", "0.1 MB", "12.6 MB", "310 MB", "2,500 MB",
    ]  # fmt: skip
