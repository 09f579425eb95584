"""Which label file belongs to which image."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from explorer.datasets.importers.folder.image_files import ImageFiles
from explorer.datasets.importers.folder.path_names import parts_of

_IMAGE_FOLDERS = (
    *("images", "image", "imgs", "img", "jpgimages", "jpegimages", "photos", "pictures"),
    *("obj_train_data", "obj_valid_data", "obj_test_data"),
)
_LABEL_FOLDERS = (
    *("labels", "label", "annotations", "annotation", "txt", "yolo", "labels_yolo"),
    *("obj_train_data", "obj_valid_data", "obj_test_data"),  # CVAT's export
)


def labels_folder(path: Path) -> Path:
    """Return the path with its last folder called images replaced by labels."""
    parts = list(path.parts)
    for place in range(len(parts) - 2, -1, -1):
        if parts[place].lower() == "images":
            parts[place] = "labels"
            break
    return Path(*parts)


class LabelPaths:
    """The label files of a folder."""

    def __init__(self, files: ImageFiles, labels: Iterable[Path]) -> None:
        self._files = files
        self._labels = list(labels)
        self._taken: set[Path] = set()
        self._by_place: dict[str, list[Path]] = defaultdict(list)
        self._by_key: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        for path in self._labels:
            self._by_place[_stem(files.name(path)).lower()].append(path)
            self._by_key[_key(files.name(path), _LABEL_FOLDERS)].append(path)
        images = (*files.images, *files.unread)
        self._num_images = Counter(_key(files.name(path), _IMAGE_FOLDERS) for path in images)

    def expected(self, image: Path) -> Path:
        """Return where YOLO looks for the label of an image."""
        usual = labels_folder(Path(self._files.name(image)))
        return self._files.root / usual.with_suffix(".txt")

    def take(self, image: Path) -> Path | None:
        """Return the label of an image.

        It is where YOLO looks for it, or beside the image, or in folders that are called
        otherwise: ``JPGImages/a.jpg`` and ``Labels/a.txt``. As in YOLO, ``a.jpg`` and ``a.png``
        share one.
        """
        name = self._files.name(image)
        found = self._at(self._files.name(self.expected(image))) or self._at(name)
        if found is None:
            key = _key(name, _IMAGE_FOLDERS)
            alike = [path for path in self._by_key.get(key, []) if path not in self._taken]
            if len(alike) == 1 == self._num_images[key]:
                found = alike[0]
        if found is not None:
            self._taken.add(found)
        return found

    def _at(self, name: str) -> Path | None:
        """Return the label of a name whatever its case, best that in just its letters."""
        found = self._by_place.get(_stem(name).lower(), [])
        same = (path for path in found if _stem(self._files.name(path)) == _stem(name))
        return next(same, found[0] if found else None)

    def left(self) -> list[Path]:
        """Return those that no image took."""
        return [path for path in self._labels if path not in self._taken]


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _key(name: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    *above, last = parts_of(_stem(name)) or ("",)
    return (*(part for part in above if part not in folders), last)
