"""``ssd-explorer anchors coverage`` and ``suggest``: anchors against the objects of a data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.anchor_options import (
    AnchorsOption,
    InputSizeOption,
    ThresholdOption,
    read_anchors,
    read_input_shape,
    shape_text,
)
from explorer.cli.failures import INTERRUPTED
from explorer.cli.options import JsonOption, note_which
from explorer.cli.outputs import check_outputs
from explorer.cli.terminal import console, num_images, num_objects, plain_table, progress, say
from explorer.files import write_json
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.ssd.coverage import Coverage

DatasetArgument = typer.Argument(
    metavar="DATASET", help="A name, a folder with .rec files, or one with Pascal VOC .xml files."
)


def coverage(
    dataset: Annotated[str, DatasetArgument],
    anchors: Annotated[str, AnchorsOption] = "toy-ssd",
    input_size: Annotated[str, InputSizeOption] = "256",
    threshold: Annotated[float, ThresholdOption] = 0.5,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Measure how many objects of a data set have an anchor that fits them."""
    from explorer.config import architecture_maps
    from explorer.datasets import load_objects
    from explorer.ssd.coverage import measure_coverage

    config, shape_px = read_anchors(anchors), read_input_shape(input_size)
    maps = architecture_maps(config, shape_px)
    note_which(dataset)
    objects = load_objects(dataset)
    measured = measure_coverage(config, maps, shape_px, objects.boxes, threshold)
    if as_json:
        extra = {"num_objects": len(objects.boxes), "mean_over": round(measured.mean_over, 4)}
        typer.echo(json.dumps(_figures(measured) | extra))
        return
    title = _(
        "{name}: {objects} on {images}, input {input} px",
        name=objects.name,
        objects=num_objects(len(objects.boxes)),
        images=num_images(objects.num_images),
        input=shape_text(shape_px),
    )
    _print_table(title, {anchors: measured})


def suggest(
    dataset: Annotated[str, DatasetArgument],
    anchors: Annotated[
        str, typer.Option(metavar="PRESET|FILE", help="Where to start: a preset, or a JSON file.")
    ] = "toy-ssd",
    input_size: Annotated[str, InputSizeOption] = "256",
    threshold: Annotated[float, ThresholdOption] = 0.5,
    max_anchors: Annotated[
        int | None,
        typer.Option(help="At most this many in total; by default no more than at the start."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Keep what is found, for `train --anchors`."),
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Find sizes and ratios that fit the objects of a data set better, at no higher cost."""
    from explorer.config import architecture_maps
    from explorer.datasets import load_objects
    from explorer.ssd.suggestion import suggest_anchors

    _check_can_save(save, anchors)
    start, shape_px = read_anchors(anchors), read_input_shape(input_size)
    note_which(dataset)
    objects = load_objects(dataset)
    if not as_json:
        text = _("Searching anchors for {objects} of {name}")
        say(text.format(objects=num_objects(len(objects.boxes)), name=objects.name))
    try:
        with progress(_("Searching"), unit=None, shown=not as_json) as update:
            found = suggest_anchors(
                objects.boxes,
                start,
                architecture_maps(start, shape_px),
                shape_px,
                match_iou_threshold=threshold,
                max_anchors=max_anchors,
                on_progress=lambda part: update(part, 1.0),
            )
    except KeyboardInterrupt:
        say(_("Stopped: nothing was saved."))
        raise typer.Exit(INTERRUPTED) from None
    content = found.anchors.model_dump(mode="json")
    if save is not None:
        write_json(save, content)
    if as_json:
        figures = {"before": _figures(found.before), "after": _figures(found.after)}
        typer.echo(json.dumps({**figures, "layers": content["layers"]}))
        return
    if found.anchors is start:
        say(_("Nothing fits these objects better than {anchors} at this cost.", anchors=anchors))
    text = _("Anchors for {name}, input {input} px")
    title = text.format(name=objects.name, input=shape_text(shape_px))
    _print_table(title, {anchors: found.before, _("suggested"): found.after})
    for number, layer in enumerate(content["layers"]):
        text = _("layer {number}   sizes {sizes}   ratios {ratios}")
        typer.echo(text.format(number=number, sizes=layer["sizes"], ratios=layer["ratios"]))
    if save is not None:
        say(_("Saved {path}; to use it: ssd-explorer train --anchors {path} …", path=save))


def _figures(measured: Coverage) -> dict[str, Any]:
    return {
        "coverage": round(measured.coverage, 4),
        "mean_best_iou": round(measured.mean_best_iou, 4),
        "num_anchors": measured.num_anchors,
    }


def _print_table(title: str, rows: dict[str, Coverage]) -> None:
    from rich.markup import escape

    threshold = next(iter(rows.values())).match_iou_threshold
    table = plain_table(title)
    table.add_column(_("anchors"))
    covered = _("covered at {threshold:g}", threshold=threshold)
    for heading in (covered, _("mean best IoU"), _("per object"), _("in total")):
        table.add_column(heading, justify="right")
    for name, measured in rows.items():
        table.add_row(
            escape(name),
            f"{measured.coverage:.1%}",
            f"{measured.mean_best_iou:.3f}",
            f"{measured.mean_over:.1f}",
            f"{measured.num_anchors:,}",
        )
    console().print(table)


def _check_can_save(path: Path | None, anchors: str) -> None:
    """Find out before the search, not after it, that the file has no place."""
    if path is None:
        return
    if path.suffix != ".json":
        raise ValueError(_("--save needs a file name that ends in .json, got {path}", path=path))
    check_outputs([path], [Path(anchors)], force=None)
