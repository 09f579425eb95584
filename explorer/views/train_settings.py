"""The settings of the next run, each explained, and what will happen with them."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
from pydantic import ValidationError

from explorer.config import ANCHOR_PRESETS, MAX_EPOCHS, RECIPES, explain
from explorer.datasets import dataset_names
from explorer.datasets.catalog import NAMES
from explorer.i18n import _
from explorer.viewmodels.train_settings import Plan, TrainSettings
from explorer.views.loss_curve import loss_curve
from explorer.views.notice import Notice, guarded
from explorer.views.page import labelled, row, section

__all__ = ["SettingsPanel"]

_BATCH_SIZES = [4, 8, 16, 32, 64]


class SettingsPanel:
    """Controls linked to the settings; `sections` belong to the side of the page.

    Parameters
    ----------
    settings : TrainSettings
    """

    def __init__(self, settings: TrainSettings) -> None:
        self._settings = settings
        self._opened = False
        self._problem = Notice()
        self._dataset = labelled(_("Data set"), widgets.Dropdown(options=_dataset_choices()))
        self._curve, self._plan = widgets.HTML(), widgets.HTML()
        self._focal = row(
            self._number("focal_alpha", _("α"), 0.01, 1.0, 0.05),
            self._number("focal_gamma", _("γ"), 0.0, 10.0, 0.5),
        )
        loss = self._link(
            "class_loss",
            labelled(
                _("Class loss"),
                widgets.Dropdown(
                    options=[
                        (_("Cross-entropy, mined negatives"), "cross-entropy"),
                        (_("Focal loss, all anchors"), "focal"),
                    ]
                ),
            ),
        )
        self._link("dataset", self._dataset)
        anchors = self._link(
            "anchors",
            labelled(_("Anchors"), widgets.Dropdown(options=list(ANCHOR_PRESETS))),
        )
        overfit = widgets.Checkbox(
            description=_("One batch only, by heart"), indent=False,
            tooltip=_("What can learn at all learns it: if this fails, it is not the data's size"),
        )  # fmt: skip
        self.sections = [
            section(
                _("Settings of the next run"),
                self._link(
                    "recipe", labelled(_("Recipe"), widgets.Dropdown(options=list(RECIPES)))
                ),
                self._dataset,
                anchors,
                self._whole("epochs", _("Epochs"), 1, MAX_EPOCHS),
                self._link(
                    "batch_size",
                    labelled(_("Batch size (images)"), widgets.Dropdown(options=_BATCH_SIZES)),
                ),
                self._number("learning_rate", _("Learning rate"), 1e-6, 1e6, 0.001),
                self._whole("seed", _("Seed"), 0, 2**31 - 1),
                self._link("device", labelled(_("Device"), widgets.Dropdown(options=_devices()))),
                self._link("overfit", overfit),
            ),
            section(_("Loss"), loss, self._focal, self._curve),
            section(_("What will happen"), self._plan, self._problem),
        ]
        names = ["class_loss", "focal_alpha", "focal_gamma"]
        settings.observe(guarded(self._problem)(self._draw_loss), names)
        settings.observe(guarded(self._problem)(self._draw_plan))
        self._draw_loss()

    def opened(self) -> None:
        """Look at the data sets that are there by now."""
        self._opened = True
        self._dataset.options = _dataset_choices()
        guarded(self._problem)(self._draw_plan)()

    def _link(self, name: str, control: widgets.Widget) -> widgets.Widget:
        widgets.link((self._settings, name), (control, "value"))
        return control

    def _number(
        self, name: str, label: str, low: float, high: float, step: float
    ) -> widgets.Widget:
        return self._link(
            name, labelled(label, widgets.BoundedFloatText(min=low, max=high, step=step))
        )

    def _whole(self, name: str, label: str, low: int, high: int) -> widgets.Widget:
        return self._link(name, labelled(label, widgets.BoundedIntText(min=low, max=high)))

    def _draw_loss(self, _change: Any = None) -> None:
        chosen = self._settings
        self._focal.layout.display = None if chosen.class_loss == "focal" else "none"
        self._curve.value = loss_curve(chosen.class_loss, chosen.focal_alpha, chosen.focal_gamma)

    def _draw_plan(self, _change: Any = None) -> None:
        if not self._opened:  # a kernel that waits for its reader reads no data
            return
        try:
            self._plan.value = _plan(self._settings.plan())
        except ValidationError as error:
            raise ValueError(explain(error)) from error


def _plan(plan: Plan) -> str:
    lines = [_("{number:,} anchors an image.").format(number=plan.num_anchors)]
    if plan.num_images is None or plan.num_steps is None:
        lines.append(_("The data set is not there yet: it is made first, which takes a minute."))
    else:
        lines.append(
            _("{images:,} images to learn from: {steps:,} steps in all.").format(
                images=plan.num_images, steps=plan.num_steps
            )
        )
    if plan.coverage is not None:
        lines.append(
            _("{share:.1%} of their objects have an anchor over the match threshold.").format(
                share=plan.coverage
            )
        )
    if plan.seconds is not None:
        minutes = max(1, round(plan.seconds / 60))
        lines.append(_("About {minutes:,} min at the last run's pace.").format(minutes=minutes))
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"


def _devices() -> list[tuple[str, str]]:
    return [
        (_("Automatic (GPU if there is one)"), "auto"),
        (_("CPU"), "cpu"),
        (_("First GPU"), "gpu0"),
    ]


def _dataset_choices() -> list[tuple[str, str]]:
    """Return every named data set; one that is not there yet is made when the run starts."""
    there = dataset_names()
    return [
        (name if name in there else _("{name} (made at the start)").format(name=name), name)
        for name in NAMES
    ]
