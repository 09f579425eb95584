from __future__ import annotations

import pytest

from explorer.ssd.receptive_field import receptive_field_px


def test_receptive_fields_of_toy_ssd() -> None:
    # By hand: 1, after a block 6, 16, 36 at steps 2, 4, 8; the predictor adds 2 × 8.
    assert [receptive_field_px(layer, 5) for layer in range(5)] == [52, 108, 220, 444, None]
    assert [receptive_field_px(layer, 2) for layer in range(2)] == [52, None]


@pytest.mark.parametrize(
    ("layer", "num_layers", "message"),
    [
        (5, 5, "layer must be from 0 to 4, got 5"),
        (-1, 5, "layer must be from 0 to 4, got -1"),
        (0, 1, "num_layers must be at least 2, got 1"),
    ],
)
def test_a_layer_that_is_not_there_is_refused(layer: int, num_layers: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        receptive_field_px(layer, num_layers)
