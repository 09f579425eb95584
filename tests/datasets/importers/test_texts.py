from __future__ import annotations

import codecs

import pytest

from explorer.datasets.importers.folder.texts import decode

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
