"""Labels that are not read are called by their name, with the export to choose instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.datasets.importers import read_annotations
from tests.datasets.labelled import picture

EXPORT = "export the labels as COCO, Pascal VOC or YOLO"


def refusal(folder: Path, name: str, content: str) -> str:
    picture(folder / "a.jpg")
    (folder / name).write_text(content)
    with pytest.raises(ValueError, match="has no labels that are known") as error:
        read_annotations(folder)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "tool", "how"),
    [
        ("a.tfrecord", "TFRecord", EXPORT),
        ("train.tfrecord-00000-of-00001", "TFRecord", EXPORT),
        ("a.xlsx", "Excel", "save the table as CSV"),
        ("a.ods", "OpenDocument", "save the table as CSV"),
        ("a.parquet", "Parquet", EXPORT),
        ("a.mat", "MATLAB", EXPORT),
        ("a.ndjson", "Labelbox", EXPORT),
        ("a.jsonl", "JSON Lines", EXPORT),
        ("a.manifest", "SageMaker Ground Truth", EXPORT),
        ("a.lmdb", "LMDB", EXPORT),
        ("A.H5", "HDF5", EXPORT),
        ("a.pbtxt", "TensorFlow", EXPORT),
        ("a.vott", "VoTT", EXPORT),
    ],
)
def test_files_by_their_ending(tmp_path: Path, name: str, tool: str, how: str) -> None:
    assert f"{name} looks like {tool}, which is not read: {how}" in refusal(tmp_path, name, "x")


@pytest.mark.parametrize(
    ("content", "tool"),
    [
        ({"file": {}, "metadata": {}}, "VIA 3"),
        ({"items": [], "categories": {}}, "Datumaro"),
        ({"assets": {}}, "VoTT"),
        ({"predictions": []}, "Lightly"),
        ({"objects": [], "size": {}}, "Supervisely"),
        ({"result": []}, "Label Studio"),
        ([{"data_row": {}}], "Labelbox"),
        ([{"labels": [], "name": "a.jpg"}], "BDD100K"),
        ({"source-ref": "s3"}, "SageMaker Ground Truth"),
    ],
)
def test_json_by_its_keys(tmp_path: Path, content: Any, tool: str) -> None:
    said = refusal(tmp_path, "a.json", json.dumps(content))
    assert f"a.json looks like {tool}, which is not read: {EXPORT}" in said


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Car 0.00 0 -1.58 587 173 614 200 1.65 1.67 3.64 -0.65 1.71 46.7 -1.59\n", "KITTI"),
        ("1 2 3 4 5 6 7 8 plane 0\n", "DOTA"),
        ("1,-1,794.2,47.5,71.2,174.8,67.5,-1,-1,-1\n", "MOT Challenge"),
        ("a.jpg\n2\n10 10 20 20 0 0 0 0 0 0\n", "WIDER FACE"),
        ("1\n10 20 30 40\n", "BBox-Label-Tool"),
    ],
)
def test_texts_by_their_lines(tmp_path: Path, text: str, tool: str) -> None:
    assert f"a.txt looks like {tool}, which is not read" in refusal(tmp_path, "a.txt", text)
