"""Whether a detector can be judged on a data set: only where both know the same classes."""

from __future__ import annotations

from explorer.datasets import dataset_path
from explorer.datasets.description import Description
from explorer.i18n import _
from explorer.pages.shared.choices.class_names import names_text


def class_mismatch(known: tuple[str, ...], dataset: str) -> str:
    """Return one sentence where the data set has other classes than `known`, else "".

    The set's description tells, and its records are not read. Names are as they are: escape them.

    Parameters
    ----------
    known : tuple of str
        The detector's; empty before there is one, to which everything matches.
    dataset : str
        A named data set.
    """
    try:
        description = Description.load(dataset_path(dataset))
    except ValueError:  # whoever opens the set says so
        return ""
    if not known or description is None or description.class_names == known:
        return ""
    return _(
        "This model knows {known}; {dataset} has {classes}: choose another model or another set.",
        known=names_text(known),
        dataset=dataset,
        classes=names_text(description.class_names),
    )
