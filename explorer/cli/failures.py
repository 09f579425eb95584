"""The one place where an exception becomes a sentence on stderr and exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from explorer.cli.terminal import say
from explorer.i18n import _

if TYPE_CHECKING:
    from pydantic import ValidationError

EXIT_CODE = 2
"""Of everything that the user can mend: bad options, bad input, a full disk."""

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended before its work was done."""


class OneSentence(TyperGroup):
    """A group of commands that ends in one sentence where a user can do something about it.

    Anything else is a bug of ours and keeps its traceback.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever reads our output has enough, which is no failure
        except typer.BadParameter as error:
            complain(ValueError(_bad_option(error)))
            raise typer.Exit(EXIT_CODE) from error
        # Settings, checkpoints, unreadable files and a run under way are all ValueErrors.
        except (ValueError, OSError) as error:
            complain(error)
            raise typer.Exit(EXIT_CODE) from error


def complain(error: Exception) -> None:
    """Print the sentence of an expected failure on stderr."""
    from explorer.training.failures import explain_failure

    say(_("error: {sentence}", sentence=explain_failure(error)), style="red")


@contextmanager
def settings_of_options() -> Iterator[None]:
    """Name a setting that is out of range as the option that gave it: --nms-topk.

    Raises
    ------
    ValueError
        If one is.
    """
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        setting = error.errors()[0]["loc"]
        option = f"--{setting[0]}".replace("_", "-") if setting else ""
        raise ValueError(_explained_as(option, error)) from error


def _explained_as(option: str, error: ValidationError) -> str:
    from explorer.config import explain

    text, where = explain(error), ".".join(map(str, error.errors()[0]["loc"]))
    return f"{option} {text.removeprefix(where).strip()}".strip()


def _bad_option(error: typer.BadParameter) -> str:
    from pydantic import ValidationError

    if isinstance(error.__cause__, ValidationError) and error.param is not None:
        return _explained_as(error.param.opts[0], error.__cause__)
    return error.format_message()
