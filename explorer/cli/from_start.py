"""A run without a good checkpoint: whether it may begin again from step 0."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from explorer.cli.failures import EXIT_CODE
from explorer.cli.terminal import say
from explorer.i18n import _

if TYPE_CHECKING:
    from explorer.training.run.directory import RunDirectory

FromStartOption = typer.Option(
    "--from-start", help="If no checkpoint is good, begin again from step 0."
)


def may_begin_again(run: RunDirectory, from_start: bool) -> bool:
    """Return `from_start`, or what the user answers where a run can only begin again.

    Raises
    ------
    ValueError
        If nobody can be asked.
    """
    from explorer.training.launch import NoCheckpointError, check_checkpoints

    if from_start:
        return True
    try:
        check_checkpoints(run)
    except NoCheckpointError as error:
        if not sys.stdin.isatty():
            raise ValueError(_("{why} To have it do so: --from-start", why=error)) from error
        if not typer.confirm(_("{why} Begin again?", why=error), err=True):
            say(_("Nothing was started."))
            raise typer.Exit(EXIT_CODE) from error
        return True
    return False
