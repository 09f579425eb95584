"""Options that several commands have."""

from __future__ import annotations

import typer

__all__ = ["ForceOption", "JsonOption", "KindOption", "YesOption"]

JsonOption = typer.Option("--json", help="Print JSON on stdout, and nothing else there.")
ForceOption = typer.Option("--force", help="Replace what is there under the same name.")
YesOption = typer.Option("--yes", help="Do not ask.")
KindOption = typer.Option(
    metavar="KIND", help="voc, coco, yolo, csv, labelme, records or images; auto looks."
)
