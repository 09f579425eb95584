"""The command line: ``ssd-explorer run/devices/data/train/runs/evaluate/detect/export/adopt/…``.

Each command imports what it needs when it runs, so that ``--help`` and a mistyped option answer
at once: MXNet alone takes more than a second.
"""

from __future__ import annotations

import gettext
from typing import Annotated, Any

import typer

from explorer import __version__
from explorer.cli import adopt, devices, evaluate, export, run, train
from explorer.cli.anchors import commands as anchors
from explorer.cli.data import commands as data
from explorer.cli.detect import command as detect
from explorer.cli.failures import OneSentence
from explorer.cli.names_in_help import NamesInHelp
from explorer.cli.runs import commands as runs
from explorer.i18n import DOMAIN, LOCALE, N_, _

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
app.command(cls=NamesInHelp)(train.train)
app.command()(train.resume)
app.add_typer(runs.app, name="runs")
app.command()(evaluate.evaluate)
app.command()(detect.detect)
app.command()(export.export)
app.command(cls=NamesInHelp)(adopt.adopt)
app.add_typer(anchors.app, name="anchors")


_OF_TYPER = (N_("Arguments"), N_("Commands"), N_("Error"), N_("Options"), N_("[required]"))


def main() -> None:
    """Run the command that the process's arguments name, and exit."""
    gettext.bindtextdomain(DOMAIN, LOCALE)
    gettext.textdomain(DOMAIN)  # where typer looks for its headings
    command = typer.main.get_command(app)
    _translate(command)
    command(prog_name="ssd-explorer")


def _translate(command: Any) -> None:
    """Say the help of a command, and of those below it, in the user's language."""
    for helped in (command, *command.params):
        if getattr(helped, "help", None):
            helped.help = _(helped.help)
    for below in getattr(command, "commands", {}).values():
        _translate(below)
