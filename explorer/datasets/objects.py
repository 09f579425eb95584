"""The objects of a whole data set, whatever kind it is: all that choosing anchors needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.catalog import dataset_path, is_named, named
from explorer.datasets.description import SPLITS
from explorer.datasets.records.dataset import RecordDataset, open_dataset
from explorer.datasets.voc import list_voc
from explorer.i18n import _


@dataclass(frozen=True, eq=False)
class Objects:
    """All boxes of a data set, image after image."""

    name: str
    """The set's name, or its folder's."""
    boxes: NDArray[np.float32]
    """(N, 4) float32, corner, normalised: N is at least 1."""
    class_id: NDArray[np.int32]
    """(N,) int32."""
    class_names: tuple[str, ...]
    """In order of `class_id`."""
    num_images: int
    """Those without an object, too."""


def load_objects(name_or_folder: str | Path, split: str | None = None) -> Objects:
    """Read the boxes of a data set, by the set's name or its folder.

    A folder holds record files (``train.rec``, ``val.rec``), or Pascal VOC annotations, there
    or in the folders below it; see `list_voc` for how their pixels are counted. The classes
    of VOC are in order of their names.

    Parameters
    ----------
    name_or_folder : str or Path
        A name of the catalogue (`creature`, …), else a folder.
    split : {"train", "val"}, optional
        Of record files; by default all that are there.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    ValueError
        If it is none of these kinds, damaged, or has no object at all.
    """
    name = str(name_or_folder)
    folder = dataset_path(name) if is_named(name) else Path(name_or_folder)
    splits = (split,) if split else tuple(s for s in SPLITS if (folder / f"{s}.rec").is_file())
    if splits or is_named(name):
        found = _from_records(name, [open_dataset(name, s) for s in splits or SPLITS])
    elif folder.is_dir():
        found = _from_voc(folder)
    else:
        text = _("data set {name} is not there: {kinds}")
        raise FileNotFoundError(text.format(name=name, kinds=_kinds()))
    if len(found.boxes) == 0:
        raise ValueError(_("data set {name} has no object in any of its images", name=name))
    return found


def _from_records(name: str, records: Sequence[RecordDataset]) -> Objects:
    nothing = np.zeros((0, 5), dtype=np.float32)
    labels = np.concatenate([nothing, *(rows for dataset in records for rows in dataset.labels)])
    # Without names in the set, the split with the highest class knows the most of them.
    class_names = max((dataset.class_names for dataset in records), key=len)
    num_images = sum(map(len, records))
    return Objects(name, labels[:, 1:], labels[:, 0].astype(np.int32), class_names, num_images)


def _from_voc(folder: Path) -> Objects:
    images = list_voc(folder)
    if not images:
        text = _("{folder} has neither train.rec nor val.rec nor .xml files: {kinds}")
        raise ValueError(text.format(folder=folder, kinds=_kinds()))
    names = [name for image in images for name in image.class_names]
    class_names = tuple(sorted(set(names)))
    boxes = np.concatenate([image.boxes for image in images])
    number = {name: class_id for class_id, name in enumerate(class_names)}
    class_id = np.array([number[name] for name in names], dtype=np.int32)
    return Objects(folder.resolve().name, boxes, class_id, class_names, len(images))


def _kinds() -> str:
    text = _(
        "a data set is a folder with train.rec and val.rec, a folder of Pascal VOC .xml files, or "
        "one of {names}"
    )
    return text.format(names=", ".join(named()))
