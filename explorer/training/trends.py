"""What the curves of a run say, in words: nothing, as long as it goes well.

The thresholds are wide on purpose. A sentence that a healthy run provokes would soon not be
read any more; what they miss for some steps, they say a little later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

Columns = Mapping[str, Sequence[float]]
Float64 = NDArray[np.float64]

_WINDOW = 20
"""Steps of the moving mean: one batch's loss differs from the next by a tenth or more."""
_DIVERGED_FACTOR = 3.0
"""A healthy smoothed loss stays below one and a half times its lowest."""
_DIVERGED_STEPS = 30
"""More than `_WINDOW`, so that one bad batch, however bad, is no divergence."""
_DIVERGED_LEAST = 0.1
"""Of the loss at the beginning: a batch that is overfitted may waver about almost nothing."""
_EXPLODED_FACTOR = 10.0
_LEAST_AP50 = 0.05
_LEARNED_AP50 = 0.1
_LOST_SHARE = 0.1
_PLATEAU_EPOCHS = 5
_BETTER_AP50 = 0.005
_BETTER_LOSS = 0.99
_BACKGROUND_STEPS = 100
"""A network soon says "background" everywhere, and with the tutorial's recipe for long."""
_BACKGROUND_ACCURACY = 0.005
"""Of the positives; with the tutorial's slow recipe still one in fifty is right."""
_BACKGROUND_MARGIN = 0.01
"""By which the accuracy may differ from that of saying nothing but "background"."""


def trend(steps: Columns, validations: Columns) -> str:
    """Return one sentence about what goes wrong in a run, or "".

    - Divergence: for 30 steps the loss, smoothed over 20, has been above 3 times its lowest.
    - All background: over the last 100 steps the accuracy was that of saying "background"
      everywhere, and of the positive anchors fewer than 1 in 200 were right.
    - Plateau: for 5 epochs neither AP50 (by half a point) nor the smoothed loss (by 1 %) has
      become better than before.

    Parameters
    ----------
    steps : columns of equal length
        ``step``, ``class_loss``, ``box_loss``, ``accuracy``, ``background_accuracy``,
        ``positive_accuracy`` (NaN in a batch without positives); others are not looked at.
    validations : columns of equal length
        ``step`` and ``ap50``, one row per epoch.
    """
    loss = _column(steps, "class_loss") + _column(steps, "box_loss")
    if len(loss) < _WINDOW:
        return ""
    smooth = _moving_mean(loss)
    return _divergence(smooth) or _all_background(steps) or _plateau(steps, smooth, validations)


def ruin(records: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return what ruined a run that came to its last step, as a message of its status, or None.

    - The loss rose to more than 10 times its first value, in two steps at least, and AP50 is below
      0.05 at the end.
    - AP50 was 0.1 or more, and is less than a tenth of that at the end.

    Of 31 runs on `sample`, 12 and 40 steps long, with both recipes and rates from 0.001 to 3000,
    the loss of those that learned never came above its first value; of the others, the highest but
    one was 20 times the first or more, or the run had only learned nothing.

    Parameters
    ----------
    records : iterable of dict
        Of the run, from its beginning, without those that a resume took back.
    """
    losses, ap50 = [], []
    for record in records:
        if record["kind"] == "step":
            losses.append(record["class_loss"] + record["box_loss"])
        elif record["kind"] == "epoch":
            ap50.append(record["ap50"])
    if not ap50:
        return None
    highest = sorted(losses)[-2] if len(losses) > 1 else 0.0
    if ap50[-1] < _LEAST_AP50 and highest > _EXPLODED_FACTOR * losses[0]:
        about = {"first": losses[0], "highest": max(losses), "ap50": ap50[-1]}
        return {"key": "loss_exploded", **about}
    if max(ap50) >= _LEARNED_AP50 and ap50[-1] < _LOST_SHARE * max(ap50):
        return {"key": "ap_fell", "best": max(ap50), "last": ap50[-1]}
    return None


def _divergence(smooth: Float64) -> str:
    limit = max(_DIVERGED_FACTOR * smooth.min(), _DIVERGED_LEAST * smooth[0])
    latest = smooth[-_DIVERGED_STEPS:]
    if len(latest) < _DIVERGED_STEPS or latest.min() <= limit:
        return ""
    return _(
        "The training diverges: for {steps} steps the loss has been more than {factor:g} times its "
        "lowest, so try a lower learning rate."
    ).format(steps=_DIVERGED_STEPS, factor=_DIVERGED_FACTOR)


def _all_background(steps: Columns) -> str:
    accuracy, background, positive = (
        _column(steps, name)[-_BACKGROUND_STEPS:]
        for name in ("accuracy", "background_accuracy", "positive_accuracy")
    )
    positive = positive[~np.isnan(positive)]
    if len(accuracy) < _BACKGROUND_STEPS or not len(positive):
        return ""
    differs = abs(float((accuracy - background).mean())) > _BACKGROUND_MARGIN
    if differs or positive.mean() >= _BACKGROUND_ACCURACY:
        return ""
    return _(
        "For {steps} steps the network has called everything background: see whether the anchors "
        "match the objects, then try another learning rate."
    ).format(steps=_BACKGROUND_STEPS)


def _plateau(steps: Columns, smooth: Float64, validations: Columns) -> str:
    ap50 = _column(validations, "ap50")
    if len(ap50) <= _PLATEAU_EPOCHS:
        return ""
    best = float(ap50[:-_PLATEAU_EPOCHS].max())
    since = _column(validations, "step")[-_PLATEAU_EPOCHS - 1]
    is_late = _column(steps, "step")[_WINDOW - 1 :] > since
    if not is_late.any() or is_late.all():
        return ""
    loss_is_better = smooth[is_late].min() < _BETTER_LOSS * smooth[~is_late].min()
    if loss_is_better or ap50[-_PLATEAU_EPOCHS:].max() > best + _BETTER_AP50:
        return ""
    return _(
        "No progress for {epochs} epochs, neither in the loss nor in AP50, whose best is "
        "{best:.3f}: more epochs will hardly help."
    ).format(epochs=_PLATEAU_EPOCHS, best=best)


def _column(columns: Columns, name: str) -> Float64:
    return np.asarray(columns[name], dtype=np.float64)


def _moving_mean(values: Float64) -> Float64:
    """Return the means of each `_WINDOW` values that follow each other."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return np.asarray((sums[_WINDOW:] - sums[:-_WINDOW]) / _WINDOW, dtype=np.float64)
