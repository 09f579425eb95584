"""All that the detect page says about a whole data set, for one setting of its thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from explorer.config import DetectConfig
from explorer.evaluation.average_precision import AveragePrecision
from explorer.evaluation.confusion import Confusion, confusion
from explorer.evaluation.dataset_nms import DatasetNms
from explorer.evaluation.error_costs import SingleCosts, ap50_without, costs_by_type, single_costs
from explorer.evaluation.error_types import Errors, ErrorType, find_errors
from explorer.evaluation.judging import Judgement, judge
from explorer.evaluation.overlaps import Truths
from explorer.evaluation.precision_recall import (
    PrecisionRecall,
    PrecisionRecallCurve,
    average_precision_of,
    precision_recall,
    precision_recall_curve,
)


@dataclass(frozen=True, eq=False)
class DatasetVerdict:
    """A detector's figures on a data set."""

    config: DetectConfig
    nms: DatasetNms
    """With the raw predictions that all this comes from."""
    judgement: Judgement
    """Of all detections down to the lowest score that was kept."""
    precision: AveragePrecision | None
    """Over all scores, as an evaluation does; None without any ground truth."""
    curve: PrecisionRecallCurve
    """At IoU 0.5, all classes together."""
    point: PrecisionRecall
    """Where the score threshold is on it."""
    confusion: Confusion
    errors: Errors
    """At the score threshold, as `point` and `confusion`."""
    ap50_shown: float | None
    """Of the detections at or above the score threshold alone."""
    costs: dict[ErrorType, float] | None
    """dict or None: AP50 gained without the errors of each type, from `ap50_shown` on."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the data set and the detector: hostile until escaped."""
        return self.nms.raw.class_names

    @cached_property
    def single_costs(self) -> SingleCosts:
        """What each mistake costs for itself; computed when first asked for."""
        return single_costs(self.errors)


def reach_verdict(
    nms: DatasetNms, config: DetectConfig, earlier: DatasetVerdict | None = None
) -> DatasetVerdict:
    """Compute all figures.

    Parameters
    ----------
    earlier : DatasetVerdict, optional
        On the same predictions: if only the score threshold differs, its matching is used again.

    Raises
    ------
    ValueError
        If a decoded box is not finite.
    """
    lowest = nms.raw.lowest_score
    everything = config.with_(score_threshold=lowest)
    if (
        earlier is not None
        and earlier.nms is nms
        and earlier.config.with_(score_threshold=lowest) == everything
    ):
        judgement, precision, curve = earlier.judgement, earlier.precision, earlier.curve
    else:
        truths = Truths.of(nms.raw.labels)
        judgement = judge(nms.detect(everything), truths, len(nms.raw.class_names))
        precision = average_precision_of(judgement)
        curve = precision_recall_curve(judgement)
    errors = find_errors(judgement, config.score_threshold)
    return DatasetVerdict(
        config=config,
        nms=nms,
        judgement=judgement,
        precision=precision,
        curve=curve,
        point=precision_recall(judgement, config.score_threshold),
        confusion=confusion(judgement, config.score_threshold),
        errors=errors,
        ap50_shown=ap50_without(errors),
        costs=costs_by_type(errors),
    )
