"""A detector whose files do not say all of it: what is proposed, and what the user says instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.config import (
    ANCHOR_PRESETS,
    AnchorConfig,
    DetectorConfig,
    DetectorHints,
    explain,
    preset_name,
)
from explorer.i18n import N_, _

LABELS = {
    "class_names": N_("Class names, with commas"),
    "input_size": N_("Input (px)"),
    "anchors": N_("Anchors (preset or text)"),
    "channel_order": N_("Channel order"),
    "pixel_mean": N_("Pixel mean (3 numbers)"),
    "pixel_std": N_("Pixel deviation (3 numbers)"),
}
"""What can be told, in the order in which it is asked."""


@dataclass(frozen=True)
class Proposal:
    """A detector that arrived, and what has to be asked before it is opened."""

    path: Path
    """Of its ``.params``."""
    name: str
    """What it could be called."""
    detector: DetectorConfig
    asked: tuple[str, ...]
    """The settings that the files do not say, of `LABELS`."""
    sentences: tuple[str, ...] = ()
    """What was proposed, and why."""
    known: str = ""
    """The name that it has already, such as "tutorial"."""

    def texts(self) -> dict[str, str]:
        """Return what is proposed for all that is asked, as a person writes it."""
        return {name: _WRITTEN[name](getattr(self.detector, name)) for name in self.asked}

    def hints(self, texts: Mapping[str, str]) -> DetectorHints:
        """Return what the user told: what differs from the proposal.

        Parameters
        ----------
        texts : mapping
            As `texts` returns them, changed.

        Raises
        ------
        ValueError
            If one cannot be read, or is out of its range.
        """
        told = {
            name: _READ[name](text, _(LABELS[name]))
            for name, text in texts.items()
            if text.strip() != _WRITTEN[name](getattr(self.detector, name))
        }
        try:
            return DetectorHints.model_validate(told)
        except ValidationError as error:
            raise ValueError(explain(error)) from None


def _names(text: str, _label: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in re.split(r"[,\n]", text) if name.strip())


def _whole(text: str, label: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            _("{label}: a whole number, not {text!r}.", label=label, text=text)
        ) from None


def _three(text: str, label: str) -> tuple[float, ...]:
    try:
        numbers = tuple(map(float, re.split(r"[,;\s]+", text.strip(" ,;()[]\n"))))
    except ValueError:
        numbers = ()
    if len(numbers) != 3:
        raise ValueError(_("{label}: not {text!r}.", label=label, text=text))
    return numbers


def _anchors(text: str, label: str) -> AnchorConfig:
    if text.strip() in ANCHOR_PRESETS:
        return ANCHOR_PRESETS[text.strip()]
    try:
        content = json.loads(text)
        if isinstance(content, Mapping) and "anchors" in content:
            content = content["anchors"]
        return AnchorConfig.model_validate(content)
    except ValidationError as error:
        raise ValueError(_("{label}: {why}.", label=label, why=explain(error))) from None
    except ValueError:
        names = ", ".join(ANCHOR_PRESETS)
        text = _("{label}: one of {names}, or their text from the anchors page.")
        raise ValueError(text.format(label=label, names=names)) from None


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "class_names": ", ".join,
    "input_size": str,
    "anchors": lambda anchors: preset_name(anchors) or anchors.to_json(),
    "channel_order": str,
    "pixel_mean": _numbers,
    "pixel_std": _numbers,
}

_READ: dict[str, Callable[[str, str], Any]] = {
    "class_names": _names,
    "input_size": _whole,
    "anchors": _anchors,
    "channel_order": lambda text, _label: text.strip().lower(),
    "pixel_mean": _three,
    "pixel_std": _three,
}
