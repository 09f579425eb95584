"""Data sets: made, downloaded, read, checked and served in batches. No MXNet here.

Names are imported when they are first used: a page that only opens a data set does not wait for
OpenCV and for all that draws figures and makes sets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.datasets.catalog import dataset_names, dataset_path
    from explorer.datasets.ensure import classes_to_come, ensure_dataset
    from explorer.datasets.folder_in_place import CancelledError
    from explorer.datasets.importers import read_annotations
    from explorer.datasets.loader import Batch, epoch_batches, num_batches
    from explorer.datasets.objects import Objects, load_objects
    from explorer.datasets.pikachu import download_pikachu
    from explorer.datasets.records.dataset import RecordDataset, open_dataset
    from explorer.datasets.synthetic.make import make
    from explorer.datasets.voc import list_voc

__all__ = [
    "Batch",
    "CancelledError",
    "Objects",
    "RecordDataset",
    "classes_to_come",
    "dataset_names",
    "dataset_path",
    "download_pikachu",
    "ensure_dataset",
    "epoch_batches",
    "list_voc",
    "load_objects",
    "make",
    "num_batches",
    "open_dataset",
    "read_annotations",
]

_MODULES = {
    "catalog": ("dataset_names", "dataset_path"),
    "ensure": ("classes_to_come", "ensure_dataset"),
    "folder_in_place": ("CancelledError",),
    "importers": ("read_annotations",),
    "loader": ("Batch", "epoch_batches", "num_batches"),
    "objects": ("Objects", "load_objects"),
    "pikachu": ("download_pikachu",),
    "records.dataset": ("RecordDataset", "open_dataset"),
    "synthetic.make": ("make",),
    "voc": ("list_voc",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
