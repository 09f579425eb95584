"""What the page says of a checkpoint before it is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.config import CREATURE, DetectorConfig
from explorer.data_folders import shipped_root
from explorer.pages.detect.model_dropdown import model_sentence
from explorer.pages.shared.choices.names_text import names_text


def described(folder: Path, class_names: tuple[str, ...], about: dict[str, Any]) -> Path:
    """Return a checkpoint whose weights are none: nobody shall read them."""
    path = folder / "some.params"
    path.write_bytes(b"no weights")
    detector = DetectorConfig(class_names=class_names, anchors=CREATURE)
    content = {"detector": detector.model_dump(mode="json"), "sha256": "0", "about": about}
    path.with_suffix(".json").write_text(json.dumps(content))
    return path


def test_the_shipped_model_knows_the_creature() -> None:
    path = shipped_root() / "pretrained" / "creature.params"
    assert model_sentence(path) == "Finds 1 class: creature. Trained on creature."


@pytest.mark.parametrize(
    ("about", "trained"),
    [
        ({"dataset": "cards"}, " Trained on cards."),
        ({"config": {"dataset": "/somewhere/<b>cards"}}, " Trained on <b>cards."),
        ({}, ""),
        ({"config": [], "dataset": 3}, ""),
    ],
)
def test_the_data_set_is_told_where_it_is_known(
    about: dict[str, Any], trained: str, tmp_path: Path
) -> None:
    path = described(tmp_path, ("ace", "jack"), about)
    assert model_sentence(path) == f"Finds 2 classes: ace, jack.{trained}"


def test_of_many_classes_the_first_are_named() -> None:
    names = [f"c{number}" for number in range(20)]
    assert names_text(names[:6]) == "c0, c1, c2, c3, c4, c5"
    assert names_text(names) == "c0, c1, c2, c3, c4, c5 and 14 more"


def test_of_a_damaged_checkpoint_nothing_is_said(tmp_path: Path) -> None:
    path = described(tmp_path, ("ace",), {})
    path.with_suffix(".json").write_text("{")
    assert model_sentence(path) == ""
    assert model_sentence(tmp_path / "gone.params") == ""
