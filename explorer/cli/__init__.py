"""The command line: ``ssd-explorer run/devices/data/train/resume/runs/evaluate/detect/export/…``.

Each command imports what it needs when it runs, so that ``--help`` and a mistyped option answer
at once: MXNet alone takes more than a second.
"""

from __future__ import annotations

from typing import Annotated

import typer

from explorer import __version__
from explorer.cli import devices, export, run, train
from explorer.cli.anchors import commands as anchors
from explorer.cli.data import commands as data
from explorer.cli.detect import command as detect
from explorer.cli.evaluate import command as evaluate
from explorer.cli.failures import OneSentence
from explorer.cli.runs import commands as runs

__all__ = ["app", "main"]

app = typer.Typer(
    cls=OneSentence,
    no_args_is_help=True,
    add_completion=False,
    # A bug shows Python's own traceback; what a user can mend is one sentence (`OneSentence`).
    pretty_exceptions_enable=False,
    help="See anchors, matching, training and detection of the SSD detector.",
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"ssd-explorer {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Take the options that belong to no command."""


app.command()(run.run)
app.command()(devices.devices)
app.add_typer(data.app, name="data")
app.command()(train.train)
app.command()(train.resume)
app.add_typer(runs.app, name="runs")
app.command()(evaluate.evaluate)
app.command()(detect.detect)
app.command()(export.export)
app.add_typer(anchors.app, name="anchors")


def main() -> None:
    """Run the command that the process's arguments name, and exit."""
    app(prog_name="ssd-explorer")
