"""Arrays as MXNet writes them are read without it, and what is damaged is said in one sentence."""

from __future__ import annotations

import random
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from explorer.mxnet_files.arrays import MOST_BYTES, parse_arrays, read_arrays_file
from explorer.mxnet_files.errors import MxnetFileError
from explorer.net.runtime import mx

DTYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
ANYWHERE = Path("any.params")


def read(path: Path) -> dict[str, Any]:
    return parse_arrays(read_arrays_file(path), path)


def refusal(content: bytes) -> str:
    with pytest.raises(MxnetFileError) as caught:
        parse_arrays(content, ANYWHERE)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def number(kind: str, *values: int) -> bytes:
    return struct.pack(f"<{len(values)}{kind}", *values)


def file_of(*written: bytes, names: tuple[str, ...] = ("a",)) -> bytes:
    told = b"".join(number("Q", len(name)) + name for name in map(str.encode, names))
    head = number("Q", 0x112, 0, len(written))
    return head + b"".join(written) + number("Q", len(names)) + told


DEVICE_AND_FLOAT32 = number("i", 1, 0, 0)
ONES = np.ones((2, 3), np.float32)
FORM_2 = number("I", 0xF993FAC9, 0, 2) + number("q", 2, 3) + DEVICE_AND_FLOAT32 + ONES.tobytes()
FORM_1 = number("I", 0xF993FAC8, 2) + number("q", 2, 3) + DEVICE_AND_FLOAT32 + ONES.tobytes()
FORM_0 = number("I", 2, 2, 3) + DEVICE_AND_FLOAT32 + ONES.tobytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


