"""A real detector, small and untrained, judged on real data sets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.config import CREATURE, DetectConfig
from explorer.datasets import open_dataset
from explorer.engine import Engine
from explorer.evaluation.error_types import ErrorType
from explorer.evaluation.evaluate import EVALUATION, evaluate
from explorer.pages.detect.whole_set.mistake_cases import Selection
from explorer.pages.detect.whole_set.model import SHOWN, DatasetJudgement
from tests.training.runs import write_tiny_dataset


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(("creature",), CREATURE, input_size=64, device="cpu")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "some.params"
    path.touch()
    return path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root with a set of creatures and one of something else, beside the sample."""
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path))
    for name, class_name in (("creature", "creature"), ("pikachu", "pikachu")):
        folder = write_tiny_dataset(tmp_path / name, num_train=1, num_val=5)
        (folder / "dataset.json").write_text(json.dumps({"class_names": [class_name]}))
    return tmp_path


@pytest.fixture
def model(data: Path, engine: Engine, checkpoint: Path) -> DatasetJudgement:
    model = DatasetJudgement()
    model.use_engine(engine, checkpoint)
    return model


def seen(model: DatasetJudgement, *names: str) -> list[Any]:
    """Return a list to which every value of these traits is added."""
    values: list[Any] = []
    model.observe(lambda change: values.append(change["new"]), list(names))
    return values


def test_the_sample_comes_first_and_only_what_is_there_is_offered(model: DatasetJudgement) -> None:
    assert model.datasets == ("sample", "creature", "pikachu")
    assert (model.dataset, model.state, model.verdict) == ("sample", "idle", None)


def test_the_figures_are_those_of_an_evaluation(model: DatasetJudgement, engine: Engine) -> None:
    states, progress = seen(model, "state"), seen(model, "progress")
    model.set_config(EVALUATION)
    asyncio.run(model.run())
    assert states == ["working", "ready"]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    dataset = open_dataset("sample", "val")
    expected = evaluate(engine, dataset).precision
    found = model.verdict.precision
    for name in ("ap50", "ap75", "map"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-6)
    assert "48 images with 48 objects" in model.state_sentence


