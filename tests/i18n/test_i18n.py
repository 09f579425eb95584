"""The language of texts: asked for, changed while the process lives, English where it lacks one."""

from __future__ import annotations

import errno
import os

import pytest

from explorer.config import AnchorConfig
from explorer.i18n import _, language, ngettext, reason_of, set_language
from explorer.ssd.probabilities import softmax
from tests.i18n.pseudo import LANGUAGE, english_left, pseudo


def test_a_text_is_said_with_its_values() -> None:
    assert (
        _("{name!r} is taken: choose another name", name="a") == "'a' is taken: choose another name"
    )
    assert _("{a} to be filled later") == "{a} to be filled later"
    assert _("") == ""


@pytest.mark.parametrize(("n", "said"), [(0, "0 images"), (1, "1 image"), (1234, "1,234 images")])
def test_a_number_of_things(n: int, said: str) -> None:
    assert ngettext("{n:,} image", "{n:,} images", n) == said


@pytest.mark.usefixtures("pseudo_language")
def test_another_language_is_heard_at_once_and_everywhere() -> None:
    assert language() == LANGUAGE
    assert ngettext("{n:,} image", "{n:,} images", 2) == "2⟦ images⟧"
    with pytest.raises(ValueError, match=r"⟦sizes has ⟧1⟦ layers, ratios has ⟧2"):
        AnchorConfig.of([[0.2]], [[1.0], [1.0]])
    with pytest.raises(ValueError, match="⟦class_scores must have shape "):
        softmax([])
    assert (
        reason_of(OSError(errno.ENOENT, os.strerror(errno.ENOENT))) == "⟦No such file or directory⟧"
    )
    set_language("en")
    assert (language(), ngettext("{n:,} image", "{n:,} images", 2)) == ("en", "2 images")


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ({}, "en"),
        ({"LANG": "eo_XX.UTF-8"}, "eo"),
        ({"LANG": "eo", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "qq:eo"}, "eo"),
        ({"LANGUAGE": "en_GB:eo"}, "en"),
        ({"LANG": "qq"}, "en"),
    ],
)
def test_the_environment_asks_for_a_language(
    asked: dict[str, str], heard: str, monkeypatch: pytest.MonkeyPatch, pseudo_language: None
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    set_language()
    assert language() == heard


def test_the_pseudo_language_brackets_pieces() -> None:
    assert pseudo("{n:,} boxes of <b>{{this}}</b> &amp; **that**") == (
        "{n:,}⟦ boxes of ⟧<b>{{⟦this⟧}}</b> &amp; **⟦that⟧**"
    )
    assert pseudo("{a}: {b}") == "{a}: {b}"
    assert english_left("⟦no ⟧cat⟦ here⟧ dog") == ["cat", "dog"]
