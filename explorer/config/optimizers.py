"""Every optimiser that a run may have, named in this one place."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.i18n import N_


@dataclass(frozen=True)
class Optimizer:
    """One optimiser of MXNet, by its name there."""

    title: str
    about: str
    """What a person calls it, and what it does, as half a sentence; English, for `_`."""
    largest_rate: float
    """The learning rate above which a run surely fails, with cross-entropy by positives."""
    options: tuple[str, ...] = ()
    """The settings of `TrainConfig` that it takes beside learning rate and weight decay."""
    by_gradient: bool = False
    """Its steps are as long as the gradient: a loss that is smaller makes them shorter."""


OPTIMIZERS = {
    "adam": Optimizer(
        title=N_("Adam"),
        about=N_("Adam gives each weight a pace of its own"),
        largest_rate=0.01,
    ),
    "sgd": Optimizer(
        title=N_("SGD"),
        about=N_("SGD, the tutorial's, has one for all"),
        largest_rate=0.1,
        options=("momentum",),
        by_gradient=True,
    ),
}
"""Of 40 steps on `sample`, 0.03 with Adam left AP50 at 0.005 (0.001: 0.399); SGD without momentum
had ten times the first loss at 0.3, and no finite one at 3."""
