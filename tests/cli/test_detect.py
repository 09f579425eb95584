"""`ssd-explorer detect`: files and folders in, tables and drawings out."""

from __future__ import annotations

import csv
import ctypes
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pycocotools.coco import COCO
from typer.testing import CliRunner, Result

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before the first import of MXNet

from explorer.cli import app
from explorer.cli.detect.images import ImageFile, annotated_names, find_images
from explorer.cli.outputs import check_outputs
from explorer.config import DetectConfig
from explorer.engine import Engine
from explorer.images import read_image
from tests.places import ROOT

SIZES = {"a.png": (80, 120), "b.JPG": (64, 64), "sub/c.png": (90, 50)}  # height, width

Detect = Callable[..., Result]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector of two classes that finds something in everything."""
    path = tmp_path_factory.mktemp("detector") / "two.params"
    Engine(("cat", "=dog"), input_size=64, device="cpu").save(path)
    return path


@pytest.fixture
def detect(tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Detect:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["detect", *map(str, [*arguments, *of(checkpoint)])])

    return call


def of(checkpoint: Path) -> list[object]:
    return ["--checkpoint", checkpoint, "--device", "cpu"]


def noise(shape_px: tuple[int, int]) -> NDArray[np.uint8]:
    return np.random.default_rng(shape_px).integers(0, 256, (*shape_px, 3), np.uint8)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of images of several sizes, and of much that is none."""
    folder = tmp_path / "photos"
    for name, shape_px in {**SIZES, ".hidden/d.png": (9, 9), ".e.png": (9, 9)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(shape_px)).save(path)
    (folder / "notes.txt").write_text("no image")
    return folder


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def refused(result: Result, *words: str) -> None:
    """Assert one sentence on stderr, nothing else, and exit code 2."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    for word in ("error: ", *words):
        assert word in line


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_is_all_its_images_in_order(detect: Detect, photos: Path) -> None:
    done = detect("photos", "--json", "--score-threshold", 0.4)
    assert (done.exit_code, done.stderr) == (0, "")
    rows = rows_of(done)
    assert list(dict.fromkeys(row["image"] for row in rows)) == [f"photos/{name}" for name in SIZES]
    singly = [detect(f"photos/{name}", "--json", "--score-threshold", 0.4) for name in SIZES]
    assert rows == [row for each in singly for row in rows_of(each)]
    twice = detect("photos/b.JPG", "photos", "--json", "--score-threshold", 0.4)
    assert len(rows_of(twice)) == len(rows)
    assert rows_of(twice)[0]["image"] == "photos/b.JPG"


@pytest.mark.parametrize(
    ("options", "config"),
    [
        (["--nms-topk", 3], {"nms_topk": 3}),
        (["--nms-topk", -1], {"nms_topk": -1}),
        (["--nms-iou-threshold", 0.9], {"nms_iou_threshold": 0.9}),
        (["--force-suppress"], {"force_suppress": True}),
        (["--no-clip"], {"clip": False}),
        (["--variances", 0.2, 0.2, 0.1, 0.1], {"variances": (0.2, 0.2, 0.1, 0.1)}),
    ],
)
def test_each_setting_of_detection_is_an_option(
    detect: Detect,
    photos: Path,
    checkpoint: Path,
    options: list[object],
    config: dict[str, Any],
) -> None:
    rows = rows_of(detect("photos/a.png", "--json", "--score-threshold", 0.3, *options))
    engine = Engine.load(checkpoint, "cpu")
    image = read_image(photos / "a.png")
    found = engine.detect(image, DetectConfig(score_threshold=0.3, **config))
    assert [row["anchor"] for row in rows] == found.anchor.tolist()
    boxes_px = found.boxes * (120, 80, 120, 80)
    np.testing.assert_allclose([row["box_px"] for row in rows], boxes_px, atol=0.051)
    if config != {"nms_topk": -1}:  # it does change what is found
        default = engine.detect(image, score_threshold=0.3)
        assert len(default) != len(found) or not np.array_equal(default.boxes, found.boxes)


def test_files_say_what_the_lines_say(
    detect: Detect, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(detect("photos", "--json", "--score-threshold", 0.4))
    outputs = ["--coco", "out/found.json", "--csv", "out/found.csv", "--annotated", "drawn"]
    done = detect("photos", "--score-threshold", 0.4, *outputs)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        f"Found {len(rows)} objects in 3 images; wrote out/found.json, out/found-images.json, "
        "out/found.csv, 3 drawings in drawn"
    ]

    loaded = COCO(str(tmp_path / "out/found-images.json")).loadRes(str(tmp_path / "out/found.json"))
    capsys.readouterr()  # it prints its progress
    assert {
        image["file_name"]: (image["height"], image["width"]) for image in loaded.imgs.values()
    } == {f"photos/{name}": shape for name, shape in SIZES.items()}
    for row, said in zip(rows, loaded.dataset["annotations"], strict=True):
        assert loaded.imgs[said["image_id"]]["file_name"] == row["image"]
        assert loaded.cats[said["category_id"]]["name"] == row["class"]
        assert said["score"] == pytest.approx(row["score"], abs=5.1e-5)
        x, y, width, height = said["bbox"]
        np.testing.assert_allclose([x, y, x + width, y + height], row["box_px"], atol=0.06)

    with (tmp_path / "out/found.csv").open(newline="", encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    for row, line in zip(rows, table, strict=True):
        assert line["image"] == row["image"]
        assert line["class"].removeprefix("'") == row["class"]
        assert not line["class"].startswith("=")
        assert (int(line["anchor"]), int(line["layer"])) == (row["anchor"], row["layer"])
        box = [float(line[f"{side}_px"]) for side in ("xmin", "ymin", "xmax", "ymax")]
        np.testing.assert_allclose(box, row["box_px"], atol=0.06)

    drawn = {path.relative_to(tmp_path / "drawn") for path in (tmp_path / "drawn").rglob("*.png")}
    assert drawn == {Path("a.png"), Path("b.png"), Path("sub/c.png")}
    for name, (height, width) in SIZES.items():
        picture = read_image((tmp_path / "drawn" / name).with_suffix(".png"))
        assert picture.shape == (height, width, 3)
        assert (picture != read_image(photos / name)).any()


def test_lines_are_printed_beside_files_where_asked(
    detect: Detect, photos: Path, tmp_path: Path
) -> None:
    done = detect("photos", "--json", "--score-threshold", 0.4)
    both = detect("photos", "--json", "--score-threshold", 0.4, "--csv", "t.csv")
    assert both.stdout == done.stdout
    assert (tmp_path / "t.csv").is_file()


def test_unreadable_images_are_said_and_the_others_go_on(
    detect: Detect, photos: Path, tmp_path: Path
) -> None:
    (photos / "sub" / "bad.png").write_bytes(b"no image")
    (tmp_path / "empty").mkdir()
    done = detect("photos", "none.png", "empty", "--annotated", "drawn", "--csv", "t.csv")
    assert (done.exit_code, done.stdout) == (2, "")
    said = done.stderr.splitlines()
    assert len(said) == 4
    assert said[0].startswith("error: empty has no image files")
    assert said[1].startswith("error: photos/sub/bad.png is not a readable image")
    assert said[2].startswith("error: none.png cannot be read")
    assert "in 3 images" in said[3]
    assert len(list((tmp_path / "drawn").rglob("*.png"))) == 3


def test_where_no_image_can_be_read_nothing_is_written(
    detect: Detect, tmp_path: Path, photos: Path
) -> None:
    done = detect("none.png", "--coco", "t.json", "--csv", "t.csv")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[1:] == ["No image could be read, so nothing was written."]
    (tmp_path / "empty").mkdir()
    refused(detect("empty", "--coco", "t.json"), "empty", "no image files")
    assert set(everything(tmp_path)) == {f"photos/{name}" for name in everything(photos)}


def test_what_is_there_is_replaced_only_with_force(
    detect: Detect, photos: Path, tmp_path: Path
) -> None:
    for output in ("found.json", "found-images.json", "t.csv", "drawn/sub/c.png"):
        kept = tmp_path / output
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(b"mine")
        before = everything(tmp_path)
        options = ["--coco", "found.json", "--csv", "t.csv", "--annotated", "drawn"]
        refused(detect("photos", *options), f"{output} exists already", "--force")
        assert everything(tmp_path) == before
        assert detect("photos", *options, "--force").exit_code == 0
        assert kept.read_bytes() != b"mine"
        for path in set(everything(tmp_path)) - set(before) | {output}:
            (tmp_path / path).unlink()


@pytest.mark.parametrize(
    "options",
    [
        ["--annotated", "photos"],
        ["--csv", "photos/b.JPG"],
        ["--coco", "photos/sub/../a.png"],
        ["--csv", "link.png"],
    ],
)
def test_an_input_is_never_overwritten(
    detect: Detect, photos: Path, tmp_path: Path, options: list[object]
) -> None:
    (tmp_path / "link.png").symlink_to(photos / "a.png")
    before = everything(tmp_path)
    refused(detect("photos", *options, "--force"), "read by this command")
    assert everything(tmp_path) == before


def test_the_detector_is_never_overwritten(detect: Detect, photos: Path, checkpoint: Path) -> None:
    before = everything(checkpoint.parent)
    for path in (checkpoint, checkpoint.with_suffix(".json")):
        refused(detect("photos", "--csv", path, "--force"), path.name, "read by this command")
    assert everything(checkpoint.parent) == before


def test_drawings_in_the_folder_of_the_images_are_no_images(detect: Detect, photos: Path) -> None:
    first = detect("photos", "--annotated", "photos/drawn")
    again = detect("photos", "--annotated", "photos/drawn", "--force")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.stderr == again.stderr
    assert not (photos / "drawn" / "drawn").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--csv", "photos"], ("photos", "folder")),
        (["--coco", "."], (".: it is a folder",)),
        (["--csv", "photos/a.png/t.csv"], ("photos/a.png", "file")),
        (["--coco", "t.json", "--csv", "t.json"], ("t.json", "two outputs")),
        (["--nms-topk", "-2"], ("--nms-topk must be at least -1, got -2",)),
        (["--nms-topk", "0"], ("--nms-topk must be at least 1, or -1 for all boxes, got 0",)),
        (["--variances", "0", "1", "1", "1"], ("--variances must be above 0, got 0",)),
        (["--variances", "x", "1", "1", "1"], ("--variances must be a number, got 'x'",)),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    detect: Detect, photos: Path, options: list[object], words: tuple[str, ...]
) -> None:
    refused(detect("photos", *options), *words)


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.png",
        "'; rm -rf.png",
        "=1+1.png",
        "-x.png",
        "[bold]猫 ü.png",
        os.fsdecode(b"caf\xe9.png"),
    ],
)
def test_any_name_of_a_file_goes_through(detect: Detect, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(noise((40, 40))).save(folder / "x.png")
    (folder / "x.png").rename(folder / name)
    options = ["--score-threshold", 0, "--nms-topk", 2]
    outputs = ["--coco", "c.json", "--csv", "t.csv", "--annotated", "out"]
    assert detect("in", *options, *outputs).exit_code == 0
    (image,) = json.loads((tmp_path / "c-images.json").read_text())["images"]
    assert image["file_name"] == f"in/{name}"
    assert read_image(tmp_path / "out" / name).shape == (40, 40, 3)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert {line["image"] for line in lines} == {
        f"in/{name}".encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    }


def run(cwd: Path, checkpoint: Path, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "explorer.cli", "detect", *arguments, *of(checkpoint)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        list(map(str, command)), cwd=cwd, env=environment, **{**pipes, **options}
    )


def test_a_folder_that_cannot_be_written(checkpoint: Path, photos: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)

    def as_anybody() -> None:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE

    process = run(
        tmp_path, checkpoint, "photos", "--annotated", "locked/out", preexec_fn=as_anybody
    )
    said, error = process.communicate()
    assert (process.returncode, said) == (2, "")
    assert error == "error: locked/out: permission denied\n"


def test_a_full_disk_leaves_no_part_of_a_file(
    checkpoint: Path, photos: Path, tmp_path: Path
) -> None:
    """Files may not grow beyond what the smallest drawing needs, which ends like a full disk."""

    def with_little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, resource.RLIM_INFINITY))

    options = ["--annotated", "out", "--score-threshold", 1]
    process = run(
        tmp_path,
        checkpoint,
        "photos/b.JPG",
        "photos/a.png",
        *options,
        preexec_fn=with_little_room,
    )
    said, error = process.communicate()
    assert (process.returncode, said) == (2, "")
    assert len(error.splitlines()) == 1
    assert "File too large" in error
    assert list(everything(tmp_path / "out")) == ["b.png"]


def test_ctrl_c_leaves_whole_files_only(checkpoint: Path, photos: Path, tmp_path: Path) -> None:
    for number in range(400):
        (photos / f"y{number}.png").write_bytes((photos / "a.png").read_bytes())
    out = tmp_path / "out"
    process = run(
        tmp_path, checkpoint, "photos", "--annotated", "out", "--csv", "t.csv", "--coco", "c.json"
    )
    while not list(out.glob("y1.png")) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode not in (0, 2)
    written = everything(tmp_path)
    assert not {"t.csv", "c.json", "c-images.json"} & set(written)
    drawings = [path for path in out.rglob("*") if path.is_file()]
    assert 0 < len(drawings) < 400
    for path in drawings:
        assert path.suffix == ".png"
        with Image.open(path) as image:
            image.load()


@pytest.mark.parametrize("as_json", [True, False])
def test_the_bar_is_on_stderr_and_what_was_found_on_stdout(
    checkpoint: Path, photos: Path, tmp_path: Path, as_json: bool
) -> None:
    (photos / "bad.png").write_bytes(b"no image")
    ours, theirs = pty.openpty()
    options = ["--score-threshold", "0.4", *(["--json"] if as_json else [])]
    process = run(tmp_path, checkpoint, "photos", *options, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # what Linux says at the end
        pass
    os.close(ours)
    said, _ = process.communicate()
    assert process.returncode == 2
    if as_json:
        names = {json.loads(line)["image"] for line in said.splitlines()}
    else:
        names = {line.strip() for line in said.splitlines() if line.startswith("photos/")}
    assert names == {f"photos/{name}" for name in SIZES}
    screen = shown.decode()
    assert "Detecting" in screen
    assert "/4" in screen
    assert "photos/bad.png is not a readable image" in screen
    for of_the_result in ("a.png", "box_px", "xmin"):
        assert of_the_result not in screen


def image_files(*names: str) -> list[ImageFile]:
    """Return images by what was named, a colon, and where they lie below it."""
    found = []
    for name in names:
        folder, _, below = name.partition(":")
        found.append(ImageFile(Path("/", folder, below), Path(below)))
    return found


@pytest.mark.parametrize(
    ("images", "names"),
    [
        ([], []),
        (["in:a.jpg"], ["a.png"]),
        (["in:a.jpg", "in:b/a.jpg"], ["a.png", "b/a.png"]),
        (["in:a.jpg", "in:a.PNG", "in:b.gif"], ["a.jpg.png", "a.PNG.png", "b.png"]),
        (["x:a.jpg", "y:a.jpg"], ["x/a.jpg.png", "y/a.jpg.png"]),
        (["p/x:a.jpg", "p/y:a.jpg", "p:b.jpg"], ["x/a.jpg.png", "y/a.jpg.png", "b.png"]),
        (["in:a.jpg", "in:a.png", "in:a.jpg.png"], ["a.jpg.png", "a.png.png", "a.jpg.png.png"]),
    ],
)
def test_names_of_drawings(images: Sequence[str], names: Sequence[str]) -> None:
    assert [str(name) for name in annotated_names(image_files(*images))] == names


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "x", "x/y", "y"]),
            st.sampled_from(["", "x/", "y/"]),
            st.sampled_from(["a.jpg", "a.png", "a.jpg.png", "a.png.png", "b.gif"]),
        ).map(lambda parts: f"{parts[0]}:{parts[1]}{parts[2]}"),
        max_size=12,
    )
)
def test_no_two_drawings_have_one_name(names: list[str]) -> None:
    images = list({image.path: image for image in image_files(*names)}.values())
    made = annotated_names(images)
    assert len(set(made)) == len(images)
    for name in made:
        assert name.suffix == ".png"
        assert ".." not in name.parts
        assert not name.is_absolute()


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "round").symlink_to(tmp_path)
    assert [file.below for file in find_images([tmp_path], pytest.fail)] == [Path("a.png")]
    assert [file.path for file in find_images([tmp_path / "round"], pytest.fail)] == [
        tmp_path / "round" / "a.png"
    ]


def test_outputs_that_are_folders_of_one_another(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        check_outputs([tmp_path / "a" / "b", tmp_path / "a"], [], False)


def test_each_image_has_a_table_with_its_name_above(detect: Detect, photos: Path) -> None:
    done = detect("photos/a.png", "photos/b.JPG", "--score-threshold", 0.4)
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    headings = [line for line in lines if line.startswith("class")]
    assert [line.split() for line in headings] == [
        ["class", "score", "xmin", "ymin", "xmax", "ymax", "anchor", "layer"]
    ] * 2
    names = [line for line in lines if line.startswith("photos/")]
    assert names == ["photos/a.png", "photos/b.JPG"]
