"""What a checkpoint can find, and what it learned that from, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.engine.checkpoint_files import CheckpointError, describe_checkpoint
from explorer.i18n import _, ngettext
from explorer.pages.shared.choices.class_names import names_text


def model_sentence(checkpoint: Path) -> str:
    """Return the sentence about a checkpoint, from the small file beside it; no weights are read.

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
