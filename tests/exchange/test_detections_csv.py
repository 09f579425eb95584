"""The table of detections: what stands in it, and what no spreadsheet may run."""

from __future__ import annotations

import csv
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.exchange.detections_csv import detections_csv
from tests.exchange.found import detected

HOSTILE = st.text(st.sampled_from("=+-@'\t\r\n\"，,;＝ a\u202e"), max_size=8)


def test_what_is_written() -> None:
    images = [
        detected("a.png", boxes_px=[[1, 2.346, 3, 4], [0, 0, 200, 100]], scores=[0.75, 0.5]),
        detected("none.png"),
        detected("b.png", boxes_px=[[10, 20, 30, 40]], scores=[0.1234567], class_ids=[1]),
    ]
    assert detections_csv(images, ["cat", "big, red dog"]) == (
        '"image","class","score","xmin_px","ymin_px","xmax_px","ymax_px","anchor","layer"\n'
        '"a.png","cat",0.75,1.0,2.35,3.0,4.0,0,0\n'
        '"a.png","cat",0.5,0.0,0.0,200.0,100.0,10,0\n'
        '"b.png","big, red dog",0.123457,10.0,20.0,30.0,40.0,0,0\n'
    )


def test_nothing_found() -> None:
    assert detections_csv([], ["cat"]).count("\n") == 1


@given(image=HOSTILE, name=HOSTILE)
def test_names_come_back_and_none_is_a_formula(image: str, name: str) -> None:
    text = detections_csv([detected(image, boxes_px=[[0, 0, 1, 1]])], [name])
    _, row = csv.reader(io.StringIO(text, newline=""))
    assert len(row) == 9
    for cell, given_name in zip(row[:2], (image, name), strict=True):
        assert cell.removeprefix("'") == given_name
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "-2", "+2", "＝1", "\t=1", "'quoted"])
def test_what_a_spreadsheet_would_compute_begins_with_a_quote(name: str) -> None:
    lines = detections_csv([detected(name, boxes_px=[[0, 0, 1, 1]])], ["x"]).splitlines()
    assert lines[1].startswith(f"\"'{name}")


def test_a_file_name_that_is_no_text_can_be_written() -> None:
    text = detections_csv([detected(os.fsdecode(b"caf\xe9.png"), boxes_px=[[0, 0, 1, 1]])], ["x"])
    assert "caf\N{REPLACEMENT CHARACTER}.png" in text.encode("utf-8").decode("utf-8")