@given(
    st.dictionaries(
        NAMES,
        st.sampled_from(DTYPES).flatmap(
            lambda dtype: arrays(dtype, array_shapes(min_dims=0, max_dims=5, min_side=0))
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_what_mxnet_saves_is_read_as_mxnet_reads_it(
    folder: Path, written: dict[str, Any], numpy_shapes: bool
) -> None:
    path = folder / "written.params"
    if not numpy_shapes:  # without numpy's shapes, MXNet has no arrays of these
        written = {name: values for name, values in written.items() if values.size and values.shape}
    with mx.util.np_shape(numpy_shapes):
        mx.nd.save(
            str(path),
            {name: mx.nd.array(values, dtype=values.dtype) for name, values in written.items()},
        )
        expected = mx.nd.load(str(path))
    found = read(path)
    # An empty file has no names, which MXNet takes for a list.
    assert list(found) == list(expected)
    for name, values in found.items():
        theirs = expected[name].asnumpy()
        assert values.dtype == theirs.dtype
        assert values.shape == theirs.shape
        assert values.flags.aligned
        np.testing.assert_array_equal(values, theirs)
        np.testing.assert_array_equal(values, written[name])


@pytest.mark.parametrize("form", [FORM_0, FORM_1, FORM_2], ids=["oldest", "1", "2"])
def test_all_forms_of_an_array_are_read_as_mxnet_reads_them(form: bytes, tmp_path: Path) -> None:
    path = tmp_path / "old.params"
    path.write_bytes(file_of(form, form, names=("first", "second")))
    found = read(path)
    expected = mx.nd.load(str(path))
    assert list(found) == list(expected) == ["first", "second"]
    for name in found:
        np.testing.assert_array_equal(found[name], ONES)
        np.testing.assert_array_equal(expected[name].asnumpy(), ONES)


def test_nothing_is_copied_and_nothing_can_be_written() -> None:
    content = file_of(FORM_2)
    values = parse_arrays(content, ANYWHERE)["a"]
    assert not values.flags.writeable
    assert not values.flags.owndata


DAMAGED = "any.params is damaged: its arrays end or begin where they should not"


@pytest.mark.parametrize("form", [FORM_0, FORM_1, FORM_2], ids=["oldest", "1", "2"])
def test_a_file_cut_anywhere_is_refused(form: bytes) -> None:
    whole = file_of(form, form, names=("first", "zwölf"))
    for length in range(8, len(whole)):
        assert refusal(whole[:length]) == DAMAGED
    assert refusal(whole + b"\0") == DAMAGED
    for length in range(1, 8):
        assert refusal(whole[:length]) == (
            "any.params is no file of MXNet's arrays: its beginning is another one"
        )


def test_damage_is_a_sentence_or_other_numbers_and_costs_no_memory() -> None:
    whole = file_of(FORM_0, FORM_1, FORM_2, names=("first", "second", "third"))
    sentences = set()
    tracemalloc.start()
    for seed in range(20_000):
        rng = random.Random(seed)
        damaged = bytearray(whole)
        for _each in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice(
                (0, 1, 0x7F, 0xFF, rng.randrange(256))
            )
        try:
            parse_arrays(bytes(damaged), ANYWHERE)
        except MxnetFileError as error:
            sentences.add(str(error))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 500_000
    assert DAMAGED in sentences
    assert not any("\n" in sentence for sentence in sentences)


HUGE = 2**62


@pytest.mark.parametrize(
    "content",
    [
        number("Q", 0x112, 0, HUGE),
        number("Q", 0x112, 0, 99_999) + FORM_2,
        file_of(number("I", 0xF993FAC9, 0, 1) + number("q", HUGE) + DEVICE_AND_FLOAT32),
        file_of(number("I", 0xF993FACA, 0, 2) + number("q", 0, HUGE) + DEVICE_AND_FLOAT32),
        file_of(number("I", 0xF993FACA, 0, 2) + number("q", HUGE, HUGE) + DEVICE_AND_FLOAT32),
        file_of(number("I", 0xF993FAC9, 0, 1) + number("q", -1) + DEVICE_AND_FLOAT32),
        file_of(number("I", 0xF993FAC9, 0, 2**31 - 1)),
        file_of(number("I", 33) + number("I", *[1] * 33) + DEVICE_AND_FLOAT32 + b"1234"),
        file_of(number("I", 0xF993FAC9, 7, 1) + number("q", 1) + DEVICE_AND_FLOAT32 + b"1234"),
        file_of(number("I", 0xF993FAC9, 0, 1) + number("q", 1) + number("i", 1, 0, 99) + b"1234"),
        file_of(FORM_2)[:-9] + number("Q", HUGE) + b"a",
        file_of(FORM_2, FORM_2, names=("same", "same")),
        file_of(FORM_2, FORM_2),
        file_of(FORM_2)[:-1] + b"\xff",
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(content: bytes) -> None:
    assert refusal(content) == DAMAGED


@pytest.mark.parametrize("kind", ["csr", "row_sparse"])
def test_sparse_arrays_are_refused_by_their_kind(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sparse.params"
    mx.nd.save(str(path), {"a": mx.nd.ones((2,)), "b": mx.nd.ones((3, 3)).tostype(kind)})
    with pytest.raises(MxnetFileError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: its array 2 is sparse ({kind}), which is not read"


@pytest.mark.parametrize(
    ("key", "kind"),
    [(8, "int16"), (9, "uint16"), (10, "uint32"), (11, "uint64"), (12, "bfloat16")],
)
def test_types_that_are_not_read_are_refused_by_name(key: int, kind: str) -> None:
    written = number("I", 0xF993FAC9, 0, 1) + number("q", 1) + number("i", 1, 0, key) + bytes(8)
    assert refusal(file_of(written)) == (
        f"any.params: its array 1 is of type {kind}, which is not read"
    )


def test_what_was_never_computed_is_refused() -> None:
    for nothing in (number("I", 0xF993FAC9, 0, 0), number("I", 0xF993FAC8, 0), number("I", 0)):
        assert refusal(file_of(nothing)) == (
            "any.params: its array 1 is empty, so something was never computed"
        )


def test_arrays_without_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.params"
    mx.nd.save(str(path), [mx.nd.ones((2,))])
    with pytest.raises(MxnetFileError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path} holds arrays without names, so nobody can say what they are"
    )


@pytest.mark.parametrize("content", [b"PK\x03\x04" * 9, b"\x80\x02}q\0." * 9, b"\0" * 99])
def test_other_files_are_refused(content: bytes) -> None:
    assert refusal(content) == (
        "any.params is no file of MXNet's arrays: its beginning is another one"
    )


def test_an_empty_file_is_called_so() -> None:
    assert refusal(b"") == "any.params is empty"


def test_a_pointer_of_git_lfs_says_how_to_get_the_file() -> None:
    assert refusal(b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 4\n") == (
        "any.params is a pointer of Git LFS, not the file itself: get that with “git lfs pull”"
    )


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.params"
    with path.open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(MxnetFileError) as caught:
        read(path)
    assert str(caught.value) == f"{path} is larger than 1024 MB, so it is not opened"
