from __future__ import annotations

import numpy as np
import pytest

from explorer.datasets.labels import clean, padded, problem

NAN = float("nan")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0, 0.1, 0.1, 0.2, 0.2]], None),
        ([[0, -0.009, 0, 1.009, 1]], None),  # a rounding outside
        ([], None),
        ([[-1, -1, -1, -1, -1]], None),  # padding alone
        ([[0, 10, 20, 50, 80]], "boxes look like pixels, expected 0–1"),
        ([[0, 0.1, 0.1, 0.2, 0.2], [0, 0, 0, 256, 256]], "boxes look like pixels, expected 0–1"),
        ([[7, 0.1, 0.1, 0.2, 0.2]], "class 7, the data set has 2 classes"),
        ([[-2, 0.1, 0.1, 0.2, 0.2]], "class -2 is not a whole number from 0"),
        ([[0.5, 0.1, 0.1, 0.2, 0.2]], "class 0.5 is not a whole number from 0"),
        ([[0, NAN, 0.1, 0.2, 0.2]], "a label is not a finite number"),
        ([[0, 0.5, 0.1, 0.2, 0.2]], "box (0.5, 0.1, 0.2, 0.2) is empty or inverted"),
        ([[0, 0.1, 0.2, 0.5, 0.2]], "box (0.1, 0.2, 0.5, 0.2) is empty or inverted"),
        ([[0, 0.5, 0.5, 1.25, 0.75]], "box (0.5, 0.5, 1.25, 0.75) reaches out of the image"),
        ([[0, -0.009, 0.1, -0.001, 0.5]], "box (-0.009, 0.1, -0.001, 0.5) is outside of the image"),
        ([[0, 0.1, 1.0, 0.5, 1.005]], "box (0.1, 1, 0.5, 1.005) is outside of the image"),
    ],
)
def test_what_is_wrong_with_a_label(rows: list[list[float]], message: str | None) -> None:
    found = problem(np.array(rows, dtype=np.float32).reshape(-1, 5), num_classes=2)
    if message is None:
        assert found is None
    else:
        assert found is not None
        assert found.startswith(message)


def test_one_class_is_written_in_the_singular() -> None:
    label = np.array([[7, 0.1, 0.1, 0.2, 0.2]], dtype=np.float32)
    assert problem(label, 1) == "class 7, the data set has 1 class"
    assert problem(label) is None


def test_an_image_has_no_more_objects_than_the_limit() -> None:
    label = np.tile(np.array([[0, 0.1, 0.1, 0.2, 0.2]], np.float32), (10_001, 1))
    assert problem(label[1:]) is None
    assert problem(label) == "10,001 objects on one image, more than the 10,000 that are read"


def test_clean_drops_padding_and_cuts_at_the_border() -> None:
    labels = np.array([[1, -0.01, 0.2, 1.005, 0.5], [-1] * 5], dtype=np.float32)
    before = labels.copy()
    np.testing.assert_array_equal(clean(labels), np.array([[1, 0, 0.2, 1, 0.5]], dtype=np.float32))
    np.testing.assert_array_equal(labels, before)


def test_padded() -> None:
    labels = np.array([[1, 0.1, 0.2, 0.3, 0.4]], dtype=np.float32)
    rows = padded(labels, 3)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[0], labels[0])
    np.testing.assert_array_equal(rows[1:], np.full((2, 5), -1))
    with pytest.raises(ValueError, match="1 labels do not fit into 0 rows"):
        padded(labels, 0)
