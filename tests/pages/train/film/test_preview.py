from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.config import CREATURE
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.pages.train.film.preview import film_preview
from explorer.training.film import FILM_IMAGES, watched_images
from tests.datasets.record_files import write_records


def test_a_run_watches_the_very_images(tmp_path: Path) -> None:
    preview = film_preview("sample")
    assert (preview.of, preview.class_names) == ("sample", ("creature",))
    watched = watched_images(open_dataset("sample", "val"), Engine(("creature",), CREATURE))
    assert len(preview.samples) == FILM_IMAGES
    for sample, image in zip(preview.samples, watched, strict=True):
        assert sample.record_id == image.record_id
        np.testing.assert_array_equal(sample.image, image.image)
        np.testing.assert_array_equal(sample.labels, image.labels)


def test_a_small_set_shows_all_that_it_has(tmp_path: Path) -> None:
    write_records(tmp_path / "val.rec", [[[0, 0.1, 0.1, 0.5, 0.5]], [[2, 0.2, 0.2, 0.9, 0.9]]])
    preview = film_preview(str(tmp_path))
    assert [sample.record_id for sample in preview.samples] == [0, 1]
    assert preview.class_names == ("class 0", "class 1", "class 2")
    assert preview.of == str(tmp_path)


def test_images_of_the_sample_stand_in_for_a_set_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "no-data"))
    numbers = [sample.record_id for sample in film_preview("sample").samples]
    for dataset, classes in (
        ("creature-two", ("creature", "sprout")),
        ("pikachu", ("pikachu",)),
        (str(tmp_path / "nowhere"), ()),
    ):
        preview = film_preview(dataset)
        assert (preview.dataset, preview.of, preview.class_names) == (dataset, "sample", classes)
        assert [sample.record_id for sample in preview.samples] == numbers
