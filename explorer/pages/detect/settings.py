"""The settings of NMS, beside the picture."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.controls.following_slider import FollowingSlider
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import classed, labelled, section, show
from explorer.pages.shared.timing.throttle import Throttle


class DetectionSettings:
    """Controls that the model follows and that follow it; `section` belongs to the side."""

    def __init__(self, model: DetectModel) -> None:
        self._model = model
        self._problem = Notice()
        self.section = section(
            _("Removing duplicates (NMS)"), self._nms_slider(), self._problem, self._advanced()
        )

    def _nms_slider(self) -> widgets.Widget:
        model = self._model
        slider = FollowingSlider(value=model.nms_iou_threshold, min=0.05, max=1.0, step=0.01)
        # Boxes are made again at most ten times a second, however fast the slider moves.
        take = guarded(self._problem)(lambda iou: model.set_trait("nms_iou_threshold", iou))
        pace = Throttle(take)
        slider.on_move(pace.push)
        model.observe(lambda change: slider.follow(change["new"]), "nms_iou_threshold")
        return labelled(_("NMS IoU: lower = fewer boxes"), slider)

    def _advanced(self) -> widgets.Widget:
        force = widgets.Checkbox(description=_("Suppress across classes"), indent=False)
        clip = widgets.Checkbox(description=_("Cut boxes at the border"), indent=False)
        topk = widgets.BoundedIntText(min=-1, max=100_000)
        controls: tuple[tuple[str, Any], ...] = (
            ("force_suppress", force), ("clip", clip), ("nms_topk", topk),
        )  # fmt: skip
        for name, control in controls:
            widgets.link((self._model, name), (control, "value"))
        label = _("Boxes that enter NMS (−1: all)")
        box = classed(widgets.VBox([labelled(label, topk), force, clip]), "ssdx-advanced")
        show(False, box)
        more = classed(widgets.ToggleButton(description=_("Advanced")), "ssdx-more")
        more.observe(lambda change: show(change["new"], box), "value")
        return widgets.VBox([more, box])
