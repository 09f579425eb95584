"""Training runs, and named sets of hyper-parameters for them."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from explorer.config.anchors import AnchorConfig
from explorer.config.class_losses import CLASS_LOSSES
from explorer.config.detection import DetectorConfig
from explorer.config.matching import MatchConfig
from explorer.config.optimizers import OPTIMIZERS
from explorer.config.presets import CREATURE, TOY_SSD
from explorer.config.settings import Positive, Settings, one_sentence
from explorer.i18n import _

MAX_EPOCHS = 10_000
OVERFIT_STEPS = 20
"""Steps of an epoch of a run that overfits one batch."""

SHIPPED_DETECTORS = ("creature",)
"""Trained detectors that come with the explorer; a run may begin with their weights."""

TUTORIAL_DETECTOR = "tutorial"
"""The MXNet tutorial's own, which is downloaded when it is first asked for."""

NAMED_DETECTORS = (*SHIPPED_DETECTORS, TUTORIAL_DETECTOR)
"""Trained detectors that have a name, where others have a path."""


class Hardware(Settings):
    """What a run computes on: the weights are the same, as far as floating point goes."""

    device: str = Field("auto", pattern=r"^(auto|cpu|gpu\d+)$")
    """"auto" (first GPU, else CPU), "cpu", or "gpu0", "gpu1", …"""
    num_gpus: int = Field(1, ge=1, le=64)
    """int, at least 1: how many GPUs share each batch, from `device` on; at most `batch_size`,
    and 1 on the CPU. Batch norm then looks at each GPU's images alone, so the weights differ a
    little.
    """


