"""What all commands share on the terminal: results on stdout, everything else on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["console", "say"]


def console(*, stderr: bool = False) -> Console:
    """Return rich's console for results, or for progress and messages."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def say(text: str, style: str | None = None) -> None:
    """Print a line on stderr; coloured where that is a terminal, never wrapped."""
    typer.secho(text, fg=style, err=True)
