"""An image with 200,000 boxes: one sentence, in bounded memory, whatever file has them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.datasets.labelled import picture
from tests.places import ROOT

NUMBER = 200_000
WIDTH, HEIGHT = 1000, 800
MEGABYTES = 500

SENTENCE = f"{NUMBER:,} objects on one image, more than the 10,000 that are read"

MEASURED = """
import sys
from explorer.cli import app
from tests.memory import peak_kb
try:
    app(sys.argv[1:], standalone_mode=False)
finally:
    print(peak_kb() // 1024)
"""


def boxes() -> Iterator[tuple[int, int, int, int]]:
    for number in range(NUMBER):
        x, y = number % 950, number // 950 % 750
        yield x, y, x + 20, y + 30


def write(kind: str, folder: Path) -> None:
    picture(folder / "a.jpg", size=(WIDTH, HEIGHT))
    if kind == "voc":
        tags = ("xmin", "ymin", "xmax", "ymax")
        inner = (
            "".join(f"<{t}>{v}</{t}>" for t, v in zip(tags, box, strict=True)) for box in boxes()
        )
        objects = "".join(
            f"<object><name>a</name><bndbox>{each}</bndbox></object>" for each in inner
        )
        (folder / "a.xml").write_text(f"<annotation>{objects}</annotation>")
    elif kind == "coco":
        rows = [
            {"image_id": 1, "category_id": 1, "bbox": [a, b, c - a, d - b]}
            for a, b, c, d in boxes()
        ]
        content = {
            "images": [{"id": 1, "file_name": "a.jpg"}],
            "categories": [{"id": 1, "name": "a"}],
            "annotations": rows,
        }
        (folder / "a.json").write_text(json.dumps(content))
    elif kind == "csv":
        lines = (f"a.jpg,{a},{b},{c},{d},a\n" for a, b, c, d in boxes())
        (folder / "a.csv").write_text("image,xmin,ymin,xmax,ymax,class\n" + "".join(lines))
    else:
        lines = (
            f"0 {(a + 10) / WIDTH} {(b + 15) / HEIGHT} 0.02 0.0375\n" for a, b, _, _ in boxes()
        )
        (folder / "a.txt").write_text("".join(lines))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["voc", "coco", "csv", "yolo"])
def test_a_check_and_an_import_say_one_sentence(kind: str, tmp_path: Path) -> None:
    write(kind, tmp_path)
    for command in (("check",), ("import", "--name", "many")):
        verb, *options = command
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, "data", verb, str(tmp_path), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert f"{done.stdout}{done.stderr}".count(SENTENCE) == 1
        assert int(done.stdout.split()[-1]) < MEGABYTES
