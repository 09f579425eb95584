"""A detector on disk: what comes back is what was saved, or one sentence says why not."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import AnchorConfig, DetectorConfig, recipe
from explorer.engine.checkpoint import load_checkpoint, save_checkpoint
from explorer.engine.checkpoint_files import (
    CheckpointError,
    describe_checkpoint,
    describe_pair,
    verify_pair,
)
from explorer.net.learning import Learner, forward, new_network
from explorer.net.runtime import choose_device, mx
from explorer.net.toy_ssd import ToySSD

CPU = choose_device("cpu")
ANCHORS = AnchorConfig.of(sizes=[[0.3, 0.4], [0.8]], ratios=[1, 2, 0.5])
DETECTOR = DetectorConfig(class_names=("cat", "dog"), anchors=ANCHORS, input_size=64)
LARGE_MAP = {"height": 4000, "width": 5000, "stride_px": [1, 1]}
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)


def network(seed: int = 0, num_classes: int = 2, anchors: AnchorConfig = ANCHORS) -> ToySSD:
    names = tuple(map(str, range(num_classes)))
    detector = DetectorConfig(class_names=names, anchors=anchors, input_size=64)
    return new_network(detector, CPU, seed=seed)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "pet.params"
    save_checkpoint(path, network(), DETECTOR, {"epoch": 3})
    return path


def test_what_is_loaded_predicts_the_same_bit_by_bit(tmp_path: Path) -> None:
    config = recipe("fast", anchors=ANCHORS, input_size=64)
    net = network()
    labels = np.array([[[0, 0.1, 0.1, 0.6, 0.6]], [[1, 0.3, 0.2, 0.9, 0.8]]], np.float32)
    Learner(net, DETECTOR, config, CPU).step(
        IMAGES, labels, 0.01
    )  # moves batch norm's statistics too
    path = tmp_path / "new" / "folder" / "pet.params"
    save_checkpoint(path, net, DETECTOR)
    loaded, detector = load_checkpoint(path, CPU, expected=DETECTOR)

    assert detector == DETECTOR
    for part, same in zip(forward(net, IMAGES, CPU), forward(loaded, IMAGES, CPU), strict=True):
        np.testing.assert_array_equal(part, same)
    assert content(path.parent).keys() == {"pet.params", "pet.json"}


def test_saving_again_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.params"
    net, detector = load_checkpoint(saved, CPU)
    save_checkpoint(again, net, detector, {"epoch": 3})
    assert again.read_bytes() == saved.read_bytes()
    assert again.with_suffix(".json").read_bytes() == saved.with_suffix(".json").read_bytes()


def without_checksum(saved: Path) -> dict[str, Any]:
    """Return a description as versions before had it, which is believed."""
    content: dict[str, Any] = json.loads(saved.with_suffix(".json").read_text())
    content.pop("json_sha256", None)
    return content


def test_the_description_can_be_read_without_the_weights(saved: Path) -> None:
    detector, whole = describe_checkpoint(saved)
    assert detector == DETECTOR
    assert whole["about"] == {"epoch": 3}
    assert len(whole["sha256"]) == 64


def test_saving_over_an_old_pair_replaces_it(saved: Path) -> None:
    other = network(seed=1)
    save_checkpoint(saved, other, DETECTOR)
    loaded, _ = load_checkpoint(saved, CPU)
    np.testing.assert_array_equal(
        forward(loaded, IMAGES, CPU).offsets, forward(other, IMAGES, CPU).offsets
    )


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_flipped_byte_is_noticed(saved: Path, place: int) -> None:
    damaged = bytearray(saved.read_bytes())
    damaged[place] ^= 1
    saved.write_bytes(damaged)
    message = f"{saved} is damaged: its SHA-256 is not the one in pet.json"
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(saved, CPU)
    assert str(caught.value) == message


@pytest.mark.parametrize("length", [0, 1, 5000])
def test_a_truncated_file_is_noticed(saved: Path, length: int) -> None:
    saved.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(CheckpointError, match="is damaged: its SHA-256 is not the one in"):
        load_checkpoint(saved, CPU)


def test_a_missing_file_is_named(saved: Path) -> None:
    saved.unlink()
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(saved, CPU)
    assert str(caught.value) == f"checkpoint file {saved} does not exist"
    saved.mkdir()
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(saved, CPU)
    assert str(caught.value) == f"{saved} is a folder, not a checkpoint's file"


def test_a_pair_needs_both_files(saved: Path) -> None:
    description = saved.with_suffix(".json")
    description.unlink()
    for opening in (describe_pair, verify_pair):
        with pytest.raises(CheckpointError) as caught:
            opening(saved)
        assert str(caught.value) == f"checkpoint file {description} does not exist"


def with_detector(**changes: Any) -> str:
    detector = {**DETECTOR.model_dump(mode="json"), **changes}
    return json.dumps({"detector": detector, "sha256": "0" * 64, "about": {}})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not JSON"),
        ('{"detector": ', "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it was not written beside a checkpoint"),
        ('"detector"', "it was not written beside a checkpoint"),
        ('{"name": "package", "version": "1.0"}', "it was not written beside a checkpoint"),
        (
            '{"detector": {}, "sha256": "", "about": null}',
            "it was not written beside a checkpoint",
        ),
        (with_detector(class_names=[]), "class_names must be a list of at least 1, got "),
        (with_detector(input_size="big"), "input_size must be "),
        (with_detector(input_size=10**9), "input_size must be "),
        (with_detector(colour="red"), "there is no setting colour"),
        (
            with_detector(anchors={"layers": [{"sizes": [-1], "ratios": [1]}] * 2}),
            "sizes must be above 0 and at most 2, got -1",
        ),
    ],
)
def test_a_foreign_description_is_refused(saved: Path, text: str, reason: str) -> None:
    saved.with_suffix(".json").write_text(text)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(saved, CPU)
    message = str(caught.value)
    assert message.startswith(f"{saved.with_suffix('.json')} does not describe a detector: ")
    assert reason in message
    assert "\n" not in message


def test_no_change_of_a_description_goes_unnoticed(saved: Path) -> None:
    description = saved.with_suffix(".json")
    text = description.read_text()
    assert "0.3" in text
    content = json.loads(text)
    assert list(content) == ["detector", "sha256", "about", "json_sha256"]
    description.write_text(json.dumps(content))  # other blanks mean no other thing
    assert describe_checkpoint(saved)[0] == DETECTOR
    for changed in (text.replace("0.3", "0.31"), text.replace('"epoch": 3', '"epoch": 4')):
        assert changed != text
        description.write_text(changed)
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(saved, CPU)
        assert str(caught.value) == (
            f"{description} is damaged or was changed: bring the original back, or if the change "
            "is meant, take out its line json_sha256"
        )
    for seed in range(2000):
        rng = random.Random(seed)
        letters = list(text)
        letters[rng.randrange(len(letters))] = chr(rng.randrange(32, 127))
        description.write_text("".join(letters))
        try:
            found = describe_checkpoint(saved)
        except CheckpointError:
            continue
        assert (found[0], found[1]["about"]) == (DETECTOR, {"epoch": 3})


def test_a_description_of_a_version_before_is_read(saved: Path) -> None:
    saved.with_suffix(".json").write_text(json.dumps(without_checksum(saved)))
    assert load_checkpoint(saved, CPU)[1] == DETECTOR


def test_a_description_without_end_is_refused_at_once(saved: Path) -> None:
    detector = DETECTOR.model_dump(mode="json")
    names = [f"class {number}" for number in range(150_000)]
    maps = [{}] * 500_000
    for changes, sentence in (
        ({"class_names": names}, "class_names must be a list of at most 10000, got ['class 0', "),
        ({"class_names": [*names, *names]}, "it is larger than 4 MB"),
        ({"class_names": [1] * 500_000}, "class_names must be a list of at most 10000, got [1, "),
        ({"feature_maps": maps}, "feature_maps must be a list of at most 8, got "),
        ({"anchors": {"layers": maps}}, "anchors need 2 to 8 layers, got 500000"),
        (
            {"architecture": "other", "feature_maps": [LARGE_MAP] * 2},
            "feature_maps make 140,000,000 anchors, the limit is 2,000,000",
        ),
    ):
        content = {"detector": {**detector, **changes}, "sha256": "", "about": {}}
        saved.with_suffix(".json").write_text(json.dumps(content))
        tracemalloc.start()
        with pytest.raises(CheckpointError) as caught:
            describe_checkpoint(saved)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 100_000_000
        start = f"{saved.with_suffix('.json')} does not describe a detector: {sentence}"
        assert str(caught.value).startswith(start)


def test_ten_thousand_classes_are_a_detector() -> None:
    names = tuple(f"class {number}" for number in range(10_000))
    assert DETECTOR.with_(class_names=names).class_names == names
    with pytest.raises(ValueError, match="class_names must differ, but 'class 1' is there twice"):
        DETECTOR.with_(class_names=(*names[1:], "class 1"))


def test_a_description_that_is_not_text_is_refused(saved: Path) -> None:
    saved.with_suffix(".json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(CheckpointError, match="does not describe a detector: it is not JSON"):
        load_checkpoint(saved, CPU)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"class_names": ("cat",)}, "checkpoint has 2 classes, expected 1 class"),
        ({"class_names": ("cat", "cow")}, "checkpoint knows cat, dog, expected cat, cow"),
        (
            {"anchors": AnchorConfig.of([[0.3, 0.4], [0.7]], [1, 2, 0.5])},
            "checkpoint was trained with other anchors than expected",
        ),
        (
            {"variances": (1, 1, 1, 1)},
            "checkpoint was trained with other variances than expected",
        ),
        ({"input_size": 128}, "checkpoint takes 64 px images, expected 128 px"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(
    saved: Path, changes: dict[str, Any], sentence: str
) -> None:
    before = content(saved.parent)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(saved, CPU, expected=DETECTOR.with_(**changes))
    assert str(caught.value) == sentence
    assert content(saved.parent) == before


def test_weights_of_another_network_are_refused(saved: Path) -> None:
    # The sums are right, but the JSON speaks of another network.
    three = AnchorConfig.of([[0.3, 0.4], [0.5, 0.6], [0.8]], [1, 2, 0.5])
    uneven = AnchorConfig.of([[0.3], [0.8]], [1, 2, 0.5])
    description = saved.with_suffix(".json")
    right = without_checksum(saved)
    for wrong in (
        DETECTOR.with_(class_names=("cat",)),
        DETECTOR.with_(anchors=three),
        DETECTOR.with_(anchors=uneven),
    ):
        right["detector"] = wrong.model_dump(mode="json")
        description.write_text(json.dumps(right))
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(saved, CPU)
        assert str(caught.value) == f"{saved} does not fit pet.json"


def test_a_description_of_what_cannot_be_is_refused(saved: Path) -> None:
    description = saved.with_suffix(".json")
    content = without_checksum(saved)
    for changes, sentence in (
        (
            {"anchors": AnchorConfig.of([[0.3]] * 8, [1]).model_dump(mode="json")},
            f"{description} does not describe a detector: input_shape_px is 64×64, but "
            "feature_maps of 8 layers need at least 512×512 pixels: take a larger input or fewer "
            "layers",
        ),
        (
            {
                "architecture": "other",
                "feature_maps": [each.model_dump(mode="json") for each in DETECTOR.feature_maps],
            },
            f"{saved}: architecture 'other' cannot be built; known is toy-ssd",
        ),
    ):
        detector = {**content["detector"], **changes}
        description.write_text(json.dumps({**content, "detector": detector}))
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(saved, CPU)
        assert str(caught.value) == sentence


def as_of_old(saved: Path, about: dict[str, Any]) -> DetectorConfig:
    """Write the JSON as it was before detectors had an architecture, and read it."""
    description = saved.with_suffix(".json")
    content = without_checksum(saved)
    kept = {name: content["detector"][name] for name in ("class_names", "anchors", "input_size")}
    description.write_text(json.dumps({**content, "detector": kept, "about": about}))
    return describe_checkpoint(saved)[0]


def test_checkpoints_of_old_mean_toy_ssd_and_the_variances_of_their_run(saved: Path) -> None:
    assert as_of_old(saved, {}) == DETECTOR
    assert as_of_old(saved, {"config": {"match": {}}}) == DETECTOR
    learned = {"match": {"variances": [1.0, 1.0, 0.5, 0.5]}}
    expected = DETECTOR.with_(variances=(1, 1, 0.5, 0.5))
    assert as_of_old(saved, {"config": learned}) == expected

    run = saved.parent / "runs" / "20260101"
    folder = run / "checkpoints"
    folder.mkdir(parents=True)
    for suffix in (".params", ".json"):
        shutil.copy(saved.with_suffix(suffix), folder / f"epoch-0001{suffix}")
    assert as_of_old(folder / "epoch-0001.params", {"epoch": 1}) == DETECTOR
    (run / "config.json").write_text(json.dumps({"config": learned}))
    assert as_of_old(folder / "epoch-0001.params", {"epoch": 1}) == expected
    (run / "config.json").write_text("torn")
    assert as_of_old(folder / "epoch-0001.params", {"epoch": 1}) == DETECTOR


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["body.0.0.weight", "body.1.1.running_var", "box_preds.1.bias"])
def test_weights_that_are_not_finite_are_never_saved(saved: Path, name: str, value: float) -> None:
    before = content(saved.parent)
    net = network(seed=1)
    parameter = net._collect_params_with_prefix()[name]
    values = parameter.data().asnumpy()
    values.flat[-1] = value
    parameter.set_data(mx.nd.array(values))
    with pytest.raises(CheckpointError) as caught:
        save_checkpoint(saved, net, DETECTOR)
    assert str(caught.value) == f"the weights {name} are not finite: nothing was saved"
    assert content(saved.parent) == before


@pytest.mark.parametrize("name", ["pet", "pet.json", "pet.params.json"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    sentence = f"a checkpoint's name must end in .params, got {path}"
    with pytest.raises(CheckpointError) as caught:
        save_checkpoint(path, network(), DETECTOR)
    assert str(caught.value) == sentence
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path, CPU)
    assert str(caught.value) == sentence
    assert content(tmp_path) == {}


def test_a_note_that_is_not_json_saves_nothing(saved: Path) -> None:
    before = content(saved.parent)
    with pytest.raises(ValueError, match="JSON"):
        save_checkpoint(saved, network(seed=1), DETECTOR, {"ap50": float("nan")})
    assert content(saved.parent) == before


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="file"):
        save_checkpoint(tmp_path / "file" / "pet.params", network(), DETECTOR)


_ATTEMPTS = """
import json, resource, sys
from pathlib import Path
from tests.engine.test_checkpoint import DETECTOR, content, network, save_checkpoint