class TrainConfig(Hardware):
    """Everything that decides a training run: the same config and data give the same weights."""

    dataset: str = "creature"
    """A name (`creature`) or a folder with `train.rec` and `val.rec`."""
    recipe: str = "fast"
    class_names: tuple[str, ...] = ()
    """Names in order of `class_id`; empty means those that the data set declares."""
    pretrained: str = ""
    """What the first weights are: random if empty, those of a detector with a name
    (`NAMED_DETECTORS`), or those of a checkpoint, a path that ends in `.params`. Layers that do
    not fit are as random as without it, see `explorer.engine.transfer`. All layers are learned.
    """
    anchors: AnchorConfig = CREATURE
    match: MatchConfig = MatchConfig(negative_mining_ratio=3.0)
    input_size: int = Field(256, ge=64, le=1024)
    batch_size: int = Field(16, ge=1, le=512)
    epochs: int = Field(8, ge=1, le=MAX_EPOCHS)
    """In all, those before `first_epoch` counted."""
    first_epoch: int = Field(0, ge=0, lt=MAX_EPOCHS)
    """Counted from 0, as in the tutorial, and below `epochs`: 148 of 150 are the last two. The
    schedule stands where it would stand after the epochs before it.
    """
    seed: int = Field(0, ge=0, le=2**31 - 1)
    class_loss: str = "cross-entropy"
    """One of `CLASS_LOSSES`."""
    focal_alpha: float = Field(0.25, gt=0.0, le=1.0)
    focal_gamma: float = Field(2.0, ge=0.0, le=10.0)
    """Of the focal loss: its factor, and how fast the loss of an easy anchor fades."""
    loss_average: Literal["positives", "anchors"] = "positives"
    """Both losses are divided by the batch's number of positives, or by all anchors."""
    box_weight: float = Field(1.0, gt=0.0, le=100.0)
    """Factor of the box loss beside the class loss."""
    optimizer: str = "adam"
    """One of `OPTIMIZERS`."""
    learning_rate: Positive = 0.001
    momentum: float = Field(0.9, ge=0.0, lt=1.0)
    """Of the optimisers that take one."""
    weight_decay: float = Field(0.0, ge=0.0, le=1.0)
    schedule: Literal["constant", "cosine"] = "cosine"
    """Learning rate over the run; `warmup_steps` rise linearly before it."""
    warmup_steps: int = Field(0, ge=0)
    augment: Literal["none", "crop", "full"] = "full"
    """Random crop that keeps 95 % of each object, and for `full` also mirror and colour."""
    overfit: bool = False
    """Learn from one batch alone, the first of epoch 0, not augmented, `OVERFIT_STEPS` per
    epoch. What can learn at all overfits it; validation goes on as usual.
    """

    @field_validator("class_loss", "optimizer")
    @classmethod
    def _is_known(cls, name: str, info: ValidationInfo) -> str:
        names = CLASS_LOSSES if info.field_name == "class_loss" else OPTIMIZERS
        if name not in names:
            known = _(" or ").join(map(repr, names))
            text = _("{setting} must be {known}, got {given!r}")
            raise ValueError(text.format(setting=info.field_name, known=known, given=name))
        return name

    @field_validator("pretrained")
    @classmethod
    def _names_weights(cls, pretrained: str) -> str:
        if pretrained not in ("", *NAMED_DETECTORS) and not pretrained.endswith(".params"):
            text = _(
                "pretrained must be empty, {names}, or the path of a .params file, got "
                "{pretrained!r}"
            )
            raise ValueError(text.format(names=", ".join(NAMED_DETECTORS), pretrained=pretrained))
        return pretrained

    @model_validator(mode="after")
    def _has_an_epoch(self) -> TrainConfig:
        if self.first_epoch >= self.epochs:
            text = _(
                "first_epoch must be below epochs, which counts those before it too: {epochs}, got "
                "{first_epoch}"
            )
            raise ValueError(text.format(epochs=self.epochs, first_epoch=self.first_epoch))
        return self

    @model_validator(mode="after")
    def _several_gpus_have_work(self) -> TrainConfig:
        if self.num_gpus > 1 and self.device == "cpu":
            text = _("num_gpus is {num_gpus}, but device is cpu: take auto or gpu0, or num_gpus 1")
            raise ValueError(text.format(num_gpus=self.num_gpus))
        if self.num_gpus > self.batch_size:
            text = _("num_gpus must be at most batch_size, {batch_size}, got {num_gpus}")
            raise ValueError(text.format(batch_size=self.batch_size, num_gpus=self.num_gpus))
        return self

    def learning_rate_at(self, step: int, num_steps: int) -> float:
        """Return the learning rate of step `step` (0-based) of `num_steps`, from epoch 0 on."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        if self.schedule == "constant":
            return self.learning_rate
        done = (step - self.warmup_steps) / max(1, num_steps - self.warmup_steps)
        return self.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))

    def detector(self, class_names: tuple[str, ...]) -> DetectorConfig:
        """Return what this config trains for a data set with these classes.

        Raises
        ------
        ValueError
            If the input is too small for the number of layers.
        """
        with one_sentence():
            return DetectorConfig(
                class_names=class_names,
                anchors=self.anchors,
                input_size=self.input_size,
                variances=self.match.variances,
            )


RECIPES: dict[str, dict[str, Any]] = {
    "fast": {},
    "tutorial": {
        "anchors": TOY_SSD,
        "match": MatchConfig(),
        "batch_size": 32,
        "class_loss": "focal",
        "loss_average": "anchors",
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "momentum": 0.0,
        "weight_decay": 5e-4,
        "schedule": "constant",
        "augment": "crop",
    },
}
"""Named sets of hyper-parameters; what they leave out has `TrainConfig`'s default."""


def recipe(name: str, **changes: Any) -> TrainConfig:
    """Return the recipe called `name` with `changes` applied.

    Raises
    ------
    ValueError
        If no recipe has that name, or a change is out of its range.
    """
    if name not in RECIPES:
        text = _("no recipe is called {name!r}; known are: {names}")
        raise ValueError(text.format(name=name, names=", ".join(sorted(RECIPES))))
    return TrainConfig.model_validate({"recipe": name, **RECIPES[name], **changes})
