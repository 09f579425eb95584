"""``ssd-explorer anchors``: what an anchor configuration comes to, and better ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from explorer.cli.anchor_options import (
    AnchorsOption,
    InputSizeOption,
    read_anchors,
    read_input_shape,
    shape_text,
)
from explorer.cli.anchors.coverage import coverage, suggest
from explorer.cli.names_in_help import NamesInHelp
from explorer.cli.options import JsonOption, note_which
from explorer.cli.terminal import console, plain_table
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.config import AnchorConfig, FeatureMap

app = typer.Typer(no_args_is_help=True, help="Look at anchor configurations, and improve them.")


@app.command(cls=NamesInHelp)
def show(
    context: typer.Context,
    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATASET]", help="Also count the objects of a name or folder that each fits."
        ),
    ] = None,
    anchors: Annotated[str, AnchorsOption] = "toy-ssd",
    input_size: Annotated[str, InputSizeOption] = "256",
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="creature|tutorial|NAME|PATH",
            help="Instead, those of a detector, on its own maps.",
        ),
    ] = None,
    as_json: Annotated[bool, JsonOption] = False,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="Print them in this format: {formats}."),
    ] = None,
) -> None:
    """Show the anchors of each prediction layer, in pixels, and how many there are."""
    if checkpoint is None:
        pyramid = _of_toy_ssd(anchors, input_size)
    else:
        for name in ("anchors", "input_size"):
            source = context.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                option = f"--{name.replace('_', '-')}"
                text = _("--checkpoint has its own anchors: leave {option} out", option=option)
                raise ValueError(text)
        pyramid = _of_detector(checkpoint)
    if format_ is not None:
        if dataset is not None or as_json:
            text = _("--format prints the anchors alone: leave --json out, or --format")
            if dataset is not None:
                text = _("--format prints the anchors alone: leave the data set out, or --format")
            raise ValueError(text)
        _write(pyramid, format_)
        return
    summary = _summarise(pyramid, dataset)
    if as_json:
        typer.echo(json.dumps(summary))
        return
    title = _("Anchors {anchors}, input {input} px")
    table = plain_table(title.format(anchors=pyramid.name, input=shape_text(pyramid.shape_px)))
    for heading in (_("layer"), _("map"), _("cell px")):
        table.add_column(heading, justify="right")
    table.add_column(_("width×height px"))
    counted = [] if dataset is None else [_("best for")]
    for heading in (_("per cell"), _("anchors"), *counted):
        table.add_column(heading, justify="right")
    for number, (layer, each) in enumerate(zip(summary["layers"], pyramid.maps, strict=True)):
        cell = tuple(f"{px:.4g}" for px in each.stride_px)
        row = [
            str(number),
            each.name,
            cell[0] if cell[0] == cell[1] else f"{cell[1]}×{cell[0]}",
            "  ".join(f"{w:.0f}×{h:.0f}" for w, h in layer["shapes_px"]),
            str(len(layer["shapes_px"])),
            f"{layer['num_anchors']:,}",
        ]
        if dataset is not None:
            row.append(f"{layer['num_best']:,}")
        table.add_row(*row)
    table.add_section()
    total = ["", "", "", "", _("in total"), f"{summary['num_anchors']:,}"]
    if dataset is not None:
        total.append(f"{summary['num_objects']:,}")
    table.add_row(*total)
    console().print(table)


app.command(cls=NamesInHelp)(coverage)
app.command()(suggest)


class _Pyramid(NamedTuple):
    """Anchors, and the maps that they are on."""

    name: str
    config: AnchorConfig
    maps: tuple[FeatureMap, ...]
    shape_px: tuple[int, int]
    """(height, width) of the input."""


def _of_toy_ssd(anchors: str, input_size: str) -> _Pyramid:
    from explorer.config import architecture_maps

    config, shape_px = read_anchors(anchors), read_input_shape(input_size)
    return _Pyramid(anchors, config, architecture_maps(config, shape_px), shape_px)


def _of_detector(checkpoint: Path) -> _Pyramid:
    from explorer.cli.detector import checkpoint_path, note_proposals
    from explorer.engine.checkpoint_files import describe_checkpoint

    path = checkpoint_path(checkpoint)
    detector, _content = describe_checkpoint(path)
    note_proposals(path)
    return _Pyramid(
        str(checkpoint), detector.anchors, detector.feature_maps, detector.input_shape_px
    )


def _summarise(pyramid: _Pyramid, dataset: str | None) -> dict[str, Any]:
    from explorer.ssd.anchors import anchor_sides

    _name, config, maps, shape_px = pyramid
    layers: list[dict[str, Any]] = []
    for layer, each in zip(config.layers, maps, strict=True):
        sides_px = anchor_sides(each.shape, layer) * shape_px[::-1]
        layers.append(
            {
                "map": list(each.shape),
                "sizes": list(layer.sizes),
                "ratios": list(layer.ratios),
                "num_anchors": each.num_cells * layer.num_anchors,
                "shapes_px": sides_px.round(1).tolist(),
            }
        )
    summary = {
        "input_shape_px": list(shape_px),
        "num_anchors": sum(layer["num_anchors"] for layer in layers),
        "layers": layers,
    }
    if dataset is not None:
        from explorer.datasets import load_objects
        from explorer.ssd.coverage import measure_coverage

        note_which(dataset)
        objects = load_objects(dataset)
        best_layer = measure_coverage(config, maps, shape_px, objects.boxes).best_layer
        summary["num_objects"] = len(objects.boxes)
        for number, shown in enumerate(layers):
            shown["num_best"] = int((best_layer == number).sum())
    return summary


def _write(pyramid: _Pyramid, format_id: str) -> None:
    """Print the text of a format, and on stderr what it cannot say."""
    from explorer.exchange import write_anchors

    written = write_anchors(pyramid.config, format_id, pyramid.maps, pyramid.shape_px)
    typer.echo(written.text, nl=False)
    for note in written.notes:
        typer.echo(note, err=True)
