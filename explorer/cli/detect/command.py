"""``ssd-explorer detect``: the objects in image files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.detector import CheckpointOption, DeviceOption, checkpoint_path, load_detector
from explorer.cli.failures import EXIT_CODE, complain, settings_of_options
from explorer.cli.options import ForceOption, JsonOption
from explorer.cli.terminal import console, plain_table, progress, say
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.exchange.detected_image import DetectedImage


def detect(
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE|FOLDER...",
            help="JPEG, PNG, WebP, BMP or GIF files, or folders with all that is below them.",
        ),
    ],
    checkpoint: Annotated[Path | None, CheckpointOption] = None,
    score_threshold: Annotated[
        float, typer.Option(help="Lowest probability of a detection, 0 to 1.")
    ] = 0.5,
    nms_iou_threshold: Annotated[
        float, typer.Option(help="A box is dropped when a better one overlaps it by this much.")
    ] = 0.45,
    nms_topk: Annotated[
        int, typer.Option(help="At most this many of the best boxes are looked at; -1: all.")
    ] = 400,
    force_suppress: Annotated[
        bool, typer.Option("--force-suppress", help="Drop boxes of other classes too.")
    ] = False,
    clip: Annotated[bool, typer.Option(help="Cut boxes at the border of the image.")] = True,
    variances: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(
            metavar="X Y W H",
            help="Decode with these instead of those that the detector learned with.",
        ),
    ] = None,
    device: Annotated[str, DeviceOption] = "auto",
    as_json: Annotated[bool, JsonOption] = False,
    coco: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH.json",
            help="COCO results as this file, its images and categories as PATH-images.json.",
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A table, a line for each detection.")
    ] = None,
    annotated: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Each image as a PNG, with its boxes drawn."),
    ] = None,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Find the objects in images; boxes are in pixels of the image as it is in the file."""
    from explorer.cli.detect.files import DetectionFiles
    from explorer.cli.detect.images import find_images
    from explorer.config import DetectConfig

    if nms_topk == 0:  # to MXNet that means all, and so to `DetectConfig`
        raise ValueError(_("--nms-topk must be at least 1, or -1 for all boxes, got 0"))
    with settings_of_options():
        config = DetectConfig(
            score_threshold=score_threshold,
            nms_iou_threshold=nms_iou_threshold,
            nms_topk=nms_topk,
            force_suppress=force_suppress,
            clip=clip,
            variances=variances,
        )
    failures: list[Exception] = []

    def fail(error: Exception) -> None:
        complain(error)  # the other images are still worth looking at
        failures.append(error)

    sources = find_images(images, fail, leave_out=annotated)
    if not sources:
        raise typer.Exit(EXIT_CODE)
    files = DetectionFiles(sources, coco, csv, annotated)
    weights = checkpoint_path(checkpoint)
    files.check([weights, weights.with_suffix(".json"), *(s.path for s in sources)], force)
    engine = load_detector(checkpoint, device)

    from explorer.exchange.detected_image import DetectedImage
    from explorer.images import read_image

    printing = as_json or not files.any
    shown = len(sources) > 1 and not (printing and sys.stdout.isatty())
    with progress(_("Detecting"), shown=shown) as update:
        for done, source in enumerate(sources):
            update(done, len(sources))
            try:
                image = read_image(source.path, str(source.path))
                found = engine.detect(image, config)
            except (ValueError, OSError) as error:
                fail(error)
                continue
            detected = DetectedImage.of(str(source.path), image.shape[:2], found, engine.anchors())
            files.add(source, image, detected, engine.class_names)
            if printing:
                _print(detected, engine.class_names, as_json, score_threshold)
    if files.any:
        say(files.finish(engine.class_names))
    if failures:
        raise typer.Exit(EXIT_CODE)


def _print(
    found: DetectedImage, class_names: tuple[str, ...], as_json: bool, score_threshold: float
) -> None:
    from explorer.exchange.class_label import class_label

    rows = list(_rows(found, class_names))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    elif rows:
        _print_table(rows, [class_label(class_id, class_names) for class_id in found.class_id])
    if not rows:
        text = _("{name}: nothing found with a score of {score:g} or more.")
        say(text.format(name=found.name, score=score_threshold))


def _rows(found: DetectedImage, class_names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for class_id, score, box, anchor, layer in zip(
        found.class_id, found.score, found.boxes_px, found.anchor, found.layer, strict=True
    ):
        yield {
            "image": found.name,
            "class": class_names[class_id],
            "score": round(float(score), 4),
            "box_px": [round(float(side), 1) for side in box],
            "anchor": int(anchor),
            "layer": int(layer),
        }


def _print_table(rows: list[dict[str, Any]], classes: list[str]) -> None:
    from rich.text import Text

    table = plain_table(rows[0]["image"])
    table.add_column(_("class"), overflow="fold")
    for heading in (_("score"), "xmin", "ymin", "xmax", "ymax", _("anchor"), _("layer")):
        table.add_column(heading, justify="right", no_wrap=True)
    for row, name in zip(rows, classes, strict=True):
        table.add_row(
            Text(name),
            f"{row['score']:.3f}",
            *(f"{side:.0f}" for side in row["box_px"]),
            str(row["anchor"]),
            str(row["layer"]),
        )
    console().print(table)
