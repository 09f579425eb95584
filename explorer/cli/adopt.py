"""``ssd-explorer adopt``: a detector that others made with MXNet becomes one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from explorer.cli.anchor_options import AnchorsOption, read_anchors
from explorer.cli.options import ForceOption
from explorer.cli.outputs import check_outputs
from explorer.cli.terminal import say
from explorer.i18n import _

_Channels = tuple[float, float, float]


def adopt(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The .params file that MXNet wrote.")
    ],
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|PATH.params", help="What to call it among your detectors, or where to."
        ),
    ],
    classes: Annotated[
        str | None,
        typer.Option(metavar="NAME,NAME|FILE.txt", help="Its classes in order, or a line each."),
    ] = None,
    input_size: Annotated[int | None, typer.Option(help="Side of its input, px.")] = None,
    anchors: Annotated[str | None, AnchorsOption] = None,
    mean: Annotated[
        _Channels | None,
        typer.Option(help="Subtracted from each channel, pixels being 0 to 255, in its order."),
    ] = None,
    std: Annotated[
        _Channels | None, typer.Option(help="What the rest of each channel is divided by.")
    ] = None,
    channel_order: Annotated[
        Literal["rgb", "bgr"] | None, typer.Option(help="Of the pixels that it takes.")
    ] = None,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Open a detector that others made with MXNet, and keep it as one of yours.

    What its file does not say is proposed, and printed: tell it better with the options.
    """
    from explorer.config import DetectorHints
    from explorer.engine import adoption

    hints = DetectorHints(
        class_names=None if classes is None else _class_names(classes),
        input_size=input_size,
        anchors=None if anchors is None else read_anchors(anchors),
        pixel_mean=mean,
        pixel_std=std,
        channel_order=channel_order,
    )
    is_path = name.endswith(".params")
    target = Path(name) if is_path else adoption.adopted_path(name)
    check_outputs([target, target.with_suffix(".json")], [file, file.with_suffix(".json")], force)
    for sentence in adoption.adopt(file, target, hints, overwrite=force):
        say(sentence)
    say(_("Adopted as {path}", path=target))


def _class_names(names_or_file: str) -> tuple[str, ...]:
    """Return names between commas, or those of a text file, a line each."""
    from explorer.datasets.importers.folder.texts import read_text

    is_file = names_or_file.endswith(".txt")
    names = read_text(Path(names_or_file)).splitlines() if is_file else names_or_file.split(",")
    return tuple(name.strip() for name in names if name.strip())
