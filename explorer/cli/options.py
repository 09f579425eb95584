"""Options that several commands have."""

from __future__ import annotations

import typer

from explorer.datasets.label_formats import FORMATS, WITHOUT_LABELS

JsonOption = typer.Option("--json", help="Print JSON on stdout, and nothing else there.")
ForceOption = typer.Option("--force", help="Replace what is there under the same name.")
YesOption = typer.Option("--yes", help="Do not ask.")
KindOption = typer.Option(
    metavar="|".join(("auto", *FORMATS, WITHOUT_LABELS)),
    help="The format of the labels; auto looks.",
)
