"""One image of a batch: as the data set has it, and as the network sees it with its anchors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.core.properties import field
from bokeh.models import ColumnDataSource

from explorer.i18n import _
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.pages.shared.page import theme
from explorer.pages.shared.page.colors import role_of
from explorer.pages.train.batch.model import BatchAnchor
from explorer.pages.train.batch.words import shown_loss

if TYPE_CHECKING:
    from explorer.training.batch_inspection import InspectedImage

_SIDES = {side: side for side in ("left", "right", "top", "bottom")}
_TEXTS = ("kind", "map", "size", "target", "prob", "of_class", "of_box", "share")
_THINNEST_PX, _WIDEST_PX = 1.5, 3.5
_FAINTEST = 0.7


class BatchFigure:
    """Two figures side by side, `before` and `after`; built once, `show` changes their sources."""

    def __init__(self) -> None:
        self.before, self.after = _photograph(), _photograph()
        self._anchors = ColumnDataSource(_anchor_columns([]))
        outline: dict[str, Any] = {**_SIDES, "source": self._anchors, "fill_color": None}
        self.after.quad(**outline, line_color="white", line_alpha=0.35, line_width=field("edge"))
        drawn = self.after.quad(
            **outline, line_color=field("color"), line_width=field("width"),
            line_alpha=field("alpha"), line_dash=field("dash"), name="batch_anchors",
        )  # fmt: skip
        # On top: twenty anchors lie around each object, and hide what they are to learn.
        self._before_gt, self._after_gt = (
            _draw_truth(plot, name)
            for plot, name in ((self.before, "gt_before"), (self.after, "gt_after"))
        )
        theme.add_hover(
            self.after,
            drawn,
            (_("Kind"), "@kind"),
            (_("Feature map"), "@map"),
            (_("Size, px"), "@size"),
            (_("Should be"), "@target"),
            (_("Probability of that"), "@prob"),
            (_("Class loss"), "@of_class"),
            (_("Box loss"), "@of_box"),
            (_("Share of the batch"), "@share"),
            # Anchors lie over each other by dozens: the smallest is the one that is pointed at.
            sort_by=[("area_px", "ascending")],
            limit=1,
        )

    def show(self, image: InspectedImage) -> None:
        """Send an image with its objects, as it was and as it became."""
        for plot, source, pixels, rows in (
            (self.before, self._before_gt, image.original, image.original_labels),
            (self.after, self._after_gt, image.image, image.labels),
        ):
            theme.set_image(plot, pixels)
            height, width = pixels.shape[:2]
            source.data = theme.corner_columns(rows[:, 1:] * np.array([width, height] * 2))

    def show_anchors(self, anchors: Sequence[BatchAnchor]) -> None:
        """Send the anchors, the costliest first."""
        self._anchors.data = _anchor_columns(anchors)


def kind_word(kind: AnchorKind) -> str:
    """Return what an anchor that takes part is called."""
    words = {
        AnchorKind.FORCED: _("forced positive"),
        AnchorKind.OVER_THRESHOLD: _("positive"),
        AnchorKind.MINED: _("mined negative"),
    }
    return words.get(kind, _("negative"))


def map_word(anchor: BatchAnchor) -> str:
    """Return the size of its feature map, by which all pages call it."""
    height, width = anchor.map_shape
    return f"{width}×{height}"


def target_word(anchor: BatchAnchor) -> str:
    """Return the class that it should have."""
    return anchor.target or _("background")


def _photograph() -> Any:
    return theme.image_figure(16, 16, max_width=None)


def _draw_truth(plot: Any, name: str) -> ColumnDataSource:
    """Draw the objects with a light edge, which shows on every photograph; return their source."""
    truth, gt = ColumnDataSource(theme.corner_columns([])), theme.ROLES["gt"]
    plot.quad(
        **_SIDES, source=truth, fill_color=None, line_color="white", line_alpha=0.8,
        line_width=gt.width + 2.5,
    )  # fmt: skip
    plot.quad(**_SIDES, source=truth, **gt.box(fill_alpha=0.0), name=name)
    return truth


def _anchor_columns(anchors: Sequence[BatchAnchor]) -> dict[str, list[Any]]:
    """Return one row per anchor, the costliest last, which is on top."""
    rows = list(reversed(anchors))
    losses = np.array([row.class_loss + row.box_loss for row in rows])
    most = losses.max(initial=0.0) or 1.0
    # The area of a line, not its width, is what one sees: hence the root.
    parts = np.sqrt(losses / most)
    widths = _THINNEST_PX + (_WIDEST_PX - _THINNEST_PX) * parts
    texts = [dict(zip(_TEXTS, _texts(row), strict=True)) for row in rows]
    return {
        **theme.corner_columns([row.box_px for row in rows]),
        "color": [role_of(row.kind).color for row in rows],
        "dash": [role_of(row.kind).dash_px for row in rows],
        "width": widths.tolist(),
        "edge": (widths + 1.5).tolist(),
        "alpha": (_FAINTEST + (1 - _FAINTEST) * parts).tolist(),
        "loss": losses.tolist(),
        "area_px": [(r.box_px[2] - r.box_px[0]) * (r.box_px[3] - r.box_px[1]) for r in rows],
        **{name: [row[name] for row in texts] for name in _TEXTS},
    }


def _texts(anchor: BatchAnchor) -> tuple[str, ...]:
    left, top, right, bottom = anchor.box_px
    return (
        kind_word(anchor.kind),
        map_word(anchor),
        f"{right - left:.0f} × {bottom - top:.0f}",
        target_word(anchor),
        f"{anchor.target_prob:.3f}",
        shown_loss(anchor.class_loss),
        shown_loss(anchor.box_loss),
        f"{anchor.share:.2%}",
    )
