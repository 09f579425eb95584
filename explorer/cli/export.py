"""``ssd-explorer export``: a detector for programs without MXNet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.detector import CheckpointOption, checkpoint_path, note_opening, note_proposals
from explorer.cli.options import ForceOption
from explorer.cli.outputs import checked_outputs
from explorer.cli.terminal import say
from explorer.files import write_contents
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.engine.export.exported import Exported

_MODULE, _WEIGHTS = ".py", ".safetensors"


def export(
    onnx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as ONNX, with what it needs.")
    ] = None,
    torch: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Write it as a PyTorch module FILE.py with FILE.safetensors, or into a folder.",
        ),
    ] = None,
    checkpoint: Annotated[Path | None, CheckpointOption] = None,
    force: Annotated[bool, ForceOption] = False,
) -> None:
    """Export a detector for programs without MXNet: as ONNX, or for PyTorch."""
    if onnx is None and torch is None:
        raise ValueError(_("nowhere to write: give --onnx FILE or --torch PATH"))
    path = checkpoint_path(checkpoint)
    asked: dict[str, dict[str, Path]] = {}
    if onnx is not None:
        asked["onnx"] = {".onnx": onnx}
    if torch is not None:
        asked["torch"] = _torch_files(torch, path)
    outputs = [file for files in asked.values() for file in files.values()]
    with checked_outputs(outputs, [path, path.with_suffix(".json")], force):
        made = _write(asked, path)
    for name, files in asked.items():
        say(_sentence(", ".join(map(str, files.values())), made[name]))


def _write(asked: dict[str, dict[str, Path]], checkpoint: Path) -> dict[str, Exported]:
    """Write what is asked for, all of it or nothing."""
    from explorer.engine import Engine

    content = note_proposals(checkpoint)
    engine = Engine.load(checkpoint, "cpu")
    note_opening(engine)
    makers = {"onnx": engine.as_onnx, "torch": engine.as_torch}
    made = {name: makers[name](content["sha256"]) for name in asked}
    write_contents(
        {
            file: made[name].contents[ending]
            for name, files in asked.items()
            for ending, file in files.items()
        }
    )
    return made


def _torch_files(path: Path, checkpoint: Path) -> dict[str, Path]:
    """Return the module's file and that of its weights, which it looks for beside itself."""
    from explorer.engine.export.module_name import module_name

    if path.suffix not in (_MODULE, _WEIGHTS):
        path = path / f"{module_name(checkpoint.stem)}{_MODULE}"
    return {ending: path.with_suffix(ending) for ending in (_MODULE, _WEIGHTS)}


def _sentence(files: str, exported: Exported) -> str:
    if exported.reader is None:
        text = _(
            "Exported {path}; PyTorch is not installed here, so it was not run and compared "
            "with MXNet"
        )
        return text.format(path=files)
    text = _("Exported {path}: largest difference from MXNet {difference:.1e}, as {reader} runs it")
    return text.format(path=files, difference=exported.difference, reader=exported.reader)
