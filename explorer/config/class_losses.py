"""Every class loss that a run may have, named in this one place."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.i18n import N_


@dataclass(frozen=True)
class ClassLoss:
    """One class loss."""

    title: str
    """What a person calls it; English, for `_`."""
    mined: bool
    """It needs mined negatives, and leaves ignored anchors out; else all anchors count, and those
    are background.
    """


CLASS_LOSSES = {
    "cross-entropy": ClassLoss(N_("Cross-entropy, mined negatives"), mined=True),
    "focal": ClassLoss(N_("Focal loss, all anchors"), mined=False),
}
"""Softmax cross-entropy, and the tutorial's focal loss."""
