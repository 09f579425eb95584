"""What all formats share: their names, JSON, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import ANCHOR_PRESETS, TOY_SSD, AnchorConfig
from explorer.exchange import FORMATS, read_anchors_text
from tests.exchange.anchor_sets import configs, write_for_toy_ssd


def test_no_two_formats_have_one_title() -> None:
    assert len({known.title for known in FORMATS.values()}) == len(FORMATS)


@given(configs())
def test_json_is_that_of_the_settings(config: AnchorConfig) -> None:
    written = write_for_toy_ssd(config, "json", (256, 256))
    assert AnchorConfig.model_validate_json(written.text) == config
    assert read_anchors_text(written.text, "json", (256, 256)) == config
    assert written.notes == ()


@pytest.mark.parametrize("format_id", FORMATS)
@pytest.mark.parametrize("preset", ANCHOR_PRESETS)
def test_every_text_ends_with_a_line_break(format_id: str, preset: str) -> None:
    written = write_for_toy_ssd(ANCHOR_PRESETS[preset], format_id, (300, 500))
    assert written.text.endswith("\n")
    assert not written.text.endswith("\n\n")
    assert all(note.endswith(".") and "\n" not in note for note in written.notes)


@pytest.mark.parametrize("format_id", FORMATS)
def test_an_input_too_small_is_refused(format_id: str) -> None:
    with pytest.raises(ValueError, match="5 layers need at least 64×64 pixels"):
        write_for_toy_ssd(TOY_SSD, format_id, (32, 256))


def test_unknown_formats_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no format is called 'onnx'; known are: json, mxnet"):
        write_for_toy_ssd(TOY_SSD, "onnx", (256, 256))
    with pytest.raises(ValueError, match="no format is called 'onnx'"):
        read_anchors_text("", "onnx", (256, 256))


def test_what_cannot_be_read_says_what_can() -> None:
    name = "torchvision-anchor-generator"
    text = write_for_toy_ssd(TOY_SSD, name, (256, 256)).text
    with pytest.raises(
        ValueError,
        match="cannot be read from torchvision AnchorGenerator; "
        "paste one of: json, mxnet, toy-ssd, pytorch-ssd, tf-od-api, caffe",
    ):
        read_anchors_text(text, name, (256, 256))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "Invalid JSON"),
        ('{"layers": 3}', "layers must be a list"),
        ('{"layers": [{"sizes": [9], "ratios": [1]}]}', "sizes must be above 0 and at most 2"),
        ("x" * 1_000_001, "The text has 1,000,001 characters, at most 1,000,000 are read."),
    ],
)
def test_json_that_cannot_be_read_is_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (compared below)
        read_anchors_text(text, "json", (256, 256))
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


@given(
    st.sampled_from([name for name, known in FORMATS.items() if known.read]),
    st.integers(0, 400),
    st.integers(0, 30),
    st.one_of(st.text(max_size=10), st.sampled_from(["{", "}", "[", ":", "0", "-", "1e999", "("])),
)
def test_a_damaged_text_is_read_or_refused_with_a_sentence(
    format_id: str, start: int, length: int, replacement: str
) -> None:
    whole = write_for_toy_ssd(TOY_SSD, format_id, (256, 256)).text
    text = whole[:start] + replacement + whole[start + length :]
    try:
        config = read_anchors_text(text, format_id, (256, 256))
    except ValueError as error:
        sentence = str(error)
        assert sentence
        assert "\n" not in sentence
    else:
        assert 2 <= len(config.layers) <= 8
