"""Every format of labels that is read, named in this one place.

The importer of a format is a module of `explorer.datasets.importers` with two functions:

``read(files, progress=None, cancelled=None) -> AnnotationSet``
    Reads all labels of that format in a folder (`ImageFiles`). A `CancelledError` ends it where
    `cancelled` returned True.
``is_here(look) -> bool``
    Says whether a folder has such labels, from what is in its files (`Look`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from explorer.i18n import N_, _


@dataclass(frozen=True)
class LabelFormat:
    """One format."""

    name: str
    """What a person calls it in English; `title` says it in the user's language."""
    importer: str
    """Its module."""
    by_label: bool = False
    """It is read label by label: an image that no label names is not seen."""
    numbered: bool = False
    """Its labels have numbers; one without a name is called “class 7” when it is read."""
    relative: bool = False
    """Its boxes are in parts of the image, not in pixels."""

    @property
    def title(self) -> str:
        """What a person calls it."""
        return _(self.name)


FORMATS = {
    "voc": LabelFormat(N_("Pascal VOC (.xml)"), "voc", by_label=True),
    "coco": LabelFormat(N_("COCO (.json)"), "coco", by_label=True),
    "labelme": LabelFormat(N_("labelme (.json)"), "labelme", by_label=True),
    "yolo": LabelFormat(N_("YOLO (.txt)"), "yolo", numbered=True, relative=True),
    "createml": LabelFormat(N_("CreateML (.json)"), "createml", by_label=True),
    "label-studio": LabelFormat(N_("Label Studio (.json)"), "label_studio", by_label=True),
    "via": LabelFormat(N_("VIA (.json, .csv)"), "via", by_label=True),
    "cvat": LabelFormat(N_("CVAT for images (.xml)"), "cvat", by_label=True),
    "csv": LabelFormat(N_("a table (.csv)"), "table", by_label=True),
    "records": LabelFormat(
        N_("MXNet's records (.rec, .lst)"), "records", numbered=True, relative=True
    ),
}
"""By the word that commands, addresses and `AnnotationSet.kind` have for it, in the order in which
they are looked for."""

WITHOUT_LABELS = "images"
"""The kind of a folder that nobody has labelled: never found by looking, only asked for."""


def importer(kind: str) -> Any:
    """Return the module that reads a format, or the images alone; only now it is imported."""
    name = WITHOUT_LABELS if kind == WITHOUT_LABELS else FORMATS[kind].importer
    return import_module(f"explorer.datasets.importers.{name}")
