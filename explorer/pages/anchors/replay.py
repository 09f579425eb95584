"""Matching, step by step: who is forced in which round, who is over the threshold, who is mined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.config import MatchConfig
from explorer.engine.matcher import Matcher
from explorer.pages.shared.anchor_kind import AnchorKind
from explorer.ssd.matching import MatchKind
from explorer.ssd.targets import Targets


@dataclass(frozen=True)
class MatchingStep:
    """One thing that matching does."""

    what: Literal["forced", "threshold", "mining"]
    anchor: int
    gt: int
    """Of a forced round: the pair that it takes; else -1."""
    iou: float
    """Of that pair."""
    num_changed: int
    """Anchors that become positive, or that mining keeps."""


@dataclass(frozen=True, eq=False)
class Replay:
    """The matching of A anchors with G objects as a list of steps."""

    targets: Targets
    """The end of it: what the loss sees."""
    iou: NDArray[np.float32]
    """(A, G) float32."""
    steps: tuple[MatchingStep, ...]
    """One per forced round, then the threshold, then mining if it is on; none without objects."""

    def kinds(self, step: int | None = None) -> NDArray[np.int8]:
        """Return the `AnchorKind` of each anchor after `step` steps; None is after all.

        Without objects all anchors are ignored: such an image trains nothing.
        """
        final = self.targets.kind
        if not self.steps:
            return final.copy()
        done = self.steps[:step]
        matching = self.targets.matching
        kinds = np.zeros(len(final), np.int8)
        rounds = sum(step.what == "forced" for step in done)
        kinds[(matching.forced_round > 0) & (matching.forced_round <= rounds)] = AnchorKind.FORCED
        if any(step.what == "threshold" for step in done):
            kinds[final == MatchKind.OVER_THRESHOLD] = AnchorKind.OVER_THRESHOLD
        if any(step.what == "mining" for step in done):
            kinds[final == MatchKind.IGNORED] = AnchorKind.IGNORED
            kinds[final == MatchKind.NEGATIVE] = AnchorKind.MINED
        return kinds


def replay(matcher: Matcher, labels: NDArray[np.float32], config: MatchConfig) -> Replay:
    """Match anchors with the objects of one image, and say in which steps.

    Parameters
    ----------
    matcher : Matcher
        Of the anchors.
    labels : (G, 5) float32
        class_id and a corner box; (0, 5) is allowed.
    config : MatchConfig
        With mining, `stand_in_scores` say how hard a negative is.

    Raises
    ------
    ValueError
        If mining wants more negatives than there are.
    """
    quality = matcher.iou(labels[:, 1:])
    mining = config.negative_mining_ratio > 0 and len(labels) > 0
    scores = stand_in_scores(quality, labels) if mining else None
    without = config.with_(negative_mining_ratio=-1.0)
    targets = matcher.targets(labels, scores, config if mining else without)
    matching = targets.matching
    if len(labels) == 0:
        return Replay(targets, quality, ())
    forced = np.flatnonzero(matching.forced_round)
    forced = forced[np.argsort(matching.forced_round[forced])]
    steps = []
    for anchor in forced.tolist():
        gt = int(matching.gt_index[anchor])
        steps.append(MatchingStep("forced", anchor, gt, float(quality[anchor, gt]), 1))
    over = int((targets.kind == MatchKind.OVER_THRESHOLD).sum())
    steps.append(MatchingStep("threshold", -1, -1, 0.0, over))
    if mining:
        kept = int((targets.kind == MatchKind.NEGATIVE).sum())
        steps.append(MatchingStep("mining", -1, -1, 0.0, kept))
    return Replay(targets, quality, tuple(steps))


def stand_in_scores(
    quality: NDArray[np.float32], labels: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return class scores of a network that is the surer of an object the higher the IoU.

    Mining asks a network which negatives are hard. Where there is none, the anchors that nearly
    match are the hard ones.

    Parameters
    ----------
    quality : (A, G) float32
        IoUs; without objects all scores are 0.
    labels : (G, 5) float32

    Returns
    -------
    (A, C + 1) float32
        Background first; C is one more than the highest class in `labels`, or 1.
    """
    highest = int(labels[:, 0].max(initial=0))
    scores = np.zeros((len(quality), highest + 2), np.float32)
    scores[:, 0] = -quality.max(axis=1, initial=0)
    return scores
