"""Names of true objects below their boxes, on a figure where detections have theirs above."""

from __future__ import annotations

from typing import Any

from bokeh.core.properties import field
from bokeh.models import Text
from numpy.typing import NDArray

LOWEST = 0.93
"""Of the picture's height: a box that ends below it has no room for its name but inside."""


def name_baselines(boxes: NDArray[Any]) -> list[str]:
    """Return the column "baseline" for normalised corner boxes (N, 4)."""
    return ["bottom" if bottom > LOWEST else "top" for bottom in boxes[:, 3]]


def write_names_below(plot: Any) -> None:
    """Move the names that an `ObjectEditor` writes on `plot`; its columns have "baseline", too.

    They begin right of the corner, where a selected object has a handle.
    """
    sources = [plot.select_one({"name": name}).data_source for name in ("gt", "others")]
    for renderer in plot.renderers:
        if isinstance(renderer.glyph, Text) and renderer.data_source in sources:
            renderer.glyph.update(
                y="bottom", text_baseline=field("baseline"), x_offset=9, y_offset=0
            )
