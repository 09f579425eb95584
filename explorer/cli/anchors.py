"""``ssd-explorer anchors``: what an anchor configuration comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from explorer.cli.terminal import console

if TYPE_CHECKING:
    from explorer.config import AnchorConfig

__all__ = ["AnchorsOption", "app", "read_anchors"]

app = typer.Typer(no_args_is_help=True, help="Look at anchor configurations.")

AnchorsOption = typer.Option(metavar="PRESET|FILE", help="toy-ssd, creature, or a JSON file.")


@app.callback()
def _group() -> None:
    """Keep `show` a subcommand while it is the only one."""


@app.command()
def show(
    anchors: Annotated[str, AnchorsOption] = "toy-ssd",
    input_size: Annotated[int, typer.Option(help="Side of the network's input, px.")] = 256,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the anchors of each prediction layer, in pixels, and how many there are."""
    summary = _summarise(read_anchors(anchors), input_size)
    if as_json:
        typer.echo(json.dumps(summary))
        return
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, title=f"Anchors {anchors}, input {input_size} px", title_justify="left"
    )
    columns: tuple[tuple[str, Literal["left", "right"]], ...] = (
        ("layer", "right"),
        ("map", "right"),
        ("cell px", "right"),
        ("width×height px", "left"),
        ("a cell", "right"),
        ("anchors", "right"),
    )
    for heading, justify in columns:
        table.add_column(heading, justify=justify)
    for number, layer in enumerate(summary["layers"]):
        height, width = layer["map"]
        table.add_row(
            str(number),
            f"{height}×{width}",
            f"{input_size / height:g}",
            "  ".join(f"{w:.0f}×{h:.0f}" for w, h in layer["shapes_px"]),
            str(len(layer["shapes_px"])),
            f"{layer['num_anchors']:,}",
        )
    table.add_section()
    table.add_row("", "", "", "", "in all", f"{summary['num_anchors']:,}")
    console().print(table)


def read_anchors(preset_or_file: str) -> AnchorConfig:
    """Return a preset, or the configuration in a JSON file.

    Raises
    ------
    ValueError
        If it is neither, or a size or ratio is out of range.
    """
    from pydantic import ValidationError

    from explorer.config import ANCHOR_PRESETS, AnchorConfig, anchor_preset, explain

    path = Path(preset_or_file)
    if preset_or_file in ANCHOR_PRESETS or (path.suffix != ".json" and not path.exists()):
        return anchor_preset(preset_or_file)
    try:
        return AnchorConfig.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path} is no anchor configuration: {explain(error)}") from error


def _summarise(config: AnchorConfig, input_size: int) -> dict[str, Any]:
    from explorer.ssd.anchors import anchor_grid, feature_map_shapes

    shapes = feature_map_shapes((input_size, input_size), len(config.layers))
    grid = anchor_grid(config, shapes)
    layers = []
    for number, (layer, map_shape) in enumerate(zip(config.layers, shapes, strict=True)):
        cell = grid.boxes[grid.cell(number, 0, 0)] * input_size
        layers.append(
            {
                "map": list(map_shape),
                "sizes": list(layer.sizes),
                "ratios": list(layer.ratios),
                "num_anchors": map_shape[0] * map_shape[1] * layer.num_anchors,
                "shapes_px": [
                    [round(float(x1 - x0), 1), round(float(y1 - y0), 1)] for x0, y0, x1, y1 in cell
                ],
            }
        )
    return {"input_size": input_size, "num_anchors": len(grid), "layers": layers}
