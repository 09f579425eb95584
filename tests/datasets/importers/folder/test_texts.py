from __future__ import annotations

import codecs
import re
from pathlib import Path

import pytest

from explorer.datasets.importers.folder.texts import decode, is_encoding, read_text, read_xml

TEXT = "image,label\na.jpg,Käfer\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        TEXT.encode("utf-16-le"),  # every second byte is 0
        TEXT.encode("utf-16-be"),
    ],
)
def test_texts_are_in_what_their_first_bytes_say(content: bytes) -> None:
    assert decode(content, "a.csv") == TEXT


def test_two_bytes_say_nothing_of_their_encoding() -> None:
    assert decode(b"\0a", "x") == "\0a"
    assert decode(b"\0a\0b", "x") == "ab"
    assert decode(b"a\0", "x") == "a\0"
    assert decode(b"a\0b\0", "x") == "ab"


def test_a_refusal_shows_the_word_in_other_encodings_and_says_what_to_do() -> None:
    content = ("x" * 60 + ",Käfer," + "y" * 60).encode("cp1252")
    with pytest.raises(ValueError, match=r"^a.csv is not in UTF-8: cp1252 reads “Käfer”") as error:
        decode(content, "a.csv")
    assert "--encoding cp1252" in str(error.value)
    assert "xx" not in str(error.value)
    assert decode(content, "a.csv", "cp1252").endswith(",Käfer," + "y" * 60)


def test_the_encoding_that_was_told_is_not_offered_again() -> None:
    with pytest.raises(ValueError, match=r"^a.csv is not in EUC_KR: ") as error:
        decode("Käfer".encode("cp1252"), "a.csv", "euc_kr")
    assert "euc_kr reads" not in str(error.value)


def test_a_long_word_is_cut_around_the_byte() -> None:
    content = b"a" * 100 + "ä".encode("cp1252") + b"b" * 100
    with pytest.raises(ValueError, match=f"cp1252 reads “{'a' * 40}ä{'b' * 39}”"):
        decode(content, "a.csv")


@pytest.mark.parametrize(
    ("encoding", "told", "text"),
    [
        ("cp1252", "cp1252", "[Käfer]"),
        ("gbk", "gb2312", "甲虫"),
        ("gb18030", "GBK", "鎔"),
        ("utf-16", "cp1252", "Käfer"),
    ],
)
def test_what_is_told_is_taken_where_nothing_is_marked(encoding: str, told: str, text: str) -> None:
    assert decode(text.encode(encoding), "x.csv", told) == text


@pytest.mark.parametrize(
    ("declared", "stored", "text"),
    [
        ("GBK", "gbk", "甲虫"),
        ("GB2312", "gb18030", "鎔"),
        ("utf-8", "utf-16", "甲虫"),
        ("no-such", "utf-8", "甲虫"),
        ("undefined", "utf-8", "甲虫"),
        ("rot13", "utf-8", "甲虫"),
        ("UTF-8", "cp1252", None),
    ],
)
def test_what_xml_declares(tmp_path: Path, declared: str, stored: str, text: str | None) -> None:
    whole = f'<?xml version="1.0" encoding="{declared}"?><a>{text or "Käfer"}</a>'
    (tmp_path / "x.xml").write_bytes(whole.encode(stored))
    if text is None:
        with pytest.raises(ValueError, match=re.escape("x.xml is not in UTF-8")):
            read_xml(tmp_path / "x.xml")
    else:
        assert read_xml(tmp_path / "x.xml") == whole


def test_what_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gone\.txt cannot be read: "):
        read_text(tmp_path / "gone.txt")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("utf-8", True), ("gb18030", True), ("rot13", False), ("nonsense", False), ("a\0", False)],
)
def test_names_of_encodings(name: str, is_one: bool) -> None:
    assert is_encoding(name) is is_one


def test_a_word_ends_at_brackets() -> None:
    with pytest.raises(ValueError, match=r"cp1252 reads “Käfer”"):
        decode("names: [Käfer]".encode("cp1252"), "data.yaml")
