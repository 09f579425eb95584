"""Controls of the matching: threshold, mining, variances, and its steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from explorer.i18n import _
from explorer.pages.anchors.model import AnchorsModel
from explorer.pages.anchors.words import step_text
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.following_slider import FollowingSlider
from explorer.pages.shared.controls.step_bar import StepBar
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import beside, labelled, section, show

USUAL_MINING_RATIO = 3.0


class AnchorMatching:
    """The settings of MultiBoxTarget; they follow the model."""

    def __init__(self, model: AnchorsModel) -> None:
        self._model = model
        self._problem = Notice()
        guard = guarded(self._problem)
        self._following = Following(guard)
        self._threshold = FollowingSlider(min=0, max=1, step=0.01)
        self._mining = widgets.Checkbox(description=_("Mine hard negatives"), indent=False)
        self._ratio = FollowingSlider(min=0.5, max=20, step=0.5)
        self._below = FollowingSlider(min=0.05, max=1, step=0.01)
        names = _("Variance x"), _("Variance y"), _("Variance width"), _("Variance height")
        self._variances = [
            labelled(name, widgets.BoundedFloatText(min=0.001, max=10, step=0.05)) for name in names
        ]
        about = _(
            "Offsets are divided by the variances so that all four numbers have a similar size."
        )
        self._threshold.on_move(guard(partial(self._change, "match_iou_threshold")))
        self._ratio.on_move(guard(partial(self._change, "negative_mining_ratio")))
        self._below.on_move(guard(partial(self._change, "negative_mining_threshold")))
        self._following.listen(self._mining, self._switch_mining)
        for field in self._variances:
            self._following.listen(field, lambda _value: self._take_variances())
        self.section = section(
            _("Matching"),
            labelled(_("Match IoU threshold"), self._threshold),
            self._mining,
            labelled(_("Negatives for each positive"), self._ratio),
            labelled(_("Mine only below IoU"), self._below),
            widgets.HTML(f'<p class="ssdx-muted">{about}</p>'),
            beside(*((field, 110) for field in self._variances)),
            self._problem,
        )
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        match = self._model.state.match
        mining = match.negative_mining_ratio > 0
        with self._following:
            self._threshold.follow(match.match_iou_threshold)
            self._mining.value = mining
            show(mining, self._ratio, self._below)
            if mining:
                self._ratio.follow(match.negative_mining_ratio)
            self._below.follow(match.negative_mining_threshold)
            for field, value in zip(self._variances, match.variances, strict=True):
                field.value = value

    def _change(self, name: str, value: Any) -> None:
        match = self._model.state.match.with_(**{name: value})
        self._model.change(f"match {name}", match=match)

    def _switch_mining(self, on: bool) -> None:
        self._change("negative_mining_ratio", USUAL_MINING_RATIO if on else -1.0)

    def _take_variances(self) -> None:
        self._change("variances", tuple(field.value for field in self._variances))


class AnchorSteps:
    """A bar below the photograph that replays the matching."""

    def __init__(self, model: AnchorsModel, guard: Callable[..., Any]) -> None:
        self._model = model
        self._bar = StepBar(_("Replay of the matching"), model.go_to_step, guard, plays=False)
        self._text = widgets.HTML()
        self.widget = widgets.VBox([self._bar.widget, self._text])
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        last, step = len(self._model.scene.replay.steps), self._model.state.step
        step = last if step is None else min(step, last)
        self._bar.show(step, last)
        title = _("Step {step} of {all}.").format(step=step, all=last)
        self._text.value = (
            '<p role="status" class="ssdx-fine">'
            f"<b>{title}</b> {escape(step_text(self._model.scene))}</p>"
        )
