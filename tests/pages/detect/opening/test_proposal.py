"""What is proposed of a detector, as texts that the user changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.config import SSD300, TOY_SSD, DetectorConfig, DetectorHints
from explorer.pages.detect.opening.proposal import LABELS, Proposal

DETECTOR = DetectorConfig(class_names=("class 0", "class 1"))


@pytest.fixture
def proposal() -> Proposal:
    return Proposal(Path("a.params"), "a", DETECTOR, tuple(LABELS))


def test_what_is_proposed_is_written_as_people_write_it(proposal: Proposal) -> None:
    assert proposal.texts() == {
        "class_names": "class 0, class 1",
        "input_size": "256",
        "anchors": "toy-ssd",
        "channel_order": "rgb",
        "pixel_mean": "123, 117, 104",
        "pixel_std": "1, 1, 1",
    }
    own = TOY_SSD.with_(layers=TOY_SSD.layers[:4])
    other = Proposal(Path(), "", DETECTOR.with_(anchors=own, feature_maps=()), ("anchors",))
    assert other.texts() == {"anchors": own.to_json()}


def test_only_what_was_changed_is_told(proposal: Proposal) -> None:
    assert proposal.hints(proposal.texts()) == DetectorHints()
    changed = {
        "class_names": "cat,\n dog ,",
        "input_size": " 300",
        "anchors": "ssd300",
        "channel_order": "bgr",
        "pixel_mean": "(123.68, 116.78, 103.94)",
        "pixel_std": "58.4 57.1 57.4",
    }
    assert proposal.hints({**proposal.texts(), **changed}) == DetectorHints(
        class_names=("cat", "dog"),
        input_size=300,
        anchors=SSD300,
        channel_order="bgr",
        pixel_mean=(123.68, 116.78, 103.94),
        pixel_std=(58.4, 57.1, 57.4),
    )
    whole_page = f'{{"anchors": {SSD300.to_json()}, "dataset": "sample"}}'
    for text in (SSD300.to_json(), whole_page):
        assert proposal.hints({"anchors": text}) == DetectorHints(anchors=SSD300)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("input_size", "large", "Input (px): a whole number, not 'large'."),
        ("pixel_mean", "1, 2", "Pixel mean (3 numbers): not '1, 2'."),
        ("pixel_std", "a b c", "Pixel deviation (3 numbers): not 'a b c'."),
        ("channel_order", "cmyk", "channel_order must be 'rgb' or 'bgr', got 'cmyk'"),
        (
            "anchors",
            "mine",
            "Anchors (preset or text): one of toy-ssd, creature, ssd300, ssd512, or their text "
            "from the anchors page.",
        ),
        ("anchors", '{"layers": 3}', "Anchors (preset or text): layers must be a list, got 3."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    proposal: Proposal, name: str, text: str, said: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        proposal.hints({name: text})
    assert str(caught.value) == said
