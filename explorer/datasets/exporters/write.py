"""A set's labels into a folder, each format as its tools lay the files out."""

from __future__ import annotations

from pathlib import Path

import yaml

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.exporters.coco import coco_json
from explorer.datasets.exporters.voc import voc_xml
from explorer.datasets.exporters.yolo import yolo_text
from explorer.datasets.importers.yolo.label_paths import labels_folder
from explorer.files import write_contents
from explorer.i18n import _


def write_voc(annotations: AnnotationSet, folder: Path) -> None:
    """Write ``NAME.xml`` for each image, where the image lies below the set's root.

    Raises
    ------
    OSError
        If the folder cannot be written; no file is then changed.
    ValueError
        As `voc_xml`, or if two images would share one file.
    """
    contents = {
        folder / Path(image.name).with_suffix(".xml"): voc_xml(image)
        for image in annotations.images
    }
    _write(contents, annotations)


def write_coco(annotations: AnnotationSet, path: Path) -> None:
    """Write one file for all images.

    Raises
    ------
    OSError
        If it cannot be written; it is then as it was.
    ValueError
        As `coco_json`.
    """
    write_contents({path: coco_json(annotations.images, annotations.class_names)})


def write_yolo(annotations: AnnotationSet, folder: Path) -> None:
    """Write ``NAME.txt`` for each image, and ``data.yaml`` with classes and split.

    Images below a folder ``images`` have their labels below ``labels``, others beside them.

    Raises
    ------
    OSError
        If the folder cannot be written; no file is then changed.
    ValueError
        As `yolo_text`, or if two images would share one file.
    """
    contents = {}
    for image in annotations.images:
        path = folder / labels_folder(Path(image.name)).with_suffix(".txt")
        contents[path] = yolo_text(image, annotations.class_names).encode()
    _write(contents, annotations, _described(annotations, folder))


def _write(
    contents: dict[Path, bytes], annotations: AnnotationSet, more: dict[Path, bytes] | None = None
) -> None:
    if len(contents) < len(annotations.images):
        raise ValueError(
            _(
                "two images have the same name up to their suffix, and would share labels: rename "
                "one, or write COCO alone"
            )
        )
    write_contents({**contents, **(more or {})})


def _described(annotations: AnnotationSet, folder: Path) -> dict[Path, bytes]:
    """Return ``data.yaml``, and the lists that it names where the set has a split."""
    content: dict[str, object] = {"path": ".", "train": ".", "val": "."}
    contents = {}
    if annotations.split:
        for side in ("train", "val"):
            names = [image.name for image in annotations.images]
            lines = [f"./{name}\n" for name in names if annotations.split.get(name) == side]
            contents[folder / f"{side}.txt"] = "".join(lines).encode()
            content[side] = f"{side}.txt"
    content["names"] = dict(enumerate(annotations.class_names))
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    return {**contents, folder / "data.yaml": text.encode()}
