"""A large set is imported and examined with little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.doctor.sets import good_boxes, jpeg, photograph
from tests.places import ROOT

NUMBER = 10_000
SIZE = (256, 256)
MAX_MB = 600

PROGRAM = """
import sys
from explorer.cli import app
from tests.memory import peak_kb
try:
    app(["data", "check", sys.argv[1], "--json"])
finally:
    print(peak_kb() // 1024, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_10_000_images_are_imported_and_examined_in_600_mb(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    faulty = set(rng.choice(NUMBER, 30, replace=False).tolist())
    for number in range(NUMBER):
        (tmp_path / f"{number:05}.jpg").write_bytes(jpeg(photograph(number, SIZE)))
        boxes = ""
        for place, (x0, y0, x1, y1) in enumerate(good_boxes(number, size=SIZE)):
            if number in faulty and place == 1:
                x0, x1 = x1, x0
            boxes += (
                f"<object><name>cat</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin>"
                f"<xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>"
            )
        size = f"<size><width>{SIZE[0]}</width><height>{SIZE[1]}</height></size>"
        text = f"<annotation>{size}{boxes}</annotation>"
        (tmp_path / f"{number:05}.xml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["num_images"], report["num_objects"]) == (NUMBER, 3 * NUMBER)
    found = {(each["kind"], each["image"], each["object"]) for each in report["findings"]}
    assert found == {("inverted", f"{number:05}.jpg", 1) for number in faulty}
    assert int(done.stderr) <= MAX_MB
