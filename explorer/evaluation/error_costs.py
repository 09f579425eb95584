"""What mistakes cost: how much AP50 would be gained without them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.evaluation.error_types import Errors, ErrorType
from explorer.evaluation.precision_recall import RECALLS, interpolated_precision

FIXABLE = (ErrorType.CLASS, ErrorType.LOCATION)


@dataclass(frozen=True, eq=False)
class SingleCosts:
    """What each mistake costs for itself, as a part of AP50; 0 for what is no mistake."""

    detection: NDArray[np.float64]
    """(number,) float64: AP50 gained if this detection alone were left out."""
    gt: NDArray[np.float64]
    """(G,) float64: AP50 gained if this object, which no detection found, were not asked for."""


def ap50_without(errors: Errors, kinds: Iterable[ErrorType] = ()) -> float | None:
    """Return the AP50 that there would be without the mistakes of some types.

    A class or location error whose object nobody found becomes right, with the score that it has;
    of several for one object the surest. All other wrong detections of these types are left out.
    Missed objects are not asked for: nobody knows with which score they would have been found.
    Without all types of mistakes it is 1.

    A class whose every object is set aside counts 1, or 0 if wrong detections of it are left.

    Returns
    -------
    float or None
        Without any `kinds`, the AP50 of the detections at or above the score threshold. None where
        there is no ground truth.

    The authors' program, tidecv 1.0.1, differs in four ways. Of an object with a class and a
    location error it lets only the surer one become right, whichever type is asked for: here each
    type is corrected as if it were alone. It leaves a class whose every object is set aside out of
    the mean. Its bounds are others, see `find_errors`. And once something is corrected, it puts
    wrong detections before right ones of the same score, where here they keep their order; a
    gain that then is below 0 it calls 0. (A class without any object has no AP50 here and in COCO;
    there it has 0 as soon as something was detected as it.)

    References
    ----------
    Bolya et al. 2020, arXiv:2008.08115, section 2.3, which decides where the program differs.
    """
    judgement, fixed = errors.judgement, set(kinds)
    truths = judgement.truths
    class_id = judgement.detections.class_id[: errors.number].copy()
    right = errors.detection_type < 0
    stays = right | ~np.isin(errors.detection_type, list(fixed))
    for kind in FIXABLE:
        if kind in fixed:
            rows = np.flatnonzero(errors.detection_type == kind)
            rows = rows[~errors.gt_found[errors.detection_gt[rows]]]
            stays[rows] = right[rows] = True
            class_id[rows] = truths.class_id[errors.detection_gt[rows]]
    # Class and location errors may have set right several detections of one object.
    repaired = np.flatnonzero(right & (errors.detection_type >= 0))
    stays[repaired] = False
    stays[repaired[np.unique(errors.detection_gt[repaired], return_index=True)[1]]] = True

    asked = ~errors.missed if ErrorType.MISSED in fixed else np.ones(len(truths), np.bool_)
    num_gt = np.bincount(truths.class_id[asked], minlength=judgement.num_classes)
    values = []
    for each in np.flatnonzero(judgement.num_gt):
        hits = right[stays & (class_id == each)]
        values.append(_class_ap(hits, int(num_gt[each])))
    return float(np.mean(values)) if values else None


def costs_by_type(errors: Errors) -> dict[ErrorType, float] | None:
    """Return how much AP50 would be gained without the mistakes of each type alone.

    The gains do not sum to what is lacking: some mistakes hide behind others. None where there is
    no ground truth.
    """
    present = ap50_without(errors)
    if present is None:
        return None
    return {kind: (ap50_without(errors, [kind]) or 0.0) - present for kind in ErrorType}


def single_costs(errors: Errors) -> SingleCosts:
    """Return what each mistake costs for itself.

    Of one class, a surer wrong detection never costs less than a less sure one, and all objects
    that were not found cost the same.
    """
    judgement = errors.judgement
    detection, gt = np.zeros(errors.number), np.zeros(len(judgement.truths))
    classes = np.flatnonzero(judgement.num_gt)
    for each in classes:
        rows = np.flatnonzero(judgement.detections.class_id[: errors.number] == each)
        right = errors.detection_type[rows] < 0
        num_gt = int(judgement.num_gt[each])
        gains = _gains_of_leaving_out(right, num_gt)
        detection[rows] = np.where(right, 0.0, gains) / len(classes)
        unfound = ~errors.gt_found & (judgement.truths.class_id == each)
        gain = _class_ap(right, num_gt - 1) - _class_ap(right, num_gt)
        gt[unfound] = gain / len(classes)
    return SingleCosts(detection, gt)


def _class_ap(right: NDArray[np.bool_], num_gt: int) -> float:
    if num_gt == 0:
        return float(right.all())
    return interpolated_precision(right, num_gt)


def _gains_of_leaving_out(right: NDArray[np.bool_], num_gt: int) -> NDArray[np.float64]:
    """Return, for each wrong detection of a class by falling score, the AP without it, less the AP.

    Without the detection of rank r the precision is as before up to r, and after it that of one
    wrong detection less. So at a recall that is reached at rank k the best precision is the best
    of the old from k to r and of the new from r on.
    """
    if not len(right):
        return np.zeros(0)
    num_right = np.cumsum(right)
    rank = np.arange(len(right))
    old = num_right / (rank + 1)
    new = num_right / np.maximum(rank, 1)
    new_best = np.maximum.accumulate(new[::-1])[::-1]
    reached = np.searchsorted(num_right / num_gt, RECALLS, side="left")
    total = np.zeros(len(right))
    for k, times in zip(*np.unique(reached[reached < len(right)], return_counts=True), strict=True):
        best = new_best.copy()
        best[: k + 1] = new_best[k]
        best[k + 1 :] = np.maximum(best[k + 1 :], np.maximum.accumulate(old[k:-1]))
        total += times * best
    gains: NDArray[np.float64] = total / len(RECALLS) - interpolated_precision(right, num_gt)
    return gains
