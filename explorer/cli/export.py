"""``ssd-explorer export``: a detector for programs without MXNet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.detector import CheckpointOption, checkpoint_path
from explorer.cli.options import ForceOption
from explorer.cli.outputs import check_outputs
from explorer.cli.terminal import say
from explorer.i18n import _


def export(
    onnx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as ONNX, with what it needs.")
    ] = None,
    checkpoint: Annotated[Path | None, CheckpointOption] = None,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Export a detector as ONNX, which onnxruntime, OpenCV and others run without MXNet."""
    if onnx is None:
        raise ValueError(_("nowhere to write: give --onnx FILE"))
    path = checkpoint_path(checkpoint)
    check_outputs([onnx], [path, path.with_suffix(".json")], force)
    from explorer.engine import Engine
    from explorer.engine.checkpoint_files import describe_checkpoint

    __, content = describe_checkpoint(path)
    exported = Engine.load(path, "cpu").export_onnx(onnx, content["sha256"])
    text = _("Exported {path}: largest difference from MXNet {difference:.1e}, as {reader} runs it")
    say(text.format(path=onnx, difference=exported.difference, reader=exported.reader))
