"""A small picture of what an anchor costs whose right class has a given probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import _

WIDTH_PX, HEIGHT_PX = 260, 110
LEFT_PX, BOTTOM_PX = 26, 30
HIGHEST = 4.0
"""Of the axis of the loss; more would only show the first hundredth of the probabilities."""
EASY = 0.9
"""The probability at which the text compares."""


def loss_curve(class_loss: str, alpha: float, gamma: float) -> str:
    """Return a drawing of both losses, the chosen one strong, and a sentence, as HTML.

    Parameters
    ----------
    class_loss : {"cross-entropy", "focal"}
    alpha, gamma : float
        Of the focal loss (Lin et al. 2017, equation 5).
    """
    probability = np.linspace(0.005, 1.0, 100)
    entropy = -np.log(probability)
    focal = alpha * (1 - probability) ** gamma * entropy
    strong, faint = (focal, entropy) if class_loss == "focal" else (entropy, focal)
    ratio = 1 / (alpha * (1 - EASY) ** gamma)
    text = _(
        "Solid line: {chosen}. Dashed: {other}. An anchor whose right class has probability "
        "{easy} costs {entropy:.2f} by cross-entropy, and {ratio:,.0f} times less by the focal "
        "loss.",
        chosen=_("the focal loss") if class_loss == "focal" else _("cross-entropy"),
        other=_("cross-entropy") if class_loss == "focal" else _("the focal loss"),
        easy=EASY,
        entropy=-np.log(EASY),
        ratio=ratio,
    )
    axis = HEIGHT_PX - BOTTOM_PX
    label = _("Loss of an anchor over the probability of its right class")
    return (
        f'<svg class="ssdx-losscurve" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}" role="img" '
        f'aria-label="{label}">'
        f'<path class="axis" d="M{LEFT_PX} 4V{axis}H{WIDTH_PX - 6}"/>'
        f'<path class="faint" d="{_path(probability, faint)}"/>'
        f'<path class="strong" d="{_path(probability, strong)}"/>'
        f'<text x="{LEFT_PX - 6}" y="12" text-anchor="end">{HIGHEST:g}</text>'
        f'<text x="{LEFT_PX - 6}" y="{axis}" text-anchor="end">0</text>'
        f'<text x="{LEFT_PX}" y="{axis + 14}">0</text>'
        f'<text x="{WIDTH_PX - 6}" y="{axis + 14}" text-anchor="end">1</text>'
        f'<text x="{(LEFT_PX + WIDTH_PX) / 2}" y="{HEIGHT_PX - 4}" text-anchor="middle">'
        f"{_('probability of the right class')}</text></svg>"
        f'<p class="ssdx-muted ssdx-fine">{text}</p>'
    )


def _path(probability: NDArray[Any], loss: NDArray[Any]) -> str:
    axis = HEIGHT_PX - BOTTOM_PX
    x = LEFT_PX + probability * (WIDTH_PX - 6 - LEFT_PX)
    y = axis - np.minimum(loss, HIGHEST) / HIGHEST * (axis - 4)
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
