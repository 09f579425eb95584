"""A detector that others made becomes a checkpoint of ours, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from explorer.config import CREATURE, DetectorHints
from explorer.engine import Engine
from explorer.engine.adoption import adopt, adopted_path, find_adopted
from explorer.engine.checkpoint_files import CheckpointError, find_foreign, verify_checkpoint
from explorer.engine.foreign.proposals import proposal_sentences
from tests.mxnet_files.tutorial_network import PlainNetwork, randomised

IMAGES = np.random.default_rng(0).integers(0, 256, (1, 256, 256, 3), np.uint8)
HINTS = DetectorHints(class_names=("cat", "dog"), anchors=CREATURE, pixel_std=(1, 2, 3))


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "ssd_150.params"
    randomised(PlainNetwork()).save_parameters(str(path))
    return path


def test_it_is_a_pair_that_predicts_the_same_and_says_where_it_came_from(
    theirs: Path, tmp_path: Path
) -> None:
    target = tmp_path / "new" / "pets.params"
    said = adopt(theirs, target, HINTS)
    assert said == [
        "No input size in the file: using 256 px.",
        "Nothing in the file on pixels: using RGB, mean 123 117 104.",
    ]
    assert find_foreign(target) is None
    detector, content = verify_checkpoint(target)
    assert (detector.class_names, detector.anchors) == (("cat", "dog"), CREATURE)
    assert content["about"] == {
        "adopted": {
            "file": "ssd_150.params",
            "sha1": hashlib.sha1(theirs.read_bytes()).hexdigest(),
            "known": None,
            "told": ["anchors", "class_names", "pixel_std"],
            "proposed": ["channel_order", "input_size", "pixel_mean"],
        }
    }
    assert proposal_sentences(detector, content) == []
    before, after = (
        Engine.load(theirs, "cpu", HINTS).predict(IMAGES),
        Engine.load(target, "cpu").predict(IMAGES),
    )
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_replaced_unless_that_is_asked_for(theirs: Path, tmp_path: Path) -> None:
    target = tmp_path / "pets.params"
    for there in (target, target.with_suffix(".json")):
        there.write_text("mine")
        with pytest.raises(CheckpointError) as caught:
            adopt(theirs, target)
        assert str(caught.value) == f"{there} exists already: choose another name"
        assert there.read_text() == "mine"
        there.unlink()
    target.write_text("mine")
    adopt(theirs, target, overwrite=True)
    adopt(theirs, target, HINTS, overwrite=True)
    assert verify_checkpoint(target)[0].class_names == ("cat", "dog")


def test_what_is_read_is_never_replaced(theirs: Path) -> None:
    content = theirs.read_bytes()
    with pytest.raises(CheckpointError) as caught:
        adopt(theirs, theirs, overwrite=True)
    assert str(caught.value) == (
        f"{theirs} would be replaced by what is made of it: choose another name"
    )
    assert theirs.read_bytes() == content
    assert not theirs.with_suffix(".json").exists()


def test_what_is_ours_needs_no_adoption(tmp_path: Path) -> None:
    ours = tmp_path / "ours.params"
    Engine(("cat",), input_size=64, device="cpu").save(ours)
    with pytest.raises(CheckpointError) as caught:
        adopt(ours, tmp_path / "other.params")
    assert str(caught.value) == (
        f"{ours} is described by ours.json already, so there is nothing to adopt"
    )


def test_what_does_not_open_writes_nothing(theirs: Path, tmp_path: Path) -> None:
    theirs.write_bytes(theirs.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="is damaged"):
        adopt(theirs, tmp_path / "pets.params")
    assert [path.name for path in tmp_path.iterdir()] == ["ssd_150.params"]
    with pytest.raises(CheckpointError, match=r"a checkpoint's name must end in \.params"):
        adopt(theirs, tmp_path / "pets")


def test_it_lies_in_the_folder_of_the_users_detectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    assert adopted_path("ssd_1.0") == tmp_path / "detectors" / "ssd_1.0.params"
    assert find_adopted("ssd_1.0") is None
    adopted_path("ssd_1.0").parent.mkdir()
    adopted_path("ssd_1.0").touch()
    assert find_adopted("ssd_1.0") == adopted_path("ssd_1.0")
    for name in ("tutorial", "ssd_pikachu-fbb7d872"):  # and the tutorial's own file
        with pytest.raises(ValueError, match=f"'{name}' is taken: choose another name"):
            adopted_path(name)
    for name in ("", "../up", "a/b", ".hidden", "x" * 65, "nul\0", "pets.params"):
        assert find_adopted(name) is None
        with pytest.raises(ValueError, match="a detector's name is up to 64 letters"):
            adopted_path(name)


def test_the_description_is_json_of_ours(theirs: Path, tmp_path: Path) -> None:
    target = tmp_path / "pets.params"
    adopt(theirs, target)
    assert list(json.loads(target.with_suffix(".json").read_text())) == [
        "detector",
        "sha256",
        "about",
        "json_sha256",
    ]
