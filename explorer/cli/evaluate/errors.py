"""What `ssd-explorer evaluate --errors` adds: which mistakes there are, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.cli.terminal import console, plain_table
from explorer.i18n import N_, _

if TYPE_CHECKING:
    from explorer.evaluation.evaluate import Evaluation

TYPES = {
    "class": N_("right place, wrong class"),
    "location": N_("right class, box overlaps by 0.1 to 0.5"),
    "both": N_("wrong class, box overlaps by 0.1 to 0.5"),
    "duplicate": N_("the object is found already"),
    "background": N_("there is nothing"),
    "missed": N_("an object that nothing came near"),
}


def error_figures(result: Evaluation, num_classes: int, score_threshold: float) -> dict[str, Any]:
    """Return precision, recall and F1 at a score threshold, and number and cost of each type.

    What does not exist (precision where nothing was detected) is None.
    """
    from explorer.evaluation.error_costs import ap50_without, costs_by_type
    from explorer.evaluation.error_types import FOREGROUND_IOU, find_errors
    from explorer.evaluation.judging import judge
    from explorer.evaluation.overlaps import Truths
    from explorer.evaluation.precision_recall import precision_recall

    judgement = judge(result.detections, Truths.of(result.labels), num_classes)
    point = precision_recall(judgement, score_threshold)
    errors = find_errors(judgement, score_threshold)
    costs = costs_by_type(errors)
    return {
        "score_threshold": score_threshold,
        "iou_threshold": FOREGROUND_IOU,
        "num_right": point.num_right,
        "num_wrong": point.num_wrong,
        "num_missed": point.num_missed,
        "precision": _rounded(point.precision),
        "recall": _rounded(point.recall),
        "f1": _rounded(point.f1),
        "ap50": _rounded(ap50_without(errors)),
        "types": {
            kind.name.lower(): {"count": count, "ap50_cost": _rounded(costs and costs[kind])}
            for kind, count in errors.counts().items()
        },
    }


def print_errors(figures: dict[str, Any]) -> None:
    """Print what `error_figures` returned."""
    rates = {name: _text(figures[name]) for name in ("precision", "recall", "f1", "ap50")}
    text = _(
        "Score {score_threshold:g} or more: precision [bold]{precision}[/]   recall "
        "[bold]{recall}[/]   F1 [bold]{f1}[/]   ({num_right} right, {num_wrong} wrong, "
        "{num_missed} not found)"
    )
    console().print(text.format(**{**figures, **rates}))
    title = _("Mistakes, and what AP50 ({ap50} from this score on) gains without them", **rates)
    table = plain_table(title)
    table.add_column(_("type"))
    table.add_column(_("number"), justify="right")
    table.add_column("AP50", justify="right", no_wrap=True)
    table.add_column(_("what it is"), overflow="fold")
    for name, row in figures["types"].items():
        cost = row["ap50_cost"]
        gain = "–" if cost is None else f"+{cost:.3f}"
        table.add_row(name, str(row["count"]), gain, _(TYPES[name]))
    console().print(table)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
