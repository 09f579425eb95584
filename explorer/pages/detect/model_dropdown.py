"""The list of checkpoints, for the page's model and for the one beside it; what one can find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint
from explorer.i18n import _, ngettext
from explorer.pages.detect.loaded_detector import LoadedDetector
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.choices.names_text import names_text
from explorer.pages.shared.controls.following import Following
from explorer.pages.shared.controls.text_line import TextLine
from explorer.pages.shared.page.parts import labelled


def model_dropdown(
    model: DetectModel, detector: LoadedDetector, guard: Callable[..., Any], none: str = ""
) -> widgets.Dropdown:
    """Return a list of the model's checkpoints from which `detector` takes its own.

    With a text for `none` its first entry stands for no checkpoint.
    """
    following = Following(guard)
    label = _("The other checkpoint") if none else _("Checkpoint")
    dropdown = labelled(label, widgets.Dropdown(options=[]))

    def offer() -> None:
        choices = [(choice.label, str(choice.path)) for choice in model.models]
        if none:
            choices.insert(0, (none, ""))
        paths = [path for _label, path in choices]
        first = next(iter(paths), None)
        following.offer(dropdown, choices, detector.path if detector.path in paths else first)
        dropdown.disabled = not model.models

    following.listen(dropdown, lambda path: detector.set_trait("path", path))
    model.observe(lambda _change: offer(), "models")
    detector.observe(lambda _change: offer(), "path")
    offer()
    return dropdown


def model_note(detector: LoadedDetector) -> TextLine:
    """Return a line that says what the chosen checkpoint of `detector` can find."""
    note = TextLine("ssdx-muted ssdx-fine")

    def draw() -> None:
        note.show(model_sentence(Path(detector.path)) if detector.path else "")

    detector.observe(lambda _change: draw(), "path")
    draw()
    return note


def model_sentence(checkpoint: Path) -> str:
    """Return the sentence about a checkpoint, from the file that describes it, or what its own say.

    Empty where the checkpoint is missing or damaged, which whoever loads it says. Names are as
    they are: escape them.
    """
    try:
        detector, content = describe_checkpoint(checkpoint)
    except CheckpointError:
        return ""
    names = detector.class_names
    text = ngettext(
        "Finds {n} class: {names}.",
        "Finds {n} classes: {names}.",
        len(names),
        names=names_text(names),
    )
    dataset = _dataset(content["about"])
    if not dataset:
        return text
    return f"{text} {_('Trained on {dataset}.').format(dataset=Path(dataset).name)}"


def _dataset(about: dict[str, Any]) -> str:
    """Return the data set of the training: that of a run, or of `ssd-explorer train --save`."""
    config = about.get("config")
    dataset = (config if isinstance(config, dict) else about).get("dataset")
    return dataset if isinstance(dataset, str) else ""
