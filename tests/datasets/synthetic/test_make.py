from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import CancelledError, dataset_path, make, open_dataset
from explorer.datasets.description import Description


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("creature", tmp_path_factory.mktemp("made") / "creature", 5, 4, 2)


def test_what_is_made(made: Path) -> None:
    assert set(content(made)) == {
        "dataset.json", "train.idx", "train.lst", "train.rec", "val.idx", "val.lst", "val.rec",
    }  # fmt: skip
    description = Description.load(made)
    assert description is not None
    assert (description.class_names, description.variant, description.seed) == (
        ("creature",),
        "creature",
        5,
    )
    for split, count in (("train", 4), ("val", 2)):
        dataset = open_dataset(made, split)
        assert len(dataset) == count == description.splits[split].num_records
        assert dataset.max_objects == 1
        assert [sample.image.shape for sample in dataset] == [(256, 256, 3)] * count


def test_the_same_arguments_give_the_same_bytes_and_nothing_else_is_left(
    made: Path, tmp_path: Path
) -> None:
    calls: list[tuple[int, int]] = []
    again = make(
        "creature", tmp_path / "a", 5, 4, 2, progress=lambda *numbers: calls.append(numbers)
    )
    assert content(again) == content(made)
    assert calls == [(done, 6) for done in range(1, 7)]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_another_seed_gives_other_images_and_a_shorter_set_is_the_beginning(
    made: Path, tmp_path: Path
) -> None:
    other = content(make("creature", tmp_path / "b", 6, 1, 1))
    short = content(make("creature", tmp_path / "c", 5, 2, 1))
    full = content(made)
    assert full["train.rec"].startswith(short["train.rec"])
    assert full["val.rec"].startswith(short["val.rec"])
    assert not full["train.rec"].startswith(other["train.rec"][:2000])


def test_the_sample_is_the_beginning_of_the_set_with_seed_0(tmp_path: Path) -> None:
    # Processors may round differently, so pictures are compared, not bytes.
    folder = make("creature", tmp_path / "a", 0, 2, 2)
    for split in ("train", "val"):
        for new, kept in zip(
            open_dataset(folder, split), open_dataset("sample", split), strict=False
        ):
            np.testing.assert_allclose(new.labels, kept.labels, atol=1.5 / 256)
            assert np.abs(new.image.astype(int) - kept.image).mean() < 0.5


def test_two_classes(tmp_path: Path) -> None:
    dataset = open_dataset(make("creature-two", tmp_path / "a", 0, 6, 1), "train")
    assert dataset.class_names == ("creature", "sprout")
    assert {int(labels[0, 0]) for labels in dataset.labels} == {0, 1}
    assert {len(labels) for labels in dataset.labels} == {1}


def test_a_set_that_is_there_is_replaced_only_if_asked(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "train.rec").write_text("an old one")
    with pytest.raises(FileExistsError, match="exists already; ask to replace it"):
        make("creature", folder, 0, 1, 1)
    assert (folder / "train.rec").read_text() == "an old one"
    make("creature", folder, 0, 1, 1, replace=True)
    assert len(open_dataset(folder, "train")) == 1
    (folder / "mine.txt").write_text("precious")
    with pytest.raises(ValueError, match=r"holds mine\.txt, which no data set has"):
        make("creature", folder, 0, 1, 1, replace=True)
    assert (folder / "mine.txt").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_cancelled_leaves_nothing_and_keeps_what_was(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "train.rec").write_text("an old one")
    done = 0

    def count(now: int, _: int) -> None:
        nonlocal done
        done = now

    with pytest.raises(CancelledError, match="stopped after 2 of 101 images"):
        make("creature", folder, 0, 100, 1, count, lambda: done == 2, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert list(content(folder)) == ["train.rec"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    # A limit on the size of files fails as a full disk does, in the middle of a write.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, before[1]))
    try:
        with pytest.raises(OSError, match=r"^cannot write the data set to .*/a: File too large$"):
            make("creature", tmp_path / "a", 0, 5, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"^cannot write the data set to .*: Not a directory$"):
        make("creature", tmp_path / "file" / "a", 0, 1, 1)


@pytest.mark.parametrize(
    ("variant", "numbers", "message"),
    [
        ("dragon", (0, 1, 1), "no variant is called 'dragon'; known are: creature, creature-two"),
        ("creature", (-1, 1, 1), "got seed -1, 1 and 1"),
        ("creature", (0, 0, 1), "each split needs an image, got seed 0, 0 and 1"),
    ],
)
def test_bad_arguments(
    variant: str, numbers: tuple[int, int, int], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        make(variant, tmp_path / "a", *numbers)
    assert list(tmp_path.iterdir()) == []


def test_the_sample_is_small_enough_to_be_committed() -> None:
    files = list(dataset_path("sample").iterdir())
    assert sum(path.stat().st_size for path in files) < 1_800_000
