"""The one place where an exception becomes a sentence on stderr and exit code 2."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from explorer.cli.terminal import say

__all__ = ["EXIT_CODE", "OneSentence", "complain"]

EXIT_CODE = 2
"""Of everything that the user can mend: bad options, bad input, a full disk."""


class OneSentence(TyperGroup):
    """A group of commands that ends in one sentence where a user can do something about it.

    Anything else is a bug of ours and keeps its traceback.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # the reader of our output has enough, which is no failure
        except Exception as error:
            if not _is_expected(error):
                raise
            complain(error)
            raise typer.Exit(EXIT_CODE) from error


def complain(error: Exception) -> None:
    """Print the sentence of an expected failure on stderr."""
    from explorer.training.failures import explain_failure

    say(f"error: {explain_failure(error)}", style="red")


def _is_expected(error: Exception) -> bool:
    # Settings, checkpoints and unreadable files are all ValueErrors.
    if isinstance(error, (ValueError, OSError)):
        return True
    from explorer.training.launch import AlreadyRunningError

    return isinstance(error, AlreadyRunningError)