def test_other_thresholds_need_no_detector(
    model: DatasetJudgement, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(model.run())
    first = model.verdict
    monkeypatch.setattr(Engine, "predict", None)
    config = DetectConfig(score_threshold=0.3, nms_iou_threshold=0.2, force_suppress=True)
    model.set_config(config)
    assert model.verdict.config == config
    assert len(model.verdict.judgement.detections) < len(first.judgement.detections)
    # Another score threshold alone leaves the matching as it is.
    judgement = model.verdict.judgement
    model.set_config(config.with_(score_threshold=0.6))
    assert model.verdict.judgement is judgement
    assert model.verdict.errors.number == judgement.num_above(0.6)
    # As if it had been asked for at once.
    again = DatasetJudgement()
    again.set_config(model.config)
    again._kept.update(model._kept)
    again.use_engine(engine, Path(model._checkpoint[0]))
    assert again.verdict.point == model.verdict.point
    np.testing.assert_array_equal(again.verdict.confusion.counts, model.verdict.confusion.counts)


def test_what_was_judged_is_there_at_once_when_one_comes_back(
    model: DatasetJudgement, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(model.run())
    sample = model.verdict
    model.choose_dataset("creature")
    assert (model.state, model.verdict, model.cases) == ("idle", None, ())
    asyncio.run(model.run())
    assert model.verdict.nms.raw.num_images == 5
    monkeypatch.setattr(Engine, "predict", None)
    model.choose_dataset("sample")
    assert model.state == "ready"
    assert model.verdict.nms is sample.nms
    asyncio.run(model.run())
    assert model.state == "ready"


def test_a_checkpoint_that_was_written_anew_is_judged_anew(
    model: DatasetJudgement, engine: Engine, checkpoint: Path
) -> None:
    asyncio.run(model.run())
    model.use_engine(engine, checkpoint)
    assert model.state == "ready"
    checkpoint.write_bytes(b"other weights")
    model.use_engine(engine, checkpoint)
    assert (model.state, model.verdict) == ("idle", None)


async def interrupted(model: DatasetJudgement, how: Callable[[], None]) -> None:
    """Judge until there is some progress, then do `how`."""
    done = asyncio.Event()
    model.observe(lambda _change: done.set(), "progress")
    task = asyncio.get_running_loop().create_task(model.run())
    await done.wait()
    how()
    await task


def test_it_can_be_cancelled(model: DatasetJudgement) -> None:
    states = seen(model, "state")
    asyncio.run(interrupted(model, model.cancel))
    assert states == ["working", "idle"]
    assert (model.verdict, model.problem) == (None, "")
    asyncio.run(model.run())
    assert model.state == "ready"


def test_another_data_set_ends_what_is_under_way(model: DatasetJudgement) -> None:
    asyncio.run(interrupted(model, lambda: model.choose_dataset("creature")))
    assert (model.state, model.verdict) == ("idle", None)
    asyncio.run(model.run())
    assert model.verdict.nms.raw.num_images == 5


def test_a_second_call_does_nothing(model: DatasetJudgement) -> None:
    async def twice() -> None:
        await asyncio.gather(model.run(), model.run())

    states = seen(model, "state")
    asyncio.run(twice())
    assert states == ["working", "ready"]


def test_other_classes_are_said_before_anything_is_judged(
    model: DatasetJudgement, checkpoint: Path
) -> None:
    mismatches = seen(model, "mismatch")
    model.choose_dataset("pikachu")
    sentence = (
        "This model knows creature; pikachu has pikachu: choose another model or another set."
    )
    assert mismatches == [sentence]
    assert model.state_sentence == sentence
    asyncio.run(model.run())
    assert (model.state, model.verdict, model.problem) == ("idle", None, "")
    # Either way out of it.
    model.choose_dataset("sample")
    assert model.state_sentence.startswith("Run the detector on every image once")
    model.choose_dataset("pikachu")
    other = Engine(("pikachu",), CREATURE, input_size=64, device="cpu")
    model.use_engine(other, checkpoint)
    assert mismatches == [sentence, "", sentence, ""]
    asyncio.run(model.run())
    assert model.state == "ready"


def test_a_data_set_without_description_is_judged_and_what_is_wrong_is_said_then(
    model: DatasetJudgement, data: Path
) -> None:
    (data / "creature" / "dataset.json").unlink()
    model.choose_dataset("creature")
    assert model.mismatch == ""
    asyncio.run(model.run())
    assert (model.state, model.verdict) == ("failed", None)
    assert model.problem == "the data set has classes class 0, the detector knows creature"
    (data / "pikachu" / "dataset.json").write_text("{")
    model.choose_dataset("pikachu")
    assert model.mismatch == ""
    asyncio.run(model.run())
    assert model.problem.startswith("dataset.json in ")


def test_it_goes_along_with_the_picture_until_the_reader_has_chosen(
    model: DatasetJudgement,
) -> None:
    model.go_along("creature")
    assert model.dataset == "creature"
    model.go_along("upload")  # the user's own pictures are no data set
    assert model.dataset == "creature"
    model.choose_dataset("sample")
    model.go_along("creature")
    assert model.dataset == "sample"


def test_it_stays_with_what_was_judged(model: DatasetJudgement) -> None:
    model.go_along("creature")
    asyncio.run(model.run())
    model.go_along("sample")
    assert (model.dataset, model.state) == ("creature", "ready")
    assert "5 images with" in model.state_sentence
    assert model.state_sentence.endswith("Everything here follows the thresholds.")


def test_a_data_set_that_has_gone_is_one_sentence(model: DatasetJudgement, data: Path) -> None:
    model.choose_dataset("creature")
    (data / "creature" / "val.rec").unlink()
    asyncio.run(model.run())
    assert model.state == "failed"
    assert "ssd-explorer data make creature" in model.problem
    model.list_datasets()
    assert model.datasets == ("sample", "pikachu")
    assert model.dataset == "sample"


def test_without_a_detector_there_is_nothing_to_judge(data: Path) -> None:
    model = DatasetJudgement()
    asyncio.run(model.run())
    assert (model.state, model.has_engine) == ("idle", False)
    assert "checkpoint" in model.state_sentence


def test_cases_are_shown_by_pages(model: DatasetJudgement) -> None:
    model.set_config(DetectConfig(score_threshold=0.1))
    asyncio.run(model.run())
    assert model.selection == Selection("mistakes")
    assert model.num_cases == sum(model.verdict.errors.counts().values()) > 2 * SHOWN
    first = model.cases
    assert len(first) == SHOWN
    model.turn(1)
    assert model.first == SHOWN
    assert set(model.cases).isdisjoint(first)
    model.turn(1000)
    last = model.first
    assert 0 < model.num_cases - last <= SHOWN
    assert len(model.cases) == model.num_cases - last
    model.turn(-1000)
    assert model.cases == first

    model.turn(1)
    model.select(Selection("type", error_type=int(ErrorType.BACKGROUND)))
    assert model.first == 0
    assert model.num_cases == model.verdict.errors.counts()[ErrorType.BACKGROUND]
    # The selection stays when a threshold moves, and its cases follow.
    model.set_config(DetectConfig(score_threshold=1.0))
    assert model.selection.error_type == ErrorType.BACKGROUND
    assert (model.num_cases, model.cases) == (0, ())


def test_the_image_of_a_case_is_that_of_the_data_set(model: DatasetJudgement) -> None:
    with pytest.raises(ValueError, match="not been judged"):
        model.picture(0)
    asyncio.run(model.run())
    number = model.cases[0].image
    expected = open_dataset("sample", "val")[number]
    picture = model.picture(number)
    np.testing.assert_array_equal(picture.image, expected.image)
    assert picture.name == f"sample · val {number + 1}"
