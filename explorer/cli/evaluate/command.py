"""``ssd-explorer evaluate``: average precision of a detector on a data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.dataset_argument import note_which
from explorer.cli.detector import CheckpointOption, DeviceOption, load_detector
from explorer.cli.evaluate.errors import error_figures, print_errors
from explorer.cli.options import JsonOption
from explorer.cli.terminal import console, num_images, num_objects
from explorer.i18n import _


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
    from rich.progress import Progress

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
    terminal = console(stderr=True)
    with Progress(console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task(_("Detecting"), total=len(records))
        result = judge(
            engine,
            records,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    precision = result.precision
    mistakes = None
    if errors or score_threshold is not None:
        mistakes = error_figures(result, len(engine.class_names), threshold)
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
        print_errors(mistakes)
