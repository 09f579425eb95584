"""A question below the picture follows it at its own pace, and only while it is in front."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets
from traitlets import HasTraits

from explorer.pages.shared.timing.throttle import Throttle


def draw_while_shown(
    part: widgets.Widget,
    draw: Callable[[], object],
    *sources: tuple[HasTraits, str | list[str]],
    frames_per_s: float = 10.0,
) -> None:
    """Call `draw` when one of these traits changes, and when a part comes forward.

    Behind another question it is not drawn.
    """

    def changed(_change: object) -> None:
        if part.layout.display != "none":
            draw()

    pace = Throttle(changed, frames_per_s)
    for source, names in sources:
        source.observe(pace.push, names)
    part.layout.observe(pace.push, "display")
