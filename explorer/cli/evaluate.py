"""``ssd-explorer evaluate``: how good a detector is on a data set, and what it gets wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.detector import CheckpointOption, DeviceOption, load_detector
from explorer.cli.options import JsonOption, note_which
from explorer.cli.terminal import console, num_images, num_objects, plain_table, progress, score
from explorer.i18n import N_, _

if TYPE_CHECKING:
    from explorer.evaluation.evaluate import Evaluation

_TYPES = {
    "class": N_("right place, wrong class"),
    "location": N_("right class, box overlaps by 0.1 to 0.5"),
    "both": N_("wrong class, box overlaps by 0.1 to 0.5"),
    "duplicate": N_("the object is found already"),
    "background": N_("there is nothing"),
    "missed": N_("an object that nothing came near"),
}


def evaluate(
    checkpoint: Annotated[Path | None, CheckpointOption] = None,
    dataset: Annotated[
        str, typer.Option(metavar="NAME|FOLDER", help="The data set to judge it on.")
    ] = "sample",
    split: Annotated[str, typer.Option(help="train or val.")] = "val",
    errors: Annotated[
        bool, typer.Option("--errors", help="Also say which mistakes there are, and their cost.")
    ] = False,
    score_threshold: Annotated[
        float | None,
        typer.Option(help="Judge the mistakes of detections from this score on, 0.01 to 1 [0.5]."),
    ] = None,
    device: Annotated[str, DeviceOption] = "auto",
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Judge a detector: AP50, AP75 and COCO's mAP; with --errors also what goes wrong."""
    from explorer.datasets import open_dataset
    from explorer.evaluation.evaluate import EVALUATION
    from explorer.evaluation.evaluate import evaluate as judge

    threshold = 0.5 if score_threshold is None else score_threshold
    if not EVALUATION.score_threshold <= threshold <= 1:
        text = _("--score-threshold must be {score_threshold:g} to 1, got {threshold:g}")
        raise ValueError(
            text.format(score_threshold=EVALUATION.score_threshold, threshold=threshold)
        )
    note_which(dataset)
    records = open_dataset(dataset, split)
    engine = load_detector(checkpoint, device)
    with progress(_("Detecting"), unit=None) as update:
        result = judge(engine, records, progress=update)
    precision = result.precision
    mistakes = None
    if errors or score_threshold is not None:
        mistakes = _error_figures(result, len(engine.class_names), threshold)
    if as_json:
        figures = {
            "ap50": round(precision.ap50, 4),
            "ap75": round(precision.ap75, 4),
            "map": round(precision.map, 4),
            "num_images": result.num_images,
            "num_objects": result.num_objects,
            "seconds": round(result.seconds, 2),
            "dataset": dataset,
            "split": split,
            **({} if mistakes is None else {"errors": mistakes}),
        }
        typer.echo(json.dumps(figures))
        return
    seen = _(
        "({objects} in {images}, {seconds:.1f} s)",
        objects=num_objects(result.num_objects),
        images=num_images(result.num_images),
        seconds=result.seconds,
    )
    console().print(
        f"AP50 [bold]{precision.ap50:.3f}[/]   AP75 [bold]{precision.ap75:.3f}[/]   "
        f"mAP [bold]{precision.map:.3f}[/]   {seen}"
    )
    if mistakes is not None:
        _print_errors(mistakes)


def _error_figures(result: Evaluation, num_classes: int, score_threshold: float) -> dict[str, Any]:
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


def _print_errors(figures: dict[str, Any]) -> None:
    """Print what `_error_figures` returned."""
    rates = {name: score(figures[name]) for name in ("precision", "recall", "f1", "ap50")}
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
        table.add_row(name, str(row["count"]), gain, _(_TYPES[name]))
    console().print(table)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
