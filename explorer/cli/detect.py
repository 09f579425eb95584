"""``ssd-explorer detect``: the objects in image files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.detector import CheckpointOption, DeviceOption, load_detector
from explorer.cli.failures import EXIT_CODE, complain
from explorer.cli.terminal import console, say

if TYPE_CHECKING:
    from explorer.config import DetectConfig
    from explorer.engine import Engine

__all__ = ["detect"]


def detect(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="JPEG, PNG, WebP, BMP or GIF files.")
    ],
    checkpoint: Annotated[Path | None, CheckpointOption] = None,
    score_threshold: Annotated[
        float, typer.Option(help="Least probability of a detection, 0 to 1.")
    ] = 0.5,
    nms_iou_threshold: Annotated[
        float, typer.Option(help="A box is dropped when a better one overlaps it so much.")
    ] = 0.45,
    device: Annotated[str, DeviceOption] = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, one a detection.")
    ] = False,
) -> None:
    """Find the objects in images; boxes are in pixels of the image as it is in the file."""
    from explorer.config import DetectConfig

    config = DetectConfig(score_threshold=score_threshold, nms_iou_threshold=nms_iou_threshold)
    engine = load_detector(checkpoint, device)
    unreadable = 0
    for path in images:
        try:
            rows = list(_detect_in(path, engine, config))
        except (ValueError, OSError) as error:
            complain(error)  # the other images are still worth looking at
            unreadable += 1
            continue
        if as_json:
            for row in rows:
                typer.echo(json.dumps(row))
        elif rows:
            _print_table(rows)
        if not rows:
            say(f"{path}: nothing found with a score of {score_threshold:g} or more.")
    if unreadable:
        raise typer.Exit(EXIT_CODE)


def _detect_in(path: Path, engine: Engine, config: DetectConfig) -> Iterator[dict[str, Any]]:
    from explorer.images import read_image

    image = read_image(path)
    height, width = image.shape[:2]
    found = engine.detect(image, config)
    layers = engine.anchors().layer
    for class_id, score, box, anchor in zip(
        found.class_id, found.score, found.boxes, found.anchor, strict=True
    ):
        sides_px = (width, height, width, height)
        yield {
            "image": str(path),
            "class": engine.class_names[class_id],
            "score": round(float(score), 4),
            "box_px": [round(float(x * side), 1) for x, side in zip(box, sides_px, strict=True)],
            "anchor": int(anchor),
            "layer": int(layers[anchor]),
        }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    # As text, not as markup: a file may be called [bold].png.
    table = Table(box=box.SIMPLE_HEAD, title=Text(rows[0]["image"]), title_justify="left")
    table.add_column("class", overflow="fold")
    for heading in ("score", "xmin", "ymin", "xmax", "ymax", "anchor", "layer"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(row["class"]),
            f"{row['score']:.3f}",
            *(f"{side:.0f}" for side in row["box_px"]),
            str(row["anchor"]),
            str(row["layer"]),
        )
    console().print(table)
