"""The command line as a user types it: real processes, their output and their exit codes."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from explorer import __version__
from explorer.cli import app
from explorer.config import ANCHOR_PRESETS, RECIPES, TOY_SSD
from explorer.datasets.synthetic.variants import VARIANTS
from explorer.engine.checkpoint_files import describe_checkpoint
from explorer.engine.gpus import gpus
from explorer.exchange import FORMATS
from explorer.training.run.directory import RunDirectory, list_runs
from tests.places import ROOT
from tests.training.runs import kill, wait_for_end, wait_until, write_tiny_dataset

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1  # of Linux's prctl.h and capability.h
TINY = ["--input-size", "64", "--batch-size", "4", "--device", "cpu"]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place with a tiny data set, where data, runs and all else go; no training is left."""
    folder = tmp_path_factory.mktemp("home")
    write_tiny_dataset(folder / "tiny")
    (folder / "data").mkdir()
    (folder / "data" / "backgrounds").symlink_to(ROOT / "data" / "backgrounds")
    yield folder
    for run in list_runs(folder / "runs"):
        kill(run)


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SSD_EXPLORER_DATA": str(home / "data"),
        "SSD_EXPLORER_RUNS": str(home / "runs"),
        "SSD_EXPLORER_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(scope="module")
def explorer(home: Path, environment: dict[str, str]) -> Command:
    def call(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "explorer.cli", *map(str, arguments)],
            **{"cwd": home, "env": environment, **options},
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture
def in_process(
    home: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """The same command in the tests' process: quicker, where the process does not matter."""

    def call(*arguments: object) -> Result:
        monkeypatch.chdir(home)
        for name in ("SSD_EXPLORER_DATA", "SSD_EXPLORER_RUNS", "COLUMNS"):
            monkeypatch.setenv(name, environment[name])
        return CliRunner().invoke(app, list(map(str, arguments)))

    return call


@pytest.fixture(scope="module")
def trained(home: Path, explorer: Command) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A detector that `train --save` made, and what the command said."""
    path = home / "kept" / "detector.params"
    done = explorer("train", "--dataset", "tiny", "--epochs", 2, *TINY, "--json", "--save", path)
    assert done.returncode == 0, done.stderr
    return path, done


def _assert_one_sentence(done: subprocess.CompletedProcess[str] | Result, *words: str) -> None:
    code = done.exit_code if isinstance(done, Result) else done.returncode
    assert code == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for word in ("error: ", *words):
        assert word in lines[0]


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['ssd-explorer', '--help']\n"
        "from explorer.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "heavy = {'mxnet', 'bokeh', 'numpy', 'cv2', 'pydantic', 'voila', 'psutil'}\n"
        "print(code, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"
    for command in (
        "run",
        "train",
        "resume",
        "runs",
        "evaluate",
        "detect",
        "export",
        "data",
        "anchors",
    ):
        assert f" {command} " in done.stdout


@pytest.mark.skipif(
    shutil.which("ssd-explorer", path=Path(sys.executable).parent) is None,
    reason="the package is not installed here",
)
def test_the_console_script_is_this_command() -> None:
    script = Path(sys.executable).with_name("ssd-explorer")
    done = subprocess.run([script, "anchors", "show", "--json"], capture_output=True, check=True)
    assert json.loads(done.stdout)["num_anchors"] == 5444


def test_anchors_show(explorer: Command) -> None:
    done = explorer("anchors", "show", "--anchors", "creature", "--json")
    shown = json.loads(done.stdout)
    assert shown["num_anchors"] == 5444
    assert [layer["map"][0] for layer in shown["layers"]] == [32, 16, 8, 4, 1]
    assert [layer["num_anchors"] for layer in shown["layers"]] == [4096, 1024, 256, 64, 4]
    # 0.15 and 0.2 of 256 px; then ratio 0.67 at the first size: 38.4 × sqrt(0.67) wide.
    assert shown["layers"][0]["shapes_px"] == [
        [38.4, 38.4],
        [51.2, 51.2],
        [31.4, 46.9],
        [27.2, 54.3],
    ]
    table = explorer("anchors", "show").stdout
    assert "5,444" in table
    assert "51×51" in table


def test_anchors_of_a_file(in_process: Callable[..., Result], home: Path) -> None:
    path = home / "two.json"
    layer = {"sizes": [0.5], "ratios": [1.0]}
    path.write_text(json.dumps({"layers": [layer, layer]}))
    shown = json.loads(in_process("anchors", "show", "--anchors", path, "--json").stdout)
    assert [layer["num_anchors"] for layer in shown["layers"]] == [32 * 32, 1]


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"sizes": [0.2, 0], "ratios": [1]}, ("sizes", "above 0", "got 0")),
        ({"sizes": [0.2], "ratios": [1, -2]}, ("ratios", "above 0", "got -2")),
        ({"sizes": [], "ratios": [1]}, ("sizes", "at least one")),
        ({"sizes": ["big"], "ratios": [1]}, ("sizes", "number")),
    ],
)
def test_bad_anchors(
    in_process: Callable[..., Result], home: Path, layer: dict[str, object], words: tuple[str, ...]
) -> None:
    path = home / "bad.json"
    path.write_text(json.dumps({"layers": [layer, layer]}))
    _assert_one_sentence(in_process("anchors", "show", "--anchors", path), "bad.json", *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["anchors", "show", "--anchors", "huge"], ("huge", "creature", "ssd300", "toy-ssd")),
        (["anchors", "show", "--anchors", "absent.json"], ("absent.json", "no such file")),
        (["anchors", "show", "--input-size", "8"], ("8×8", "64×64")),
        (["train", "--recipe", "slow", "--dataset", "tiny"], ("slow", "fast, tutorial")),
        (["train", "--epochs", "0", "--dataset", "tiny"], ("--epochs must be 1 to 10000, got 0",)),
        (["train", "--learning-rate", "-1", "--dataset", "tiny"], ("--learning-rate", "got -1")),
        (["train", "--epochs", "2.5", "--dataset", "tiny"], ("--epochs", "whole number", "'2.5'")),
        (
            ["train", "--device", "tpu", "--dataset", "tiny"],
            ("--device must be auto, cpu, or gpu0, gpu1, …, got 'tpu'",),
        ),
        (["evaluate", "--device", "gpu"], ("--device", "got 'gpu'")),
        (
            ["train", "--num-gpus", "2", "--device", "cpu", "--dataset", "tiny"],
            ("num_gpus is 2", "device is cpu"),
        ),
        (["train", "--dataset", "absent"], ("absent", "train.rec")),
        (["train", "--dataset", "tiny", "--pretrained", "vgg"], ("--pretrained", ".params", "vgg")),
        (
            ["train", "--dataset", "tiny", "--pretrained", "none.params"],
            ("none.params", "does not exist"),
        ),
        (["train", "--dataset", "tiny", "--save", "x.pth"], ("--save", ".params")),
        (["resume", "no-such-run"], ("no-such-run", "the latest are")),
        (["data", "make", "dragon"], ("dragon", "creature")),
        (["data", "make", "sample"], ("'sample' cannot be made", "creature-many")),
        (["data", "make", "creature", "--train", "0"], ("--train must be at least 1, got 0",)),
        (["data", "make", "creature", "--train", "2.5"], ("--train", "whole number", "'2.5'")),
        (["data", "make", "creature-two", "--val", "-1"], ("--val must be at least 1, got -1",)),
        (["data", "download", "cifar"], ("cifar", "pikachu")),
        (["evaluate", "--dataset", "absent"], ("absent", "val.rec")),
        (["evaluate", "--score-threshold", "0"], ("--score-threshold", "0.01")),
        (
            ["detect", "x.jpg", "--score-threshold", "2"],
            ("--score-threshold must be 0 to 1, got 2",),
        ),
        (["detect", "x.jpg", "--score-threshold", "nan"], ("--score-threshold", "got nan")),
        (["detect", "x.jpg", "--checkpoint", "none.params"], ("none.params", "not exist")),
    ],
)
def test_bad_input_is_one_sentence(
    in_process: Callable[..., Result], home: Path, arguments: list[str], words: tuple[str, ...]
) -> None:
    runs = list_runs(home / "runs")
    _assert_one_sentence(in_process(*arguments), *words)
    assert list_runs(home / "runs") == runs


def test_an_option_that_is_none_is_exit_code_2(explorer: Command) -> None:
    done = explorer("train", "--epoch-count", "3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--epoch-count" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_truncated_record_file(in_process: Callable[..., Result], home: Path) -> None:
    folder = write_tiny_dataset(home / "cut")
    records = folder / "train.rec"
    records.write_bytes(records.read_bytes()[:-10])
    _assert_one_sentence(in_process("train", "--dataset", folder), "train.rec", "cut off")


def test_data_is_made_listed_and_not_overwritten(explorer: Command, home: Path) -> None:
    out = home / "made"
    done = explorer("data", "make", "creature", "--out", out, "--train", 3, "--val", 2)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    records = (out / "train.rec").read_bytes()
    _assert_one_sentence(
        explorer("data", "make", "creature", "--out", out, "--seed", 9), "made", "--force"
    )
    assert (out / "train.rec").read_bytes() == records
    made = explorer(
        *("data", "make", "creature", "--out", out, "--seed", 9, "--force"),
        *("--train", 3, "--val", 2),
    )
    assert made.returncode == 0, made.stderr
    assert (out / "train.rec").read_bytes() != records
    shutil.copytree(out, home / "data" / "creature")
    listed = json.loads(explorer("data", "list", "--json").stdout)["data_sets"]
    assert listed[0] == {
        "name": "creature",
        "train": 3,
        "val": 2,
        "class_names": ["creature"],
        "problems": {},
    }
    assert listed[1]["get"] == "ssd-explorer data make creature-two"
    lines = explorer("data", "list").stdout.splitlines()
    (creature,) = [line.split() for line in lines if line.split()[:1] == ["creature"]]
    assert creature == ["creature", "3", "2", "creature"]
    assert any("ssd-explorer data download pikachu" in line for line in lines)
    shutil.rmtree(home / "data" / "creature")


def test_without_a_network_the_download_says_so(
    explorer: Command, home: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setitem(environment, name, "http://127.0.0.1:9")  # nobody answers there
    _assert_one_sentence(explorer("data", "download", "pikachu"), "pikachu")
    assert not list((home / "data").glob("pikachu/*.rec"))
    to_do = f"or put the file into {home / 'data' / 'detectors'}"
    for command in (
        ("data", "download", "tutorial"),
        ("detect", "x.jpg", "--checkpoint", "tutorial"),
        ("train", "--dataset", home / "tiny", "--pretrained", "tutorial"),
    ):
        _assert_one_sentence(explorer(*command), "ssd_pikachu-fbb7d872.params", to_do)
    assert not list((home / "data").glob("detectors/*"))
    assert list_runs(home / "runs") == []


def test_train_prints_one_object_and_saves_a_detector_that_says_how_it_was_made(
    trained: tuple[Path, subprocess.CompletedProcess[str]], home: Path
) -> None:
    path, done = trained
    result = json.loads(done.stdout)
    assert list(result) == [
        *("run", "state", "epochs", "steps", "ap50", "ap75", "map"),
        *("seconds", "samples_per_second"),
    ]
    assert (result["state"], result["epochs"], result["steps"]) == ("finished", 2, 8)
    assert result["samples_per_second"] > 0
    run = RunDirectory(home / "runs" / result["run"])
    assert run.read_config().anchors.sizes[0] == [0.2, 0.272]  # toy-ssd: not our own data set
    detector, content = describe_checkpoint(path)
    assert (detector.class_names, detector.input_size) == (("class 0",), 64)
    about = content["about"]
    assert about["recipe"] == "fast"
    assert about["command"].startswith("ssd-explorer train --dataset tiny --epochs 2")
    assert about["figures"]["ap50"] == result["ap50"]
    assert path.read_bytes() == (run.checkpoints / "epoch-0002.params").read_bytes()
    assert [line.split()[0] for line in done.stderr.splitlines() if "/2 " in line] == ["1/2", "2/2"]
    assert "Finished 2 epochs in" in done.stderr


def test_evaluate(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
    explorer: Command,
    in_process: Callable[..., Result],
) -> None:
    path, done = trained
    judged = explorer("evaluate", "--checkpoint", path, "--dataset", "tiny", "--json")
    assert judged.returncode == 0, judged.stderr
    figures = json.loads(judged.stdout)
    expected = json.loads(done.stdout)
    for name in ("ap50", "ap75", "map"):  # the same weights and the same images
        assert figures[name] == pytest.approx(expected[name], abs=1e-4)
    assert (figures["num_images"], figures["num_objects"]) == (4, 4)
    assert "errors" not in figures
    assert "AP50" in in_process("evaluate", "--checkpoint", path, "--dataset", "tiny").stdout


def test_evaluate_says_which_mistakes_there_are(
    trained: tuple[Path, subprocess.CompletedProcess[str]], in_process: Callable[..., Result]
) -> None:
    # So few steps teach nothing: from a score of 0.01 on there are detections, from 1 on none.
    command = ("evaluate", "--checkpoint", trained[0], "--dataset", "tiny")
    judged = json.loads(in_process(*command, "--score-threshold", 0.01, "--json").stdout)
    errors = judged["errors"]
    assert errors["ap50"] == pytest.approx(judged["ap50"], abs=2e-4)
    assert errors["num_right"] + errors["num_missed"] == judged["num_objects"]
    counts = {name: row["count"] for name, row in errors["types"].items()}
    assert errors["num_wrong"] == sum(counts.values()) - counts["missed"] > 0
    assert all(row["ap50_cost"] >= 0 for row in errors["types"].values())
    precision = errors["num_right"] / (errors["num_right"] + errors["num_wrong"])
    assert errors["precision"] == pytest.approx(precision, abs=1e-4)

    nothing = json.loads(in_process(*command, "--score-threshold", 1, "--json").stdout)["errors"]
    assert (nothing["num_wrong"], nothing["precision"], nothing["recall"]) == (0, None, 0)
    assert nothing["types"]["missed"] == {"count": 4, "ap50_cost": 1}

    printed = in_process(*command, "--errors").stdout
    assert "Score 0.5 or more: precision" in printed
    for name in counts:
        assert f" {name} " in printed


def test_detect(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
    explorer: Command,
    in_process: Callable[..., Result],
    home: Path,
) -> None:
    path, _ = trained
    noise = np.random.default_rng(0).integers(0, 256, (90, 150, 3), dtype=np.uint8)
    cv2.imwrite(str(home / "wide.png"), noise)
    (home / "broken.jpg").write_bytes(b"no image")
    arguments = ("--checkpoint", path, "--score-threshold", 0)
    done = explorer("detect", "wide.png", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows
    for row in rows:
        assert list(row) == ["image", "class", "score", "box_px", "anchor", "layer"]
        assert (row["image"], row["class"]) == ("wide.png", "class 0")
        xmin, ymin, xmax, ymax = row["box_px"]
        assert 0 <= xmin <= xmax <= 150
        assert 0 <= ymin <= ymax <= 90
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    # A 64 px input has maps 8, 4, 2, 1, 1 of four anchors per cell.
    ends = np.cumsum([256, 64, 16, 4, 4])
    assert [row["layer"] for row in rows] == [
        int(np.searchsorted(ends, row["anchor"], side="right")) for row in rows
    ]
    assert "wide.png" in in_process("detect", "wide.png", *arguments).stdout

    both = in_process("detect", "broken.jpg", "wide.png", *arguments, "--json")
    assert both.exit_code == 2
    assert both.stdout == done.stdout  # the good one is still done
    assert "broken.jpg is not a readable image" in both.stderr
    assert "Traceback" not in both.stderr


def test_a_checkpoint_of_other_classes_or_damaged(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
    in_process: Callable[..., Result],
    home: Path,
) -> None:
    path, _ = trained
    folder = home / "cats"
    shutil.copytree(home / "tiny", folder)
    (folder / "dataset.json").write_text(json.dumps({"class_names": ["cat"]}))
    _assert_one_sentence(
        in_process("evaluate", "--checkpoint", path, "--dataset", folder), "cat", "class 0"
    )
    torn = home / "torn.params"
    torn.write_bytes(path.read_bytes()[:-1])
    shutil.copy(path.with_suffix(".json"), torn.with_suffix(".json"))
    _assert_one_sentence(
        in_process("evaluate", "--checkpoint", torn, "--dataset", "tiny"), "torn.params", "damaged"
    )


def test_what_a_training_would_save_replaces_nothing_unasked(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
    in_process: Callable[..., Result],
    home: Path,
) -> None:
    path, done = trained
    train = ("train", "--dataset", "tiny", "--epochs", 1, *TINY, "--save")
    runs = list_runs(home / "runs")
    before = path.read_bytes()
    _assert_one_sentence(in_process(*train, path), "detector.params exists already", "--force")
    run = json.loads(done.stdout)["run"]
    _assert_one_sentence(in_process("resume", run, "--save", path), "exists already", "--force")
    assert path.read_bytes() == before

    layer = {"sizes": [0.5], "ratios": [1.0]}
    fit = home / "fit.json"
    fit.write_text(json.dumps({"layers": [layer, layer]}))
    content = fit.read_bytes()
    _assert_one_sentence(in_process(*train, "fit.params"), "fit.json exists already", "--force")
    for options in (
        (*train, "fit.params", "--anchors", "fit.json"),
        (*train, path, "--pretrained", path),
        ("resume", run, "--save", home / "runs" / run / "config.params"),
    ):
        _assert_one_sentence(in_process(*options, "--force"), "is read by this command")
    (home / "folder.params").mkdir()
    refused = in_process(*train, "folder.params", "--force")
    _assert_one_sentence(refused, "folder.params: it is a folder, not a file")
    assert (fit.read_bytes(), path.read_bytes()) == (content, before)
    assert list_runs(home / "runs") == runs


def test_a_device_that_is_not_there_is_said(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
    in_process: Callable[..., Result],
    home: Path,
) -> None:
    cv2.imwrite(str(home / "small.png"), np.zeros((40, 40, 3), np.uint8))
    notice = "gpu63 is not there: computing on the CPU."
    options = ("--checkpoint", trained[0], "--device", "gpu63", "--json")
    for command in (("evaluate", "--dataset", "tiny"), ("detect", "small.png")):
        done = in_process(*command, *options)
        assert done.exit_code == 0
        assert done.stderr.splitlines()[0] == notice
        assert notice not in done.stdout


def test_a_folder_of_labels_is_no_data_set_to_train_on(
    in_process: Callable[..., Result], home: Path
) -> None:
    (home / "labels only").mkdir()
    (home / "labels only" / "a.xml").write_text("<annotation/>")
    done = in_process("train", "--dataset", "labels only")
    _assert_one_sentence(done, "ssd-explorer data import 'labels only' --name NAME")


def test_the_version(in_process: Callable[..., Result]) -> None:
    assert in_process("--version").stdout == f"ssd-explorer {__version__}\n"


def test_one_batch_is_learned_by_heart_if_asked(explorer: Command, home: Path) -> None:
    rate = ("--learning-rate", 0.003)
    done = explorer(
        "train", "--overfit", "--dataset", "tiny", "--epochs", 2, *rate, *TINY, "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["steps"] == 40
    run = RunDirectory(home / "runs" / told["run"])
    assert run.read_config().overfit
    steps = [record for record in run.records() if record["kind"] == "step"]
    losses = [step["class_loss"] + step["box_loss"] for step in steps]
    assert max(losses[-5:]) < 0.25 * losses[0]


def test_a_detector_is_where_another_training_begins(
    trained: tuple[Path, subprocess.CompletedProcess[str]], explorer: Command, home: Path
) -> None:
    path, _ = trained
    begin = ("--pretrained", path.relative_to(home), "--epochs", 1, "--json")
    kept = home / "again.params"
    kept.write_bytes(b"mine")
    done = explorer("train", "--dataset", "tiny", *TINY, *begin, "--save", kept, "--force")
    assert done.returncode == 0, done.stderr
    assert describe_checkpoint(kept)[1]["about"]["figures"]["epochs"] == 1
    assert done.stderr.splitlines()[1] == (
        "Taken from detector.params: body, 3 down-samplings, box and class heads of all maps; "
        "nothing is new."
    )
    run = RunDirectory(home / "runs" / json.loads(done.stdout)["run"])
    assert run.read_config().pretrained == str(path)
    first, *_ = (record for record in run.records() if record["kind"] == "step")
    noise = RunDirectory(home / "runs" / json.loads(trained[1].stdout)["run"])
    began, *_ = (record for record in noise.records() if record["kind"] == "step")
    assert first["class_loss"] < 0.75 * began["class_loss"]


@pytest.mark.skipif(bool(gpus()), reason="this machine has a GPU")
def test_several_gpus_that_are_not_there_are_said(explorer: Command, home: Path) -> None:
    size = ("--input-size", 64, "--batch-size", 4)
    done = explorer("train", "--dataset", "tiny", "--epochs", 2, *size, "--num-gpus", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert "No GPU found: computing on the CPU." in done.stderr.splitlines()
    told = json.loads(done.stdout)
    assert told["steps"] == 8
    assert RunDirectory(home / "runs" / told["run"]).read_config().num_gpus == 2


def test_a_run_that_diverges_ends_with_its_sentence_and_code_2(
    explorer: Command, home: Path
) -> None:
    kept = home / "kept" / "diverged.params"
    done = explorer(
        *("train", "--recipe", "tutorial", "--dataset", "sample", "--epochs", 50, *TINY),
        *("--learning-rate", "1e6", "--json", "--save", kept),
    )
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["state"] == "failed"
    # The recipe's own, though the set is one of ours.
    assert RunDirectory(home / "runs" / told["run"]).read_config().anchors == TOY_SSD
    assert "lower learning rate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not kept.exists()


def _start(environment: dict[str, str], home: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.cli", *map(str, arguments)],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _newest_at_step(home: Path, former: list[RunDirectory], step: int) -> RunDirectory:
    def found() -> RunDirectory | None:
        runs = [run for run in list_runs(home / "runs") if run not in former]
        return runs[0] if runs and runs[0].read_status().step >= step else None

    return wait_until(found, f"a new run at step {step}")


def test_ctrl_c_stops_with_a_checkpoint_and_resume_finishes(
    environment: dict[str, str], home: Path, explorer: Command
) -> None:
    former = list_runs(home / "runs")
    train = _start(
        *(environment, home, "train", "--dataset", "tiny", "--epochs", 25, *TINY),
        *("--json", "--save", "interrupted.params"),
    )
    run = _newest_at_step(home, former, 2)
    busy = explorer("train", "--dataset", "tiny", *TINY)
    _assert_one_sentence(busy, run.run_id, "already running")
    train.send_signal(signal.SIGINT)
    out, err = train.communicate()
    assert train.returncode == 130, err
    result = json.loads(out)
    assert (result["run"], result["state"]) == (run.run_id, "stopped")
    assert f"ssd-explorer resume {run.run_id}" in err
    assert not (home / "interrupted.params").exists()

    resumed = explorer("resume", run.run_id, "--json", "--save", "whole.params")
    assert resumed.returncode == 0, resumed.stderr
    whole = json.loads(resumed.stdout)
    assert (whole["run"], whole["state"], whole["steps"]) == (run.run_id, "finished", 100)
    assert whole["epochs"] == 25
    assert whole["seconds"] > result["seconds"]
    assert (home / "whole.params").is_file()
    _assert_one_sentence(explorer("resume", run.run_id), "finished", "nothing to resume")


def test_a_second_ctrl_c_leaves_at_once_and_the_worker_still_ends_well(
    environment: dict[str, str], home: Path
) -> None:
    former = list_runs(home / "runs")
    train = _start(environment, home, "train", "--dataset", "tiny", "--epochs", 1000, *TINY)
    run = _newest_at_step(home, former, 1)
    os.kill(run.read_status().pid, signal.SIGSTOP)  # so that it cannot end before the second
    train.send_signal(signal.SIGINT)
    time.sleep(0.5)
    train.send_signal(signal.SIGINT)
    out, err = train.communicate()
    os.kill(run.read_status().pid, signal.SIGCONT)
    assert (train.returncode, out) == (130, "")
    assert "Left run" in err
    assert wait_for_end(run).state == "stopped"


def test_a_port_that_is_taken(explorer: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = explorer("run", "--port", port)
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def _without_root_s_privilege() -> None:
    """Have permissions hold for root too, from the next program on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() == 0 and libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def test_folders_that_cannot_be_written(
    environment: dict[str, str], home: Path, explorer: Command
) -> None:
    locked = home / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    as_anybody = {"preexec_fn": _without_root_s_privilege}
    made = explorer("data", "make", "creature", "--out", locked / "set", **as_anybody)
    _assert_one_sentence(made, "locked", "ermission denied")
    train = ("train", "--dataset", "tiny", *TINY)
    saved = explorer(*train, "--save", locked / "x.params", **as_anybody)
    _assert_one_sentence(saved, "locked", "permission denied")
    there = {**environment, "SSD_EXPLORER_RUNS": str(locked / "runs")}
    started = explorer(*train, env=there, **as_anybody)
    _assert_one_sentence(started, "locked", "permission denied")
    assert list(locked.iterdir()) == []


def test_help_names_all_that_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    for command, names in (
        (("anchors", "show"), (*ANCHOR_PRESETS, *FORMATS)),
        (("anchors", "coverage"), ANCHOR_PRESETS),
        (("train",), (*ANCHOR_PRESETS, *RECIPES)),
        (("data", "make"), VARIANTS),
    ):
        text = CliRunner().invoke(app, [*command, "--help"]).output
        assert [name for name in names if name not in text] == []
