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
from explorer.pages.shared.page.notice import Notice, guarded
from explorer.pages.shared.page.parts import labelled, row, section

__all__ = ["AnchorMatching", "AnchorSteps"]

USUAL_MINING_RATIO = 3.0


class AnchorMatching:
    """The settings of MultiBoxTarget; they follow the model."""

    def __init__(self, model: AnchorsModel) -> None:
        self._model = model
        self._following = Following()
        self._problem = Notice()
        self._threshold = labelled(
            _("Match IoU threshold"),
            FollowingSlider(min=0, max=1, step=0.01, readout_format=".2f"),
        )
        self._mining = widgets.Checkbox(description=_("Mine hard negatives"), indent=False)
        self._ratio = labelled(
            _("Negatives for each positive"),
            FollowingSlider(min=0.5, max=20, step=0.5, readout_format=".1f"),
        )
        self._below = labelled(
            _("Mine only below IoU"),
            FollowingSlider(min=0.05, max=1, step=0.01, readout_format=".2f"),
        )
        names = (
            _("Variance x"), _("Variance y"), _("Variance width"), _("Variance height")
        )  # fmt: skip
        self._variances = [
            labelled(name, widgets.BoundedFloatText(min=0.001, max=10, step=0.05)) for name in names
        ]
        for field in self._variances:
            field.layout.width = "auto"
            field.layout.flex = "1 1 110px"
            field.layout.min_width = "0"
        about = _(
            "Variances divide the offsets, so that the network learns numbers of a like size."
        )

        guard = guarded(self._problem)
        self._threshold.on_move(guard(partial(self._change, "match_iou_threshold")))
        self._ratio.on_move(guard(partial(self._change, "negative_mining_ratio")))
        self._below.on_move(guard(partial(self._change, "negative_mining_threshold")))
        self._mining.observe(guard(self._following.by_hand(self._switch_mining)), "value")
        for field in self._variances:
            field.observe(guard(self._following.by_hand(self._type)), "value")
        self.section = section(
            _("Matching"),
            self._threshold,
            self._mining,
            self._ratio,
            self._below,
            widgets.HTML(f'<p class="ssdx-muted">{about}</p>'),
            row(*self._variances),
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
            for slider in (self._ratio, self._below):
                slider.layout.display = None if mining else "none"
            if mining:
                self._ratio.follow(match.negative_mining_ratio)
            self._below.follow(match.negative_mining_threshold)
            for field, value in zip(self._variances, match.variances, strict=True):
                field.value = value

    def _change(self, name: str, value: Any) -> None:
        match = self._model.state.match.with_(**{name: value})
        self._model.change(f"match {name}", match=match)

    def _switch_mining(self, change: dict[str, Any]) -> None:
        self._change("negative_mining_ratio", USUAL_MINING_RATIO if change["new"] else -1.0)

    def _type(self, _change: dict[str, Any]) -> None:
        self._change("variances", tuple(field.value for field in self._variances))


class AnchorSteps:
    """A bar below the photograph that replays the matching."""

    def __init__(self, model: AnchorsModel, guard: Callable[..., Any]) -> None:
        self._model = model
        self._following = Following()
        buttons = (
            ("|◀", _("To the start"), lambda: 0),
            ("◀", _("Step back"), lambda: self._step - 1),
            ("▶", _("Step forward"), lambda: self._step + 1),
            ("▶|", _("To the end"), lambda: self._num_steps),
        )
        self._buttons = []
        for sign, tip, target in buttons:
            button = widgets.Button(description=sign, tooltip=tip)
            button.layout.flex = "0 0 46px"
            button.layout.width = "46px"
            button.add_class("ssdx-small")
            button.on_click(guard(lambda _button, target=target: model.go_to_step(target())))
            self._buttons.append(button)
        self._slider = labelled(
            _("Replay of the matching"), widgets.IntSlider(min=0, max=1, readout=False)
        )
        self._slider.layout.flex = "1 1 80px"
        self._slider.layout.min_width = "0"
        self._slider.layout.width = "auto"
        self._slider.observe(guard(self._following.by_hand(self._slide)), "value")
        self._text = widgets.HTML()
        back_start, back, forward, end = self._buttons
        bar = row(back_start, back, self._slider, forward, end)
        bar.layout.align_items = "flex-end"
        bar.layout.flex_flow = "row nowrap"
        self.widget = widgets.VBox([bar, self._text])
        self.draw()

    def draw(self) -> None:
        """Follow the model."""
        with self._following:
            self._slider.max = max(self._num_steps, 1)
            self._slider.value = self._step
        back_start, back, forward, end = self._buttons
        back_start.disabled = back.disabled = self._step == 0
        forward.disabled = end.disabled = self._step == self._num_steps
        title = _("Step {step} of {all}.").format(step=self._step, all=self._num_steps)
        self._text.value = (
            '<p role="status" class="ssdx-fine">'
            f"<b>{title}</b> {escape(step_text(self._model.scene))}</p>"
        )

    @property
    def _num_steps(self) -> int:
        return len(self._model.scene.replay.steps)

    @property
    def _step(self) -> int:
        step = self._model.state.step
        return self._num_steps if step is None else min(step, self._num_steps)

    def _slide(self, change: dict[str, Any]) -> None:
        self._model.go_to_step(change["new"])
