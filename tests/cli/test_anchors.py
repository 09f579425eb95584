"""``ssd-explorer anchors coverage`` and ``suggest``, and ``show`` with a data set."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from explorer.cli import app
from explorer.cli.anchor_options import read_anchors, read_input_shape
from explorer.config import CREATURE, SSD300, TOY_SSD, AnchorConfig, DetectorConfig
from explorer.datasets import load_objects
from explorer.engine.checkpoint_files import description_bytes
from explorer.exchange import FORMATS, read_anchors_text
from explorer.ssd.coverage import Coverage, measure_coverage
from tests.datasets.test_voc import write_annotation
from tests.exchange.anchor_sets import write_for_toy_ssd
from tests.maps import SSD300_MAPS, toy_maps
from tests.places import ROOT

Command = Callable[..., Result]


@pytest.fixture
def anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, ["anchors", *map(str, arguments)])


def shown(done: Result) -> Any:
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def assert_one_sentence(done: Result, *words: str) -> None:
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.strip().splitlines()
    for word in ("error: ", *words):
        assert word in line


def figures(coverage: Coverage) -> dict[str, float]:
    return {
        "coverage": round(coverage.coverage, 4),
        "mean_best_iou": round(coverage.mean_best_iou, 4),
        "num_anchors": coverage.num_anchors,
    }


def test_coverage_prints_what_is_measured(anchors: Command) -> None:
    boxes = load_objects("sample").boxes
    expected = measure_coverage(TOY_SSD, toy_maps((256, 256), 5), (256, 256), boxes)
    assert 0.5 < expected.coverage < 1.0
    printed = shown(anchors("coverage", "sample", "--json"))
    assert printed == {
        **figures(expected),
        "num_objects": 80,
        "mean_over": round(expected.mean_over, 4),
    }
    done = anchors("coverage", "sample")
    assert "sample: 80 objects on 80 images, input 256 px" in done.stdout
    row = next(line.split() for line in done.stdout.splitlines() if "toy-ssd" in line)
    assert row[0] == "toy-ssd"
    assert row[1] == f"{expected.coverage:.1%}"
    assert row[-1] == "5,444"


def test_coverage_of_other_anchors_inputs_and_thresholds(anchors: Command) -> None:
    boxes = load_objects("sample").boxes
    options = ("--anchors", "creature", "--input-size", "320x192", "--threshold", "0.6")
    expected = measure_coverage(CREATURE, toy_maps((192, 320), 5), (192, 320), boxes, 0.6)
    printed = shown(anchors("coverage", "sample", *options, "--json"))
    assert printed.items() >= figures(expected).items()


def test_coverage_of_annotations(anchors: Command, tmp_path: Path) -> None:
    # Of 256×256 px: ToySSD's smallest square around a cell, and one that no anchor fits.
    write_annotation(tmp_path / "voc" / "1.xml", [("a", (103, 103, 153, 153))], (256, 256))
    write_annotation(tmp_path / "voc" / "2.xml", [("b", (11, 11, 20, 20))], (256, 256))
    printed = shown(anchors("coverage", "voc", "--json"))
    assert (printed["coverage"], printed["num_objects"]) == (0.5, 2)


def test_show_counts_the_objects_that_each_layer_fits_best(anchors: Command) -> None:
    printed = shown(anchors("show", "sample", "--json"))
    shape_px = (256, 256)
    maps = toy_maps(shape_px, 5)
    best = measure_coverage(TOY_SSD, maps, shape_px, load_objects("sample").boxes).best_layer
    counts = [layer["num_best"] for layer in printed["layers"]]
    assert counts == [int((best == layer).sum()) for layer in range(5)]
    assert sum(counts) == printed["num_objects"] == 80
    table = anchors("show", "sample").stdout
    assert "best for" in table
    assert table.splitlines()[4].split()[-2:] == ["4,096", str(counts[0])]
    assert "num_best" not in shown(anchors("show", "--json"))["layers"][0]


def test_show_an_input_that_is_no_square(anchors: Command) -> None:
    printed = shown(anchors("show", "--input-size", "512x256", "--json"))
    assert printed["input_shape_px"] == [256, 512]
    assert [layer["map"] for layer in printed["layers"]][:2] == [[32, 64], [16, 32]]
    assert printed["layers"][0]["shapes_px"][0] == [51.2, 51.2]
    assert "input 512×256 px" in anchors("show", "--input-size", "512x256").stdout


def test_show_the_anchors_of_a_detector(anchors: Command, tmp_path: Path) -> None:
    detector = DetectorConfig(
        class_names=("a",),
        architecture="other",
        anchors=SSD300,
        input_size=300,
        feature_maps=SSD300_MAPS,
    )
    (tmp_path / "a.params").write_bytes(b"weights")
    (tmp_path / "a.json").write_bytes(description_bytes(detector, "", {}))
    printed = shown(anchors("show", "--checkpoint", "a.params", "--json"))
    assert printed["input_shape_px"] == [300, 300]
    assert [layer["map"] for layer in printed["layers"]] == [[n, n] for n in (38, 19, 10, 5, 3, 1)]
    assert printed["num_anchors"] == 8732
    table = anchors("show", "--checkpoint", "a.params").stdout
    assert "Anchors a.params, input 300 px" in table
    assert [line.split()[2] for line in table.splitlines()[4:10]] == [
        "8", "16", "32", "64", "100", "300",
    ]  # fmt: skip
    written = anchors("show", "--checkpoint", "a.params", "--format", "pytorch-ssd")
    assert "SSDSpec(38, 8, SSDBoxSizes(30, 60), [2])" in written.stdout
    assert written.stderr == ""
    for option in ("--anchors", "--input-size"):
        done = anchors("show", "--checkpoint", "a.params", option, "256")
        assert_one_sentence(done, f"leave {option} out")
    assert_one_sentence(anchors("show", "--checkpoint", "no.params"), "no.params", "not exist")


def test_suggest_prints_what_it_found_and_what_it_brings(anchors: Command) -> None:
    printed = shown(anchors("suggest", "sample", "--json"))
    assert list(printed) == ["before", "after", "layers"]
    boxes, shape_px = load_objects("sample").boxes, (256, 256)
    maps = toy_maps(shape_px, 5)
    assert printed["before"] == figures(measure_coverage(TOY_SSD, maps, shape_px, boxes))
    found = type(TOY_SSD).model_validate({"layers": printed["layers"]})
    assert printed["after"] == figures(measure_coverage(found, maps, shape_px, boxes))
    assert printed["after"]["coverage"] == 1.0
    assert printed["after"]["num_anchors"] <= 5444


def test_what_suggest_saves_is_read_as_anchors_and_never_overwritten(
    anchors: Command, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "better.json"
    done = anchors("suggest", "sample", "--max-anchors", 3000, "--save", path)
    assert done.exit_code == 0, done.stderr
    assert f"Saved {path}; to use it: ssd-explorer train --anchors {path}" in done.stderr
    saved = read_anchors(str(path))  # what `train --anchors` calls
    assert f"layer 0   sizes {list(saved.layers[0].sizes)}" in done.stdout
    measured = shown(anchors("coverage", "sample", "--anchors", path, "--json"))
    assert measured["coverage"] == 1.0
    assert measured["num_anchors"] <= 3000
    content = path.read_bytes()
    assert_one_sentence(anchors("suggest", "sample", "--save", path), "better.json", "exists")
    assert path.read_bytes() == content


def test_suggest_starts_where_it_is_told(anchors: Command) -> None:
    printed = shown(anchors("suggest", "sample", "--anchors", "creature", "--json"))
    boxes = load_objects("sample").boxes
    expected = measure_coverage(CREATURE, toy_maps((256, 256), 5), (256, 256), boxes)
    assert printed["before"] == figures(expected)


def test_suggest_says_where_nothing_is_better(anchors: Command, tmp_path: Path) -> None:
    # One object on an anchor of each layer: to the pixel, at 256 px.
    perfect = AnchorConfig.of([[0.125], [0.25], [0.5], [0.625], [1.0]], [1])
    (tmp_path / "perfect.json").write_text(perfect.to_json())
    spans = ((21, 52), (41, 104), (81, 208), (17, 176), (1, 256))
    objects = [("a", (low, low, high, high)) for low, high in spans]
    write_annotation(tmp_path / "voc" / "1.xml", objects, (256, 256))
    done = anchors("suggest", "voc", "--anchors", "perfect.json")
    assert "Nothing fits these objects better than perfect.json" in done.stderr
    assert "100.0%           1.000" in done.stdout


def test_ctrl_c_ends_the_search(tmp_path: Path) -> None:
    """On a terminal there is a bar; interrupted, it says so and leaves no file."""
    screen, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    environment.pop("CI", None)
    folder = tmp_path / "many"
    for number in range(60):
        boxes = [("a", (1, 1, 2 + row, 3 + 7 * row * number % 97)) for row in range(1, 50)]
        write_annotation(folder / f"{number}.xml", boxes, (100, 100))
    search = subprocess.Popen(
        [sys.executable, "-m", "explorer.cli", "anchors", "suggest", "many", "--save", "x.json"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    seen = b""
    while b"%" not in seen:
        seen += os.read(screen, 1000)
    search.send_signal(signal.SIGINT)
    with contextlib.suppress(OSError):  # that is how a terminal ends whose other side has gone
        while more := os.read(screen, 1000):
            seen += more
    os.close(screen)
    stdout, _ = search.communicate()
    assert (search.returncode, stdout) == (130, b"")
    assert b"Searching" in seen
    assert b"Stopped: nothing was saved." in seen
    assert b"Traceback" not in seen
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["coverage", "absent"], ("absent", "not there", "Pascal VOC")),
        (["coverage", "."], ("train.rec", ".xml")),
        (["coverage", "sample", "--anchors", "huge"], ("huge", "toy-ssd")),
        (["coverage", "sample", "--threshold", "0"], ("match_iou_threshold", "got 0")),
        (["coverage", "sample", "--input-size", "wide"], ("--input-size", "'wide'")),
        (["coverage", "sample", "--input-size", "32"], ("32×32", "at least")),
        (["coverage", "sample", "--input-size", "5000"], ("--input-size", "4096")),
        (["suggest", "sample", "--json", "--max-anchors", "9"], ("max_anchors", "1,361")),
        (["suggest", "sample", "--save", "x.txt"], ("--save", ".json")),
        (["suggest", "sample", "--save", "d.json"], ("d.json: it is a folder",)),
        (["suggest", "sample", "--save", "f/x.json"], ("f: a part of this path is a file",)),
        (["show", "sample", "--format", "json"], ("--format", "leave the data set out")),
        (["show", "--format", "json", "--json"], ("--format", "leave --json out")),
        (["show", "absent"], ("absent", "not there")),
    ],
)
def test_bad_input_is_one_sentence(
    anchors: Command, tmp_path: Path, arguments: list[str], words: tuple[str, ...]
) -> None:
    (tmp_path / "d.json").mkdir()
    (tmp_path / "f").write_text("")
    assert_one_sentence(anchors(*arguments), *words)


@pytest.mark.parametrize(
    ("text", "shape"), [("256", (256, 256)), ("512x256", (256, 512)), ("300×200", (200, 300))]
)
def test_input_sizes(text: str, shape: tuple[int, int]) -> None:
    assert read_input_shape(text) == shape


@pytest.mark.parametrize("text", ["", "x", "256x", "-1", "2.5", "256 x 256", "1x2x3"])
def test_bad_input_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="--input-size must be like 256"):
        read_input_shape(text)


def test_show_writes_the_formats_of_other_libraries(anchors: Command) -> None:
    for name in FORMATS:
        done = anchors("show", "--anchors", "ssd300", "--input-size", "300", "--format", name)
        written = write_for_toy_ssd(SSD300, name, (300, 300))
        assert done.exit_code == 0
        assert done.stdout == written.text
        assert done.stderr.splitlines() == list(written.notes)
    lists = anchors("show", "--format", "mxnet").stdout
    assert read_anchors_text(lists, "mxnet", (256, 256)) == TOY_SSD


def test_an_unknown_format_is_one_sentence(anchors: Command) -> None:
    assert_one_sentence(anchors("show", "--format", "yolo"), "yolo", "tf-od-api")
