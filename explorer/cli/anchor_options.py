"""Options that name anchors and the input they are for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.config import AnchorConfig

AnchorsOption = typer.Option(metavar="PRESET|FILE", help="{presets}, or a JSON file.")
InputSizeOption = typer.Option(
    metavar="SIDE|WIDTHxHEIGHT", help="The network's input, px: 256, or 512x256."
)
ThresholdOption = typer.Option(help="IoU from which on an anchor counts as covering an object.")

_MOST_PX = 4096


def read_anchors(preset_or_file: str) -> AnchorConfig:
    """Return a preset, or the configuration in a JSON file.

    Raises
    ------
    ValueError
        If it is neither, or a size or ratio is out of range.
    """
    from pydantic import ValidationError

    from explorer.config import ANCHOR_PRESETS, AnchorConfig, anchor_preset, explain
    from explorer.plain_files import read_plain

    path = Path(preset_or_file)
    if preset_or_file in ANCHOR_PRESETS or (path.suffix != ".json" and not path.exists()):
        return anchor_preset(preset_or_file)
    try:
        return AnchorConfig.model_validate_json(read_plain(path))
    except ValidationError as error:
        text = _("{path} is not an anchor configuration: {why}")
        raise ValueError(text.format(path=path, why=explain(error))) from error


def read_input_shape(text: str) -> tuple[int, int]:
    """Return (height, width) of an input size as it is typed, px.

    Raises
    ------
    ValueError
        If it is neither a number nor WIDTHxHEIGHT, or too large.
    """
    found = re.fullmatch(r"([0-9]{1,9})(?:[x×]([0-9]{1,9}))?", text)
    if found is None:
        problem = _("--input-size must be like 256 or 512x256 (width x height), got {text!r}")
        raise ValueError(problem.format(text=text))
    width = int(found[1])
    height = int(found[2] or width)
    if max(width, height) > _MOST_PX:
        problem = _("--input-size must be at most {most_px} px, got {text}")
        raise ValueError(problem.format(most_px=_MOST_PX, text=text))
    return height, width


def shape_text(shape_px: tuple[int, int]) -> str:
    """Return (height, width) as people say it: one number for a square, else width first."""
    height, width = shape_px
    return f"{width}" if width == height else f"{width}×{height}"