path, net, told = Path(sys.argv[1]), network(seed=1), {}
before = content(path.parent)

def attempt(name, note=""):
    try:
        save_checkpoint(path, net, DETECTOR, {"note": note})
        told[name] = "saved"
    except (OSError, ValueError) as error:
        told[name] = f"{type(error).__name__}: {error}"
    if content(path.parent) != before:
        told[name] += ", and the files changed"

no_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
for name, limit, note in (
    ("nothing fits", 10, ""),
    ("half of the weights fits", 100_000, ""),
    ("the description does not fit", 2_000_000, "x" * 3_000_000),
):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, no_limit[1]))
    attempt(name, note)
resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
path.parent.chmod(0o555)
attempt("read-only folder")
path.parent.chmod(0o755)
sys.stdout.write(json.dumps(told))
"""

# A process of the superuser may write anywhere: take that capability, then start Python again.
_AS_ANYBODY = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_a_full_disk_or_a_read_only_folder_leaves_the_old_pair(saved: Path) -> None:
    # The limit of a file's size stands for the full disk; a process of its own bears it.
    assert saved.stat().st_size < 2_000_000
    before = content(saved.parent)
    done = subprocess.run(
        [sys.executable, "-c", _AS_ANYBODY, "-c", _ATTEMPTS, str(saved)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=240,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    not_whole = (
        f"NotWholeError: {saved} could not be written whole, so nothing was saved: "
        "is the disk full?"
    )
    told = json.loads(done.stdout)
    assert told.pop("read-only folder").startswith("PermissionError: [Errno 13]")
    assert told == {
        "nothing fits": not_whole,
        "half of the weights fits": not_whole,
        "the description does not fit": "OSError: [Errno 27] File too large",
    }
    assert content(saved.parent) == before
    load_checkpoint(saved, CPU, expected=DETECTOR)
