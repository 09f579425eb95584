"""Small sets of every kind, whole: what is damaged then."""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.config import AnchorConfig
from explorer.datasets.records.recordio import RecordReader, write_index
from explorer.datasets.records.trainable import check_images, open_to_train
from explorer.engine import Engine
from explorer.images import read_image
from explorer.training import checkpoints
from explorer.training.run.directory import RunDirectory, RunStatus, list_runs
from tests.datasets.labelled import picture
from tests.datasets.record_files import jpeg
from tests.training.runs import new_training, tiny_config, write_tiny_dataset

NUMBER = 4
NAMES = [f"{number}.jpg" for number in range(NUMBER)]
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}

TABLE = "image,width,height,xmin,ymin,xmax,ymax,class\n"
SHAPE = {"label": "cat", "shape_type": "rectangle", "points": [[6, 8], [30, 20]]}
REGION = {
    "shape_attributes": {"name": "rect", "x": 6, "y": 8, "width": 24, "height": 12},
    "region_attributes": {"class": "cat"},
}


@dataclass(frozen=True)
class Kind:
    """A kind of files."""

    make: Callable[[Path], object]
    """Fills an empty folder."""
    spoilt: str
    """Which of them are damaged: a pattern."""
    commands: tuple[tuple[str, ...], ...] = (
        ("data", "check", "{folder}"),
        ("data", "import", "{folder}", "--name", "own", "--skip-bad"),
    )
    calls: tuple[Callable[[Path], object], ...] = ()
    """What a page or a worker would call, with the folder."""


def _pictures(folder: Path) -> Iterator[str]:
    for number, name in enumerate(NAMES):
        picture(folder / name, number)
        yield name


def _voc(folder: Path) -> None:
    box = "<bndbox><xmin>6</xmin><ymin>8</ymin><xmax>30</xmax><ymax>20</ymax></bndbox>"
    size = "<size><width>60</width><height>40</height><depth>3</depth></size>"
    for name in _pictures(folder):
        text = f"<filename>{name}</filename>{size}<object><name>cat</name>{box}</object>"
        (folder / name).with_suffix(".xml").write_text(f"<annotation>{text}</annotation>")
    lists = folder / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n1\n2\n")
    (lists / "val.txt").write_text("3\n")


def _coco(folder: Path) -> None:
    rows = [
        {"id": number, "file_name": name, "width": 60, "height": 40}
        for number, name in enumerate(_pictures(folder))
    ]
    boxes = [
        {"id": n, "image_id": n, "category_id": 1, "bbox": [6, 8, 24, 12]} for n in range(NUMBER)
    ]
    kinds = [{"id": 1, "name": "cat"}]
    _json(folder / "a.json", {"images": rows, "annotations": boxes, "categories": kinds})


def _yolo(folder: Path) -> None:
    for name in _pictures(folder):
        (folder / name).with_suffix(".txt").write_text("0 0.3 0.35 0.4 0.3\n1 0.5 0.5 0.9 0.9\n")
    (folder / "data.yaml").write_text("train: train.txt\nval: .\nnc: 2\nnames: [cat, dog]\n")
    (folder / "train.txt").write_text("0.jpg\n1.jpg\n2.jpg\n")
    (folder / "classes.txt").write_text("cat\ndog\n")


def _csv(folder: Path) -> None:
    lines = [f"{name},60,40,6,8,30,20,cat\n" for name in _pictures(folder)]
    (folder / "a.csv").write_text(TABLE + "".join(lines))


def _labelme(folder: Path) -> None:
    for name in _pictures(folder):
        said = {"imagePath": name, "imageWidth": 60, "imageHeight": 40, "shapes": [SHAPE]}
        _json((folder / name).with_suffix(".json"), said)


def _createml(folder: Path) -> None:
    box = {"label": "cat", "coordinates": {"x": 18, "y": 14, "width": 24, "height": 12}}
    _json(folder / "a.json", [{"image": name, "annotations": [box]} for name in _pictures(folder)])


def _label_studio(folder: Path) -> None:
    value = {"x": 10, "y": 20, "width": 40, "height": 30, "rectanglelabels": ["cat"]}
    sizes = {"original_width": 60, "original_height": 40}
    result = [{"type": "rectanglelabels", "value": value, **sizes}]
    done = [{"result": result}]
    tasks = [
        {"id": number, "data": {"image": f"/data/upload/{name}"}, "annotations": done}
        for number, name in enumerate(_pictures(folder))
    ]
    _json(folder / "a.json", tasks)


def _via(folder: Path) -> None:
    names = _pictures(folder)
    _json(folder / "a.json", {each: {"filename": each, "regions": [REGION]} for each in names})


def _cvat(folder: Path) -> None:
    box = '<box label="cat" xtl="6" ytl="8" xbr="30" ybr="20"/>'
    images = [
        f'<image id="0" name="{name}" width="60" height="40">{box}</image>'
        for name in _pictures(folder)
    ]
    (folder / "a.xml").write_text(f"<annotations>{''.join(images)}</annotations>")


