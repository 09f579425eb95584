"""The ground truth in numbers, and the threshold that it is matched with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.viewmodels.anchors import AnchorsModel
from explorer.views.following_slider import FollowingSlider
from explorer.views.notice import Notice, guarded
from explorer.views.page import labelled, row, section

__all__ = ["AnchorGroundTruth"]


class AnchorGroundTruth:
    """Controls that follow the model.

    Parameters
    ----------
    model : AnchorsModel
    labelled_box : callable
        Returns the photograph's own object, corner, normalised.
    """

    def __init__(
        self,
        model: AnchorsModel,
        labelled_box: Callable[[], tuple[float, float, float, float]],
    ) -> None:
        self._model = model
        self._labelled_box = labelled_box
        self._following = False
        self._problem = Notice()
        self._threshold = labelled(
            _("Match IoU threshold"),
            FollowingSlider(min=0, max=1, step=0.01, readout_format=".2f"),
        )
        names = (_("x"), _("y"), _("Width"), _("Height"))
        self._fields = [labelled(name, widgets.IntText()) for name in names]
        for field in self._fields:
            field.layout.width = "auto"
            field.layout.flex = "1 1 110px"
            field.layout.min_width = "0"
        self._back = widgets.Button(description=_("Back to the labelled object"))

        guard = guarded(self._problem)
        self._threshold.on_move(guard(lambda value: model.change(match_iou_threshold=value)))
        for field in self._fields:
            field.observe(guard(self._type), "value")
        self._back.on_click(guard(lambda _button: model.change(gt_box=self._labelled_box())))
        unit = _("Ground truth, px of the 256 × 256 input")
        self.section = section(
            _("Matching"),
            self._threshold,
            widgets.HTML(f'<p class="ssdx-muted" style="line-height:1.5">{unit}</p>'),
            row(*self._fields),
            self._problem,
            self._back,
        )
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        state = self._model.state
        self._following = True
        try:
            self._threshold.follow(state.match_iou_threshold)
            for field, value in zip(self._fields, state.gt_px, strict=True):
                field.value = round(value)
        finally:
            self._following = False

    def _type(self, _change: dict[str, Any]) -> None:
        if not self._following:
            self._model.set_gt_px(*(field.value for field in self._fields))
