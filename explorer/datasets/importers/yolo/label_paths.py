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
    """The label files of a folder, each given out to one image."""

    def __init__(self, files: ImageFiles, labels: Iterable[Path]) -> None:
        self._files = files
        self._by_place = {_stem(files.name(path)): path for path in labels}
        self._by_key: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        for path in self._by_place.values():
            self._by_key[_key(files.name(path), _LABEL_FOLDERS)].append(path)
        images = (*files.images, *files.unread)
        self._num_images = Counter(_key(files.name(path), _IMAGE_FOLDERS) for path in images)

    def expected(self, image: Path) -> Path:
        """Return where YOLO looks for the label of an image."""
        usual = labels_folder(Path(self._files.name(image)))
        return self._files.root / usual.with_suffix(".txt")

    def take(self, image: Path) -> Path | None:
        """Return the label of an image, and give it to no other one.

        It is where YOLO looks for it, or beside the image, or in folders that are called
        otherwise: ``JPGImages/a.jpg`` and ``Labels/a.txt``.
        """
        usual = _stem(self._files.name(self.expected(image)))
        found = self._by_place.get(usual) or self._by_place.get(_stem(self._files.name(image)))
        if found is None:
            key = _key(self._files.name(image), _IMAGE_FOLDERS)
            alike = self._by_key.get(key, [])
            if len(alike) == 1 == self._num_images[key]:
                found = self._by_place.get(_stem(self._files.name(alike[0])))
        if found is not None:
            del self._by_place[_stem(self._files.name(found))]
        return found

    def left(self) -> list[Path]:
        """Return those that no image took."""
        return list(self._by_place.values())


def _stem(name: str) -> str:
    return name.rpartition(".")[0].lower()


def _key(name: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for part in parts_of(_stem(name)) if part not in folders)
