"""``ssd-explorer data check``: what is wrong with the labels and images of a folder."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.options import EncodingOption, JsonOption, KindOption, note_which
from explorer.cli.terminal import progress
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet

_FOUND = 1
_UNUSABLE = 2


def check(
    path: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FOLDER", help="A set's name, or a folder of images and labels."
        ),
    ],
    kind: Annotated[str, KindOption] = "auto",
    encoding: Annotated[str | None, EncodingOption] = None,
    input_size: Annotated[
        int, typer.Option(min=1, help="Side that images are resized to; it decides what is tiny.")
    ] = 256,
    label_pad: Annotated[int, typer.Option(min=1, help="Objects that an image may have.")] = 100,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Check labels and images; nothing is changed.

    Exits with 0 if nothing is wrong, with 1 if something was found, with 2 if there is nothing
    that could be examined.
    """
    from explorer.datasets.doctor import examine, report_json, report_text

    folder = _folder(path)
    with progress(_("Reading labels")) as update:
        annotations = _read(folder, kind, encoding, update)
    with progress(_("Examining images")) as update:
        report = examine(annotations, input_size, label_pad, progress=update)
    if as_json:
        typer.echo(json.dumps(report_json(report), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(report_text(report), nl=False)
    if report.num_usable == 0:
        raise typer.Exit(_UNUSABLE)
    if report.findings:
        raise typer.Exit(_FOUND)


def _folder(name_or_folder: str) -> Path:
    from explorer.datasets.catalog import command_for, dataset_path, is_named

    note_which(name_or_folder)
    if not is_named(name_or_folder):
        path = Path(name_or_folder)
        if path.is_file():
            text = _(
                "{path} is a file: unpack it and check the folder, or import it with: "
                "ssd-explorer data import {name_or_folder} --name NAME"
            )
            raise ValueError(text.format(path=path, name_or_folder=shlex.quote(name_or_folder)))
        return path
    folder = dataset_path(name_or_folder)
    if not folder.is_dir():
        text = _("data set {name_or_folder} is not there; get it with: {command}")
        raise FileNotFoundError(
            text.format(name_or_folder=name_or_folder, command=command_for(name_or_folder))
        )
    return folder


def _read(
    folder: Path, kind: str, encoding: str | None, update: Callable[[float, float | None], None]
) -> AnnotationSet:
    from explorer.datasets.doctor import read_record_labels
    from explorer.datasets.importers import read_annotations

    if kind == "records" or (kind == "auto" and any(folder.glob("*.rec"))):
        # The importer refuses a damaged file; here its damage is a finding.
        return read_record_labels(folder, progress=update)
    return read_annotations(folder, kind, progress=update, encoding=encoding)
