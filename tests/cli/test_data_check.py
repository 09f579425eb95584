"""``ssd-explorer data check`` as a process: what it prints, and the three exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.datasets.doctor.sets import SIZE, jpeg, photograph
from tests.places import ROOT


def check(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "explorer.cli", "data", "check", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def write_voc(folder: Path, name: str, *corners: tuple[int, int, int, int]) -> None:
    (folder / f"{name}.jpg").write_bytes(jpeg(photograph(ord(name[0]))))
    boxes = ""
    for box in corners:
        tags = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        inner = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags)
        boxes += f"<object><name>cat</name><bndbox>{inner}</bndbox></object>"
    size = f"<size><width>{SIZE[0]}</width><height>{SIZE[1]}</height></size>"
    (folder / f"{name}.xml").write_text(f"<annotation>{size}{boxes}</annotation>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_voc(tmp_path, "a", (11, 21, 90, 150))
    write_voc(tmp_path, "b", (11, 21, 90, 150), (101, 21, 300, 150))
    return tmp_path


def test_a_clean_set_exits_with_0(folder: Path) -> None:
    done = check(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 images, 3 objects: nothing is wrong.\n"


def test_findings_exit_with_1_and_say_what_to_do(folder: Path) -> None:
    write_voc(folder, "c", (90, 21, 11, 150), (101, 21, 300, 250))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = check(folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "3 images, 5 objects: 2 errors.\n"
        "\n"
        "Error: Box with negative width or height (1)\n"
        "  Its overlap with every anchor is 0, and the logarithm of its size is no number.\n"
        "  – c.jpg, object 1, c.xml: (89, 20, 11, 150) has its corners the wrong way round\n"
        "  What to do: Swap the two corners, or leave the box out.\n"
        "  `data import --fix` can, and the page: swap the corners\n"
        "\n"
        "Error: Box reaches out of the image (1)\n"
        "  The anchors end at the border: what lies beyond only spoils the overlap.\n"
        "  – c.jpg, object 2, c.xml: (100, 20, 300, 250) reaches out of the image of 320×200 px\n"
        "  What to do: Cut the box at the border; drop it where nothing of it is inside.\n"
        "  `data import --fix` can, and the page: cut at the border\n"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_json_has_every_finding_and_nothing_else_is_printed(folder: Path) -> None:
    write_voc(folder, "c", (90, 21, 11, 150))
    done = check(folder, "--kind", "voc", "--json", "--input-size", 300)
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    assert [report[key] for key in ("format", "path", "labels", "num_images", "num_objects")] == [
        1, str(folder), "voc", 3, 4,
    ]  # fmt: skip
    assert (report["class_names"], report["input_size"], report["label_pad"]) == (["cat"], 300, 100)
    (kind,) = report["kinds"]
    assert {key: kind[key] for key in ("kind", "severity", "num_findings", "num_fixable")} == {
        "kind": "inverted", "severity": "error", "num_findings": 1, "num_fixable": 1,
    }  # fmt: skip
    assert report["diagnoses"] == []
    assert report["findings"] == [
        {
            "kind": "inverted",
            "severity": "error",
            "image": "c.jpg",
            "label_file": str(folder / "c.xml"),
            "object": 0,
            "place": "object 1",
            "class": "cat",
            "box_px": [89.0, 20.0, 11.0, 150.0],
            "reason": "(89, 20, 11, 150) has its corners the wrong way round",
            "fix": "swap-corners",
        }
    ]


def test_what_cannot_be_examined_exits_with_2(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nothing = check(folder / "nowhere", "--json")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert nothing.stderr == f"error: {folder}/nowhere is not a folder\n"
    assert check(tmp_path_factory.mktemp("empty")).returncode == 2
    for path in folder.glob("*.jpg"):
        path.unlink()
    lost = check(folder)
    assert lost.returncode == 2
    assert "Error: The image is not there (2)" in lost.stdout


def test_record_files_and_the_sets_with_a_name_are_examined(tmp_path: Path) -> None:
    done = check("sample")
    assert (done.returncode, done.stdout) == (0, "80 images, 80 objects: nothing is wrong.\n")
    content = (ROOT / "data" / "sample" / "val.rec").read_bytes()
    (tmp_path / "val.rec").write_bytes(content[:-10])
    cut = check(tmp_path)
    assert cut.returncode == 2
    assert f"val.rec: val.rec is cut off at byte {len(content) - 10} after 47 records" in cut.stdout
    (tmp_path / "train.rec").write_bytes(content)
    assert check(tmp_path).returncode == 1


def test_a_name_with_control_characters_does_not_steer_the_terminal(folder: Path) -> None:
    name = "\x1b[2J"
    write_voc(folder, "c", (90, 21, 11, 150))
    (folder / "c.jpg").rename(folder / f"{name}.jpg")
    (folder / "c.xml").rename(folder / f"{name}.xml")
    done = check(folder)
    assert "\x1b" not in done.stdout
    assert "�[2J.jpg" in done.stdout
