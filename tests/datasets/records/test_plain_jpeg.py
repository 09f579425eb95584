from __future__ import annotations

import io

import pytest
from PIL import Image

from explorer.datasets.records.plain_jpeg import plain_jpeg_size
from explorer.images import read_header
from tests.datasets.labelled import picture


def saved(**options: object) -> bytes:
    stream = io.BytesIO()
    Image.open(io.BytesIO(picture(size=(90, 50)))).save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content", [saved(), saved(progressive=True), saved(comment=b"c" * 999), saved(dpi=(72, 72))]
)
def test_a_plain_jpeg(content: bytes) -> None:
    assert plain_jpeg_size(content) == read_header(content).size_px == (90, 50)
    assert plain_jpeg_size(content + bytes(100)) == (90, 50)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xd9",
        saved()[:-2],
        saved()[:300] + b"\xff\xd9",
        picture(mode="L"),
        picture(mode="CMYK"),
        picture(orientation=3),
        picture(kind="PNG"),
    ],
)
def test_all_else_has_to_be_looked_at(content: bytes) -> None:
    assert plain_jpeg_size(content) is None


def test_whatever_is_cut_off_is_known_or_not_but_never_wrong() -> None:
    content = saved(progressive=True)
    sizes = {plain_jpeg_size(content[:end] + b"\xff\xd9") for end in range(700)}
    assert sizes <= {None, (90, 50)}
