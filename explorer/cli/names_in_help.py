"""Help that names what can be chosen, from the one place that keeps it."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from typer.core import TyperCommand

_KEPT = {
    "presets": ("explorer.config", "ANCHOR_PRESETS"),
    "recipes": ("explorer.config", "RECIPES"),
    "formats": ("explorer.exchange", "FORMATS"),
    "variants": ("explorer.datasets.synthetic.variants", "VARIANTS"),
}
"""Module and dictionary of each place that a help text may have, such as ``{presets}``."""


class NamesInHelp(TyperCommand):
    """A command with such places, which are filled when its help is shown: imports take time."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for each in self.params:
            each.help = re.sub(r"\{(\w+)\}", _names, getattr(each, "help", None) or "")
        super().format_help(ctx, formatter)


def _names(place: re.Match[str]) -> str:
    module, dictionary = _KEPT[place[1]]
    return ", ".join(getattr(import_module(module), dictionary))
