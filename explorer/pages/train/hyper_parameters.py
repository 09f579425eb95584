"""The settings of a run as controls: a label, what it does in one sentence, and its range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as widgets

from explorer.config import MAX_EPOCHS, OPTIMIZERS
from explorer.i18n import N_, _
from explorer.pages.shared.controls.number_field import NumberField
from explorer.pages.shared.page.parts import labelled

_Make = Callable[[str, str], widgets.Widget]


@dataclass(frozen=True)
class Setting:
    """One setting of a `TrainConfig`."""

    name: str
    """Dotted, as ``match.negative_mining_ratio``."""
    label: str
    explanation: str
    make: _Make
    """Gets label and explanation, and returns a control with the one above it, the other at hand.
    """


def _number(low: float, high: float, step: float) -> _Make:
    return partial(NumberField, low=low, high=high, step=step)


def _whole(low: int, high: int) -> _Make:
    return partial(NumberField, low=low, high=high, whole=True)


def _choice(*options: Any) -> _Make:
    return lambda label, tooltip: labelled(
        label, widgets.Dropdown(options=options, tooltip=tooltip)
    )


def main_settings() -> tuple[Setting, ...]:
    """Return what most users change; the page shows it at once."""
    return (
        Setting(
            "epochs",
            _("Epochs"),
            _("How often every training image is seen."),
            _whole(1, MAX_EPOCHS),
        ),
        Setting(
            "first_epoch",
            _("First epoch"),
            _(
                "Counted from 0: 148 of 150 epochs trains the last two, with the learning rate "
                "that they would have, as the tutorial does with its own weights."
            ),
            _whole(0, MAX_EPOCHS - 1),
        ),
        Setting(
            "batch_size",
            _("Batch size (images)"),
            _("Images per step. Larger is steadier, and takes more memory."),
            _choice(4, 8, 16, 32, 64),
        ),
        Setting(
            "learning_rate",
            _("Learning rate"),
            _(
                "How large each step is. Too high and the loss explodes, too low and nothing "
                "happens."
            ),
            _number(1e-6, 1e6, 0.001),
        ),
        Setting(
            "seed",
            _("Seed"),
            _("Decides first weights, order and augmentation: the same seed gives the same run."),
            _whole(0, 2**31 - 1),
        ),
    )


def loss_settings() -> tuple[Setting, ...]:
    """Return the settings of the focal loss."""
    return (
        Setting("focal_alpha", _("α"), _("Factor of the focal loss."), _number(0.01, 1.0, 0.05)),
        Setting(
            "focal_gamma",
            _("γ"),
            _("How fast the loss of an anchor that is right already fades; 0 is cross-entropy."),
            _number(0.0, 10.0, 0.5),
        ),
    )


def more_settings() -> tuple[Setting, ...]:
    """Return the rest of what decides a run."""
    return (
        Setting(
            "optimizer",
            _("Optimiser"),
            "; ".join(_(each.about) for each in OPTIMIZERS.values()) + ".",
            _choice(*((_(each.title), name) for name, each in OPTIMIZERS.items())),
        ),
        Setting(
            "momentum",
            _("Momentum"),
            _("{names} only: how much of the last step carries over.").format(
                names=", ".join(_(e.title) for e in OPTIMIZERS.values() if "momentum" in e.options)
            ),
            _number(0.0, 0.999, 0.1),
        ),
        Setting(
            "weight_decay",
            _("Weight decay"),
            _("Pulls all weights towards 0, to reduce overfitting."),
            _number(0.0, 1.0, 0.0001),
        ),
        Setting(
            "schedule",
            _("Schedule"),
            _("The learning rate stays constant, or falls to 0 along half a cosine."),
            _choice((_("Cosine"), "cosine"), (_("Constant"), "constant")),
        ),
        Setting(
            "warmup_steps",
            _("Warm-up (steps)"),
            _("Number of first steps over which the learning rate rises from 0."),
            _whole(0, 10**6),
        ),
        Setting(
            "augment",
            _("Augmentation"),
            _("Every epoch changes each image at random. A crop keeps 95 % of every object."),
            _choice(
                (_("Crop, mirror, colour"), "full"), (_("Crop alone"), "crop"), (_("None"), "none")
            ),
        ),
        Setting(
            "loss_average",
            _("Normalise losses by"),
            _("Divided by the positives, the step does not shrink as the number of anchors grows."),
            _choice((_("Number of positives"), "positives"), (_("Number of anchors"), "anchors")),
        ),
        Setting(
            "box_weight",
            _("Weight of the box loss"),
            _("Its factor relative to the class loss."),
            _number(0.01, 100.0, 0.1),
        ),
        Setting(
            "match.match_iou_threshold",
            _("Match threshold (IoU)"),
            _("An anchor above it learns to find the object; each object's best anchor always "
              "does."),
            _number(0.0, 1.0, 0.05),
        ),
        Setting(
            "match.negative_mining_ratio",
            _("Negatives per positive"),
            _("How many of the hardest background anchors count; −1 counts all of them."),
            _number(-1.0, 1000.0, 1.0),
        ),
        Setting(
            "match.negative_mining_threshold",
            _("Negatives below (IoU)"),
            _("Anchors that overlap an object more are never mined as background."),
            _number(0.01, 1.0, 0.05),
        ),
        Setting(
            "input_size",
            _("Input (px)"),
            _("Side of the square that images are resized to. Four times the pixels, four times "
              "the time."),
            _whole(64, 1024),
        ),
    )  # fmt: skip


_OTHERS = {
    "recipe": N_("Recipe"),
    "dataset": N_("Data set"),
    "anchors": N_("Anchors"),
    "pretrained": N_("Start from"),
    "device": N_("Device"),
    "num_gpus": N_("GPUs that share a batch"),
    "overfit": N_("Overfit one batch (a check that learning works)"),
    "class_loss": N_("Class loss"),
}


def setting_label(name: str) -> str:
    """Return what the page calls a setting; its dotted name where it has no control."""
    if name in _OTHERS:
        return _(_OTHERS[name])
    settings = (*main_settings(), *loss_settings(), *more_settings())
    return next((each.label for each in settings if each.name == name), name)
