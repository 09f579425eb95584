from __future__ import annotations

import pytest

from explorer.pages.anchors.photograph.labels import label_columns
from explorer.pages.anchors.scene import build_scene
from explorer.pages.anchors.state import AnchorsState

MARGIN_PX = 12.8
BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}


def rectangles(state: AnchorsState) -> list[tuple[float, float, float, float]]:
    """Where the labels lie when the figure is 320 px wide: left, top, right, bottom in its px."""
    columns = label_columns(build_scene(state), MARGIN_PX)
    scale = 320 / (state.input_shape_px[1] + 2 * MARGIN_PX)
    found = []
    for x, y, text, align, baseline in zip(
        *(columns[name] for name in ("x", "y", "text", "align", "baseline")), strict=True
    ):
        width, height = 7 * len(text) + 6, 20
        left = (x + MARGIN_PX) * scale - BEFORE[align] * width
        top = (y + MARGIN_PX) * scale - BEFORE[baseline] * height
        found.append((left, top, left + width, top + height))
    return found


@pytest.mark.parametrize("shape", [(256, 256), (256, 512), (512, 256)])
@pytest.mark.parametrize("layer", [0, 3, 4])
@pytest.mark.parametrize("end", [0, -1])
def test_labels_of_a_cell_lie_in_the_figure_and_apart(
    shape: tuple[int, int], layer: int, end: int
) -> None:
    state = AnchorsState(input_shape_px=shape, receptive_field=True)
    rows, columns = state.map_shapes[layer]
    state = state.model_copy(update={"layer": layer, "row": end % rows, "column": end % columns})
    labels = rectangles(state)

    assert len(labels) == 5
    height_px = 320 * (shape[0] + 2 * MARGIN_PX) / (shape[1] + 2 * MARGIN_PX)
    for number, (left, top, right, bottom) in enumerate(labels):
        assert min(left, top) >= -0.01
        assert right <= 320.01
        assert bottom <= height_px + 0.01
        for other in labels[:number]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_a_label_with_room_stands_at_its_box() -> None:
    columns = label_columns(build_scene(AnchorsState(row=16, column=16)), MARGIN_PX)
    assert columns["text"] == ["51 × 51", "70 × 70", "72 × 36", "36 × 72"]
    middle, half = 16.5 * 8, 0.1 * 256
    assert (columns["x"][0], columns["y"][0]) == pytest.approx((middle - half, middle + half))
    assert (columns["align"][0], columns["baseline"][0]) == ("right", "top")
