"""Targets: what the loss sees of a matching, after hard-negative mining."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import MatchConfig
from explorer.i18n import N_, _
from explorer.ssd.boxes import check_boxes, iou
from explorer.ssd.matching import Matching, MatchKind, match
from explorer.ssd.offsets import encode
from explorer.ssd.probabilities import softmax

TOO_FEW_NEGATIVES = N_(
    "mining wants more negatives than there are anchors below the mining threshold: "
    "lower negative_mining_ratio or raise negative_mining_threshold"
)

PIXEL_LIMIT = 2.0
"""No sloppy relative box reaches this far, and nearly every box in pixels does."""


@dataclass(frozen=True, eq=False)
class Targets:
    """What the loss sees of A anchors."""

    cls_target: NDArray[np.int32]
    """(A,) int32: 0 background, k + 1 class k, -1 ignored."""
    offsets: NDArray[np.float32]
    """(A, 4) float32: what the box predictor should say; 0 where `mask` is 0."""
    mask: NDArray[np.float32]
    """(A, 4) float32: 1 in all four columns of a positive anchor, else 0."""
    kind: NDArray[np.int8]
    """(A,) int8: a `MatchKind` each, where IGNORED marks what takes no part in the class loss."""
    matching: Matching
    """Before mining."""


def background_probability(class_scores: ArrayLike) -> NDArray[np.float32]:
    """Return the softmax probability of the background, (A,), of (A, C + 1) scores.

    The lower it is on a true background anchor, the harder that negative.
    """
    return softmax(class_scores)[..., 0]


def mine_negatives(
    matching: Matching, background_prob: ArrayLike, ratio: float, threshold: float
) -> NDArray[np.bool_]:
    """Choose the hardest negatives: the lowest background probability first.

    As many are chosen as `ratio` times the positives, rounded down, but no more than there
    are anchors that are not positive; ties go to the lower anchor.

    Parameters
    ----------
    matching : Matching of A anchors
    background_prob : (A,) float32
    ratio : float above 0
    threshold : float in (0, 1]
        Only anchors whose best IoU is strictly below this may be chosen.

    Returns
    -------
    (A,) bool
        All False without positives.

    Raises
    ------
    ValueError
        If `background_prob` has another length, or fewer anchors are below `threshold`
        than wanted (MXNet's operator fails there too).

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2, "hard negative mining": 3 to 1.
    """
    prob = np.asarray(background_prob, dtype=np.float32)
    positive = matching.positive
    if prob.shape != positive.shape:
        text = _("background_prob must have shape {shape}, got {given}")
        raise ValueError(text.format(shape=positive.shape, given=prob.shape))
    num_positive = int(positive.sum())
    wanted = int(np.float32(num_positive) * np.float32(ratio))
    wanted = min(wanted, len(positive) - num_positive)
    chosen = np.zeros(len(positive), dtype=np.bool_)
    if wanted <= 0:
        return chosen
    candidates = np.flatnonzero(~positive & (matching.best_iou < np.float32(threshold)))
    if len(candidates) < wanted:
        text = _("{why} (wanted {wanted}, have {there})")
        why = _(TOO_FEW_NEGATIVES)
        raise ValueError(text.format(why=why, wanted=wanted, there=len(candidates)))
    hardest = np.argsort(prob[candidates], kind="stable")[:wanted]
    chosen[candidates[hardest]] = True
    return chosen


def assign_targets(
    anchors: ArrayLike,
    labels: ArrayLike,
    config: MatchConfig,
    class_scores: ArrayLike | None = None,
) -> Targets:
    """Match the ground truths of one image and make what the loss compares with.

    Without mining every anchor that is not positive is a negative; with it, those that
    are not chosen are ignored.

    Parameters
    ----------
    anchors : (A, 4) float32, corner
    labels : (G, 5) float32
        class_id, xmin, ymin, xmax, ymax; the first row with class_id -1 ends the list.
        No object at all leaves every `cls_target` -1, so that the image trains nothing:
        MXNet's operator does so, and this follows it.
    class_scores : (A, C + 1) float32
        Needed for mining only.

    Raises
    ------
    ValueError
        If `labels` is malformed or has a class that `class_scores` lacks, if mining is on
        and `class_scores` missing, or if mining finds too few candidates.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2.
    """
    anchors_ = check_boxes(anchors, "anchors")
    num_anchors = len(anchors_)
    scores = None if class_scores is None else np.asarray(class_scores, dtype=np.float32)
    if scores is not None and (scores.ndim != 2 or len(scores) != num_anchors):
        text = _("class_scores must have shape ({num_anchors}, C + 1), got {shape}")
        raise ValueError(text.format(num_anchors=num_anchors, shape=scores.shape))
    mining = config.negative_mining_ratio > 0
    if mining and scores is None:
        raise ValueError(_("class_scores is needed for mining: set negative_mining_ratio to -1"))
    truths = check_labels(labels, None if scores is None else scores.shape[1] - 1)
    matching = match(iou(anchors_, truths[:, 1:]), config.match_iou_threshold)

    kind = matching.kind.copy()
    if len(truths) == 0:
        kind[:] = MatchKind.IGNORED
    elif mining and scores is not None:
        chosen = mine_negatives(
            matching,
            background_probability(scores),
            config.negative_mining_ratio,
            config.negative_mining_threshold,
        )
        kind[~matching.positive & ~chosen] = MatchKind.IGNORED

    positive = matching.positive
    matched = truths[matching.gt_index[positive]]
    cls_target = np.where(kind == MatchKind.IGNORED, -1, 0).astype(np.int32)
    cls_target[positive] = matched[:, 0].astype(np.int32) + 1
    offsets = np.zeros((num_anchors, 4), dtype=np.float32)
    offsets[positive] = encode(anchors_[positive], matched[:, 1:], config.variances)
    mask = np.repeat(positive[:, None], 4, axis=1).astype(np.float32)
    return Targets(cls_target, offsets, mask, kind, matching)


def check_labels(labels: ArrayLike, num_classes: int | None = None) -> NDArray[np.float32]:
    """Return the rows of `labels` before the padding, checked.

    Parameters
    ----------
    labels : (G, 5) float32
        class_id, xmin, ymin, xmax, ymax; padded with rows of -1. (0, 5) is allowed.
    num_classes : int, optional
        Where given, class ids must be below it.

    Raises
    ------
    ValueError
        If the shape is wrong, a class is not an integer from 0, or a box is malformed or in
        pixels.
    """
    rows = np.asarray(labels, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != 5:
        raise ValueError(_("labels must have shape (G, 5), got {shape}", shape=rows.shape))
    padding = np.flatnonzero(rows[:, 0] == -1)
    if len(padding):
        end = int(padding[0])
        if (rows[end] != -1).any():
            text = _("labels: row {end} is {values}, but padding must be -1 throughout")
            raise ValueError(text.format(end=end, values=rows[end].tolist()))
        rows = rows[:end]
    classes = rows[:, 0]
    bad = ~(np.isfinite(classes) & (classes >= 0) & (classes == np.floor(classes)))
    if bad.any():
        row = int(bad.argmax())
        text = _("labels: row {row} has class {class_id:g}, but classes are integers from 0")
        raise ValueError(text.format(row=row, class_id=classes[row]))
    if num_classes is not None and (classes >= num_classes).any():
        row = int((classes >= num_classes).argmax())
        text = _("labels: row {row} has class {class_id:g}, but the model has {num_classes}")
        raise ValueError(text.format(row=row, class_id=classes[row], num_classes=num_classes))
    check_relative(check_boxes(rows[:, 1:], "labels"), "labels")
    return rows


def check_batch_labels(labels: ArrayLike, num_images: int, num_classes: int) -> NDArray[np.float32]:
    """Return the labels (B, G, 5) of a batch, each image's checked; G is 1 at least, of padding.

    Raises
    ------
    ValueError
        If the shape is wrong, or as `check_labels`.
    """
    rows = np.asarray(labels, dtype=np.float32)
    if rows.ndim != 3 or rows.shape[0] != num_images or rows.shape[2] != 5:
        text = _("labels must have shape ({num_images}, G, 5), got {shape}")
        raise ValueError(text.format(num_images=num_images, shape=rows.shape))
    for image in rows:
        check_labels(image, num_classes)
    if rows.shape[1] == 0:  # MXNet's operator needs a row
        return np.full((num_images, 1, 5), -1, dtype=np.float32)
    return rows


def check_relative(boxes: NDArray[np.float32], name: str) -> None:
    """Refuse ground truths in pixels: they would match no anchor, and nothing would say why.

    Parameters
    ----------
    boxes : (G, 4) float32, corner
    name : str
        How the error calls them.

    Raises
    ------
    ValueError
        If a coordinate is so far outside of the image that it must be one in pixels.
    """
    far = (np.abs(boxes) > PIXEL_LIMIT).any(axis=1)
    if far.any():
        row = int(far.argmax())
        text = _(
            "{name}: row {row} is {values}, which looks like pixels: divide x by the image's width "
            "and y by its height"
        )
        raise ValueError(text.format(name=name, row=row, values=boxes[row].tolist()))