def _list(folder: Path) -> None:
    label = "2\t5\t0\t0.1\t0.2\t0.5\t0.5"
    lines = [f"{number}\t{label}\t{name}\n" for number, name in enumerate(_pictures(folder))]
    (folder / "a.lst").write_text("".join(lines))


def _images(folder: Path) -> None:
    lines = []
    for number, (kind, suffix) in enumerate(FORMATS.items()):
        for orientation in (1, 6):
            name = f"{number}-{orientation}.{suffix}"
            picture(folder / name, number, orientation=orientation, kind=kind)
            lines.append(f"{name},,,1,1,30,20,cat\n")
    (folder / "a.csv").write_text(TABLE + "".join(lines))


def _records(folder: Path) -> None:
    write_tiny_dataset(folder)
    with RecordReader(folder / "train.rec") as reader:
        write_index(folder / "train.idx", reader.offsets)
    _json(folder / "dataset.json", {"class_names": ["cat"]})


def _checkpoint(folder: Path) -> None:
    anchors = AnchorConfig.of([[0.3, 0.4], [0.8]], [1, 2, 0.5])
    engine = Engine(("cat",), anchors, input_size=64, device="cpu")
    engine.save(folder / "a.params", {"epoch": 1})
    (folder / "photo.jpg").write_bytes(jpeg())


def _foreign(folder: Path) -> None:
    _checkpoint(folder)
    (folder / "a.json").unlink()


def _run(folder: Path) -> None:
    data = write_tiny_dataset(folder.parent / "data-of-runs")
    training = new_training(tiny_config(data, epochs=1))
    run = RunDirectory.create(training.config, folder / "runs")
    run.append_record({"kind": "start", "step": 0, "fingerprint": training.train_set.fingerprint})
    for record in training.records():
        if record["kind"] != "film":
            run.append_record(record)
    checkpoints.save(training, run.checkpoints)
    run.append_record({"kind": "end", "step": training.step, "state": "finished", "answers": []})
    run.write_status(RunStatus(state="finished", step=training.step, num_steps=training.num_steps))
    run.path.rename(folder / "runs" / "one")


def _zip(folder: Path) -> None:
    inside = folder.with_name("inside")
    inside.mkdir()
    _voc(inside)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(inside.rglob("*.*")):
            archive.write(path, path.relative_to(inside))
    shutil.rmtree(inside)


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))


def _unpacked_images(folder: Path) -> None:
    """Unpack each image, as a page does with one that is chosen or dropped."""
    for path in sorted(folder.glob("*-*.*")):
        with contextlib.suppress(ValueError):
            read_image(path)


def _prepared(folder: Path) -> None:
    """Open a data set as a worker does before its first step."""
    for dataset in open_to_train(folder):
        check_images(dataset)


def _loaded(folder: Path) -> None:
    Engine.load(folder / "a.params", "cpu").detect(read_image(folder / "photo.jpg"))


def _resumed(folder: Path) -> None:
    """Look for where a run would go on."""
    for run in list_runs(folder / "runs"):
        run.records()
        run.read_status()
        checkpoints.latest(run.checkpoints)


_EXPORT = ("export", "--checkpoint", "{folder}/a.params", "--onnx", "{folder}/a.onnx")

KINDS = {
    "images": Kind(_images, "*-*.*", calls=(_unpacked_images,)),
    "voc": Kind(_voc, "**/*.[xt][mx][lt]"),
    "checkpoint": Kind(_checkpoint, "a.*", (_EXPORT,), (_loaded,)),
    "foreign": Kind(
        _foreign,
        "a.params",
        (_EXPORT, ("adopt", "{folder}/a.params", "own", "--classes", "cat")),
        (_loaded,),
    ),
    "coco": Kind(_coco, "*.json"),
    "records": Kind(_records, "*.*", calls=(_prepared,)),
    "yolo": Kind(_yolo, "*.[yt][ax][mt]*"),
    "run": Kind(
        _run,
        "one/**/*.*",
        (
            ("runs", "list"),
            ("runs", "show", "one"),
            ("runs", "show", "one", "--json"),
            ("runs", "export", "one", "--csv", "{folder}/steps.csv"),
        ),
        (_resumed,),
    ),
    "csv": Kind(_csv, "*.csv"),
    "images again": Kind(_images, "*-*.*", calls=(_unpacked_images,)),
    "labelme": Kind(_labelme, "*.json"),
    "zip": Kind(_zip, "*.zip", (("data", "import", "{folder}/a.zip", "--name", "own"),)),
    "createml": Kind(_createml, "*.json"),
    "records again": Kind(_records, "*.*", calls=(_prepared,)),
    "label-studio": Kind(_label_studio, "*.json"),
    "via": Kind(_via, "*.json"),
    "run again": Kind(_run, "one/**/*.*", (("runs", "list"), ("runs", "show", "one")), (_resumed,)),
    "cvat": Kind(_cvat, "*.xml"),
    "list": Kind(_list, "*.lst"),
}
"""By name, in turn; what has most ways to be wrong is there twice."""
