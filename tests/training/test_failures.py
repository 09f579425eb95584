from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from explorer.config import TrainConfig
from explorer.training.failures import explain_failure


def _os_error(number: int, *names: str) -> OSError:
    error = OSError(number, os.strerror(number), *names[:1])
    if len(names) > 1:
        error.filename2 = names[1]
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("sizes must be\nabove 0"), "sizes must be above 0"),
        (KeyError(), "KeyError"),
        (_os_error(errno.EACCES, "a/b"), "a/b: permission denied"),
        (
            _os_error(errno.ENOSPC, "a/.b.tmp", "a/b"),
            "a/b: the disk is full; free some space and try again",
        ),
        (
            _os_error(errno.EADDRINUSE),
            "The port is taken; choose another with --port",
        ),
        (_os_error(errno.EIO, "x"), "x: Input/output error"),
        (FileExistsError("data exists already"), "data exists already"),
    ],
)
def test_one_sentence(error: Exception, sentence: str) -> None:
    assert explain_failure(error) == sentence


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent") as caught:
        (tmp_path / "absent").read_bytes()
    assert explain_failure(caught.value) == f"{tmp_path / 'absent'}: no such file or folder"


def test_a_setting_out_of_range_is_named() -> None:
    with pytest.raises(ValidationError) as caught:
        TrainConfig(epochs=0)
    assert explain_failure(caught.value) == "epochs must be 1 to 10000, got 0"
