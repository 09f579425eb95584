"""What the judgement of a data set says in words. Names of classes are as they are: escape them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from explorer.evaluation.error_types import ErrorType
from explorer.i18n import _, ngettext
from explorer.pages.detect.whole_set.mistake_cases import Selection
from explorer.pages.detect.whole_set.model import DatasetJudgement
from explorer.pages.detect.whole_set.verdict import DatasetVerdict


class Figure(NamedTuple):
    """A number with its name and what it means here."""

    name: str
    value: str
    meaning: str


def type_word(kind: ErrorType) -> str:
    """Return what a type of mistakes is called."""
    words = {
        ErrorType.CLASS: _("Class"),
        ErrorType.LOCATION: _("Location"),
        ErrorType.BOTH: _("Both"),
        ErrorType.DUPLICATE: _("Duplicate"),
        ErrorType.BACKGROUND: _("Background"),
        ErrorType.MISSED: _("Missed"),
    }
    return words[kind]


def type_meaning(kind: ErrorType) -> str:
    """Return what a type of mistakes is."""
    meanings = {
        ErrorType.CLASS: _("in the right place, but called by another class"),
        ErrorType.LOCATION: _(
            "the right class, but the box overlaps the object by 0.1 to 0.5 only"
        ),
        ErrorType.BOTH: _("another class, and the box overlaps the object by 0.1 to 0.5 only"),
        ErrorType.DUPLICATE: _("a surer box has found the object already"),
        ErrorType.BACKGROUND: _("there is no object"),
        ErrorType.MISSED: _(
            "an object that no box above the score threshold finds or nearly finds"
        ),
    }
    return meanings[kind]


def matrix_class_name(verdict: DatasetVerdict, class_id: int, predicted: bool) -> str:
    """Return the name of a row or column of the confusion matrix."""
    if class_id < len(verdict.class_names):
        return verdict.class_names[class_id]
    return _("not found") if predicted else _("nothing")


def figures(verdict: DatasetVerdict) -> list[Figure]:
    """Return the figures at the score threshold, and those over all scores."""
    point, precision = verdict.point, verdict.precision
    num_shown = point.num_right + point.num_wrong
    num_objects = point.num_right + point.num_missed
    whole = _("over all scores, mean of the classes")
    ap50, ap75, mean = (
        (None, None, None) if precision is None else (precision.ap50, precision.ap75, precision.map)
    )
    return [
        Figure(
            _("Precision"),
            _share(point.precision),
            _("{right} of {all} boxes are right").format(right=point.num_right, all=num_shown)
            if num_shown
            else _("no box reaches the score threshold"),
        ),
        Figure(
            _("Recall"),
            _share(point.recall),
            _("{right} of {all} objects are found").format(right=point.num_right, all=num_objects)
            if num_objects
            else _("there is no object"),
        ),
        Figure("F1", _number(point.f1), _("their harmonic mean")),
        Figure("AP50", _number(ap50), whole),
        Figure("AP75", _number(ap75), _("the same with tighter boxes")),
        Figure("mAP", _number(mean), _("mean over IoU 0.50 to 0.95")),
    ]


def advice(verdict: DatasetVerdict) -> list[str]:
    """Return what the figures say: which threshold would be best, and where most is lost."""
    best, threshold = verdict.curve.best(), best_threshold(verdict)
    if best is None or threshold is None:
        if len(verdict.curve.f1):
            return [_("The data set has no object: nothing can be found.")]
        return [_("The detector says nothing about these images, at any score.")]
    sentences = [
        _("The best F1 is {f1}, at a score threshold of {threshold}.").format(
            f1=_number(float(verdict.curve.f1[best])), threshold=f"{threshold:.2f}"
        )
    ]
    costs = verdict.costs
    if costs is not None and max(costs.values()) > 0:
        kind = max(costs, key=lambda each: costs[each])
        sentences.append(
            _(
                "With the boxes above threshold {threshold} alone, AP50 is {present}; without the "
                "costliest type of mistakes, “{type}” ({meaning}), it would be {without}.",
                threshold=f"{verdict.config.score_threshold:.2f}",
                present=_number(verdict.ap50_shown),
                type=type_word(kind),
                meaning=type_meaning(kind),
                without=_number((verdict.ap50_shown or 0.0) + costs[kind]),
            )
        )
    elif verdict.point.num_wrong:
        sentences.append(
            _(
                "The mistakes cost no AP50: a wrong box costs something only if it is surer than "
                "a right one."
            )
        )
    return sentences


def best_threshold(verdict: DatasetVerdict) -> float | None:
    """Return the score threshold of the best F1; None where there is none."""
    best = verdict.curve.best()
    return None if best is None else floored(float(verdict.curve.score_threshold[best]))


def floored(score: float) -> float:
    """Return a threshold of two digits, as the page has them, that lets `score` pass."""
    return float(np.floor(score * 100) / 100)


def choices(verdict: DatasetVerdict) -> Iterator[tuple[str, Selection]]:
    """Yield what can be looked at, with its number: lists, types, and cells of the matrix."""
    counts = verdict.errors.counts()
    point = verdict.point
    for text, number, what in (
        (_("All mistakes"), sum(counts.values()), "mistakes"),
        (_("Wrong boxes"), point.num_wrong, "wrong"),
        (_("Objects not found"), point.num_missed, "unfound"),
    ):
        yield f"{text} ({number})", Selection(what)  # type: ignore[arg-type]
    for kind, number in counts.items():
        text = _("Mistakes of type “{type}”").format(type=type_word(kind))
        yield f"{text} ({number})", Selection("type", error_type=int(kind))
    table = verdict.confusion.counts
    for truth, prediction in zip(*np.nonzero(table), strict=True):
        text = _("{truth}, detected as {prediction}").format(
            truth=matrix_class_name(verdict, truth, predicted=False),
            prediction=matrix_class_name(verdict, prediction, predicted=True),
        )
        cell = Selection("cell", truth=int(truth), prediction=int(prediction))
        yield f"{text} ({table[truth, prediction]})", cell


def count_text(model: DatasetJudgement) -> str:
    """Return which cases of how many are shown."""
    number = model.num_cases
    if not number:
        return _("There are none.")
    chosen = model.selection
    if chosen.what == "cell" and chosen.truth == chosen.prediction:
        cases = ngettext("{n} right box", "{n} right boxes", number)
        order = _("the least sure first")
    else:
        cases = ngettext("{n} mistake", "{n} mistakes", number)
        order = _("the costliest first")
    if number == 1:
        return cases
    all_of_them = len(model.cases) == number
    text = _("All {cases}, {order}") if all_of_them else _("{first} to {last} of {cases}, {order}")
    return text.format(
        first=model.first + 1,
        last=model.first + len(model.cases),
        cases=cases,
        order=order,
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
