"""The settings of a run as controls: a label, what it does in one sentence, and its range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as widgets

from explorer.config import MAX_EPOCHS
from explorer.i18n import _
from explorer.views.page import labelled

__all__ = ["LOSS", "MAIN", "MORE", "Setting"]


@dataclass(frozen=True)
class Setting:
    """One setting of a `TrainConfig`.

    Parameters
    ----------
    name : str
        Dotted, as ``match.negative_mining_ratio``.
    label, explanation : str
    make : callable
        Returns its control, without a label.
    """

    name: str
    label: str
    explanation: str
    make: Callable[[], widgets.Widget]

    def control(self) -> widgets.Widget:
        """Return a control with the label above it and the explanation at hand."""
        made = self.make()
        made.tooltip = self.explanation
        return labelled(self.label, made)


def _number(low: float, high: float, step: float) -> Callable[[], widgets.Widget]:
    return partial(widgets.BoundedFloatText, min=low, max=high, step=step)


def _whole(low: int, high: int) -> Callable[[], widgets.Widget]:
    return partial(widgets.BoundedIntText, min=low, max=high)


def _choice(*options: Any) -> Callable[[], widgets.Widget]:
    return partial(widgets.Dropdown, options=options)


MAIN = (
    Setting(
        "epochs", _("Epochs"), _("How often every training image is seen."), _whole(1, MAX_EPOCHS)
    ),
    Setting(
        "batch_size",
        _("Batch size (images)"),
        _("Images of one step. Larger is steadier, and takes more memory."),
        _choice(4, 8, 16, 32, 64),
    ),
    Setting(
        "learning_rate",
        _("Learning rate"),
        _("How far a step goes. Too high and the loss explodes, too low and nothing happens."),
        _number(1e-6, 1e6, 0.001),
    ),
    Setting(
        "seed",
        _("Seed"),
        _("Decides first weights, order and augmentation: the same seed gives the same run."),
        _whole(0, 2**31 - 1),
    ),
)
"""What most readers change; the page shows it at once."""

LOSS = (
    Setting("focal_alpha", _("α"), _("Factor of the focal loss."), _number(0.01, 1.0, 0.05)),
    Setting(
        "focal_gamma",
        _("γ"),
        _("How fast the loss of an anchor that is right already fades; 0 is cross-entropy."),
        _number(0.0, 10.0, 0.5),
    ),
)

MORE = (
    Setting(
        "optimizer",
        _("Optimiser"),
        _("Adam gives each weight a pace of its own; SGD, the tutorial's, has one for all."),
        _choice((_("Adam"), "adam"), (_("SGD"), "sgd")),
    ),
    Setting(
        "momentum",
        _("Momentum"),
        _("Of SGD: the share of the last step that goes on. Adam ignores it."),
        _number(0.0, 0.999, 0.1),
    ),
    Setting(
        "weight_decay",
        _("Weight decay"),
        _("Pulls all weights towards 0, against learning by heart."),
        _number(0.0, 1.0, 0.0001),
    ),
    Setting(
        "schedule",
        _("Schedule"),
        _("The learning rate stays, or falls to 0 along half a cosine."),
        _choice((_("Cosine"), "cosine"), (_("Constant"), "constant")),
    ),
    Setting(
        "warmup_steps",
        _("Warm-up (steps)"),
        _("So many steps at first, in which the learning rate rises from 0."),
        _whole(0, 10**6),
    ),
    Setting(
        "augment",
        _("Augmentation"),
        _("Each image is changed anew each epoch. A crop keeps 95 % of every object."),
        _choice(
            (_("Crop, mirror, colour"), "full"), (_("Crop alone"), "crop"), (_("None"), "none")
        ),
    ),
    Setting(
        "loss_average",
        _("Losses divided by"),
        _("By the positives the step does not shrink with the number of anchors."),
        _choice((_("Number of positives"), "positives"), (_("Number of anchors"), "anchors")),
    ),
    Setting(
        "box_weight",
        _("Weight of the box loss"),
        _("Its factor beside the class loss."),
        _number(0.01, 100.0, 0.1),
    ),
    Setting(
        "match.match_iou_threshold",
        _("Match threshold (IoU)"),
        _("An anchor above it learns to find the object; each object's best anchor always does."),
        _number(0.0, 1.0, 0.05),
    ),
    Setting(
        "match.negative_mining_ratio",
        _("Negatives a positive"),
        _("The hardest so many background anchors count; −1 counts all of them."),
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
        _("Side of the square that images are resized to. Four times the pixels, four times the "
          "time."),
        _whole(64, 1024),
    ),
)  # fmt: skip
"""The rest of what decides a run."""
