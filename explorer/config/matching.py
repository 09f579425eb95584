"""How anchors become training targets."""

from __future__ import annotations

from pydantic import Field

from explorer.config.settings import Fraction, Settings, Variances


class MatchConfig(Settings):
    """How anchors are assigned to ground truths, as MXNet's MultiBoxTarget does."""

    match_iou_threshold: Fraction = 0.5
    """float in [0, 1]: an anchor is positive when its best IoU is strictly above this. 0 leaves
    only the forced matches, one anchor per ground truth.
    """
    negative_mining_ratio: float = Field(-1.0, ge=-1.0, le=1000.0)
    """Negatives kept per positive, hardest first; -1 keeps all of them."""
    negative_mining_threshold: float = Field(0.5, gt=0.0, le=1.0)
    """float in (0, 1]: only anchors whose best IoU is below this may be mined."""
    variances: Variances = (0.1, 0.1, 0.2, 0.2)
    """Scale the offsets (x, y, width, height)."""
