"""Labels of other tools that are not read: their names, and the export to choose instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from explorer.datasets.importers.coco import is_coco
from explorer.datasets.importers.folder.contents import Look, begins
from explorer.datasets.importers.label_studio import is_label_studio
from explorer.i18n import N_, _

_NUMBER = r"-?\d+(?:\.\d+)?"
_KITTI = re.compile(rf"^[A-Za-z]\w*(?: {_NUMBER}){{14,15}}$")
_DOTA = re.compile(rf"^(?:{_NUMBER} ){{8}}[A-Za-z][\w-]*(?: [01-9])?$")
_MOT = re.compile(rf"^\d+,-?\d+(?:,{_NUMBER}){{5,8}}$")
_ICDAR = re.compile(rf"^\ufeff?(?:{_NUMBER}, ?){{8}}.*$")
_NAMED_BOXES = re.compile(rf"^[A-Za-z][\w-]*(?: {_NUMBER}){{4,5}}$")
_KERAS_YOLO = re.compile(r"^\S.*\.\w{3,4}( \d+,\d+,\d+,\d+,\d+)+$")

_OTHER_EXPORT = N_("export the labels as COCO, Pascal VOC or YOLO")

_BY_SUFFIX = {
    ".tfrecord": "TFRecord",
    ".tfrecords": "TFRecord",
    ".xlsx": "Excel",
    ".xls": "Excel",
    ".ods": "OpenDocument",
    ".parquet": "Parquet",
    ".mat": "MATLAB",
    ".ndjson": "Labelbox",
    ".jsonl": "JSON Lines",
    ".manifest": "SageMaker Ground Truth",
    ".lmdb": "LMDB",
    ".h5": "HDF5",
    ".pbtxt": "TensorFlow",
    ".vott": "VoTT",
}
_SPREADSHEETS = (".xlsx", ".xls", ".ods")


def foreign_labels(look: Look) -> Iterator[str]:
    """Yield a sentence on each kind of labels that is there and not read."""
    kinds: dict[tuple[str, str], Path] = {}
    for path in look.files.files:
        suffix = path.suffix.lower()
        if suffix in _BY_SUFFIX or ".tfrecord" in path.name.lower():
            how = _("save the table as CSV") if suffix in _SPREADSHEETS else _(_OTHER_EXPORT)
            kinds.setdefault((_BY_SUFFIX.get(suffix, "TFRecord"), how), path)
    for path, name in (*_xml(look), *_texts(look.files.with_suffix(".txt")), *_json(look)):
        kinds.setdefault((name, _(_OTHER_EXPORT)), path)
    for (name, how), path in kinds.items():
        yield _(
            "{path} looks like {name}, which is not read: {how}",
            path=look.files.name(path),
            name=name,
            how=how,
        )


def _xml(look: Look) -> Iterator[tuple[Path, str]]:
    marks = {b"<annotations>": "CVAT for video", b"<dataset": "dlib", b"<opencv_storage": "OpenCV",
             b"<data_set": "XML of a data set"}  # fmt: skip
    for path in look.some(".xml"):
        for mark, name in marks.items():
            if begins(path, mark):
                yield path, name


def _texts(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    forms = {
        "KITTI": _KITTI,
        "DOTA": _DOTA,
        "MOT Challenge": _MOT,
        "ICDAR": _ICDAR,
        _("a list of keras-yolo3 (image xmin,ymin,xmax,ymax,class …)"): _KERAS_YOLO,
        _("boxes in px after the name of a class (as mAP tools take them)"): _NAMED_BOXES,
    }
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig") as stream:
                lines = [stream.readline(2000).strip() for __ in range(3)]
        except (OSError, UnicodeDecodeError):
            continue
        if re.fullmatch(r"\d+", lines[0]) and re.fullmatch(r"\d+( \d+){3}( \S+)?", lines[1]):
            yield path, "BBox-Label-Tool"
        if len(lines) > 1 and re.fullmatch(r"\d+", lines[1]) and re.search(r"\.\w{3,4}$", lines[0]):
            yield path, "WIDER FACE"
        for name, form in forms.items():
            if any(form.match(line) for line in lines):
                yield path, name
                break


def _json(look: Look) -> Iterator[tuple[Path, str]]:
    known: dict[str, Callable[[Any], bool]] = {
        "VIA 3": lambda content: "file" in content and "metadata" in content,
        "Datumaro": lambda content: "items" in content and "categories" in content,
        "VoTT": lambda content: "assets" in content,
        "Segment Anything (without classes)": lambda content: (
            isinstance(content.get("image"), dict) and "annotations" in content
        ),
        "OCHuman": lambda content: "images" in content and "keypoint_visible" in content,
        "Lightly": lambda content: "predictions" in content,
        "Supervisely": lambda content: "objects" in content and "size" in content,
        "Label Studio": lambda content: "result" in content,
        "Labelbox": lambda content: "data_row" in content or "Labeled Data" in content,
        "BDD100K": lambda content: "labels" in content and "name" in content,
        "CVAT": lambda content: "shapes" in content and "tracks" in content,
        "SageMaker Ground Truth": lambda content: "source-ref" in content,
        "COCO without annotations": lambda content: "images" in content,
        "results of COCO (detections, no ground truth)": lambda content: "image_id" in content,
    }
    for path, content in look.json_files:
        if is_coco(content) or is_label_studio(content):
            continue  # read, but another kind was asked for
        first = content[0] if isinstance(content, list) and content else content
        for name, fits in known.items():
            if isinstance(first, dict) and fits(first):
                yield path, name
                break
