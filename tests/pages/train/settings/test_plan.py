from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from explorer.config import ANCHOR_PRESETS, CREATURE, TOY_SSD, AnchorConfig, recipe
from explorer.config.optimizers import OPTIMIZERS, Optimizer
from explorer.datasets import load_objects
from explorer.pages.train.settings.plan import Plan, Planner
from explorer.ssd.coverage import measure_coverage
from explorer.training.run.directory import RunDirectory, RunStatus
from tests.datasets.record_files import write_records
from tests.maps import toy_maps
from tests.training.runs import step_record, write_tiny_dataset


def test_the_plan_of_a_set_that_is_there(tmp_path: Path) -> None:
    planner = Planner(tmp_path)
    plan = planner.plan(recipe("fast", dataset="sample", batch_size=4))
    assert (plan.num_anchors, plan.num_images, plan.num_steps) == (5444, 32, 64)
    boxes = load_objects("sample", "train").boxes
    found = measure_coverage(CREATURE, toy_maps((256, 256), 5), (256, 256), boxes, 0.5)
    assert plan.coverage == found.coverage > 0.8
    assert plan.seconds is None
    by_heart = recipe("fast", dataset="sample", batch_size=4, overfit=True)
    assert planner.plan(by_heart).num_steps == 160
    last_two = recipe("fast", dataset="sample", batch_size=4, epochs=150, first_epoch=148)
    assert planner.plan(last_two).num_steps == 16


def test_a_higher_threshold_is_not_answered_from_memory(tmp_path: Path) -> None:
    planner = Planner(tmp_path)
    config = recipe("fast", dataset="sample")
    strict = config.with_(match=config.match.with_(match_iou_threshold=0.7))
    covered = [planner.plan(each).coverage for each in (config, strict)]
    assert covered[0] is not None
    assert covered[1] is not None
    assert covered[1] < covered[0] - 0.2


def test_the_plan_of_a_set_that_is_still_to_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "no-data"))
    assert Planner(tmp_path).plan(recipe("fast")) == Plan(num_anchors=5444)


def test_a_folder_that_is_not_there_has_no_plan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Planner(tmp_path).plan(recipe("fast", dataset=str(tmp_path / "nowhere")))


def test_a_set_that_nothing_can_be_learned_from_has_no_plan(tmp_path: Path) -> None:
    config = recipe("fast", dataset=str(tmp_path))
    for broken, labels, sentence in (
        ("train", [], r"train\.rec has no record"),
        ("val", [], r"val\.rec has no record"),
        ("train", [[], []], "no image to train on has an object"),
        ("val", [[], []], "no image to validate on has an object"),
    ):
        write_tiny_dataset(tmp_path)
        write_records(tmp_path / f"{broken}.rec", labels)
        with pytest.raises(ValueError, match=sentence):
            Planner(tmp_path).plan(config)


def test_the_last_runs_pace_tells_the_time(tmp_path: Path) -> None:
    run = RunDirectory.create(recipe("fast", dataset="sample", batch_size=8), tmp_path)
    run.append_record({"kind": "start", "step": 0, "time": 100.0})
    for step in range(1, 41):
        run.append_record(step_record(step))
    run.write_status(RunStatus(state="stopped", step=40))
    config = recipe("fast", dataset="sample", batch_size=16)
    # 40 steps of 8 images in 40 s: 16 steps of 16 take twice as long a step.
    assert Planner(tmp_path).plan(config).seconds == pytest.approx(32.0)


def test_what_will_go_badly_is_said_before(tmp_path: Path) -> None:
    def warnings(**changes: Any) -> tuple[str, ...]:
        return Planner(tmp_path).plan(recipe("fast", dataset="sample", **changes)).warnings

    assert warnings(anchors=ANCHOR_PRESETS["creature"], match={"negative_mining_ratio": 3}) == ()
    (said,) = warnings(anchors=TOY_SSD)
    boxes = load_objects("sample", "train").boxes
    missed = 1 - measure_coverage(TOY_SSD, toy_maps((256, 256), 5), (256, 256), boxes, 0.5).coverage
    assert missed > 0.2
    assert said.startswith(f"{missed:.0%} of the objects are out of reach of these anchors")
    (said,) = warnings(batch_size=64)
    assert said == "A batch of 64 is larger than the number of images: each step sees all 32."
    (said,) = warnings(match={"negative_mining_ratio": -1})
    assert "drowns the few positives" in said


FOCAL = {"class_loss": "focal", "match": {"negative_mining_ratio": -1}}


@pytest.mark.parametrize(
    ("largest", "settings"),
    [
        (0.01, {}),
        (0.1, {"optimizer": "sgd", "momentum": 0.0}),
        (0.01, {"optimizer": "sgd", "momentum": 0.9}),
        (30, {"optimizer": "sgd", "momentum": 0.0, "loss_average": "anchors"}),
        (20, {"optimizer": "sgd", "momentum": 0.0, **FOCAL, "loss_average": "anchors"}),
        (0.5, {"optimizer": "sgd", "momentum": 0.0, **FOCAL}),
        (0.01, FOCAL),
        (0.01, {"optimizer": "adam", "momentum": 0.0, "loss_average": "anchors"}),
    ],
)
def test_a_learning_rate_that_is_surely_too_high_is_said_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: float, settings: dict[str, Any]
) -> None:
    def warnings(rate: float, dataset: str = "sample") -> tuple[str, ...]:
        config = recipe("fast", dataset=dataset, learning_rate=rate, **settings)
        return Planner(tmp_path).plan(config).warnings

    assert warnings(largest) == ()
    name = settings.get("optimizer", "adam")
    said = (
        f"A learning rate of 1,000,000 is too high for {'SGD' if name == 'sgd' else 'Adam'} with "
        f"this loss: nothing is learned, and the loss may explode. Take {largest} or less."
    )
    assert warnings(1e6) == (said,)
    assert len(warnings(1.1 * largest)) == 1
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "no-data"))
    assert warnings(1e6, "creature") == (said,)


def test_an_optimiser_is_planned_by_its_entry_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"dataset": "sample", "optimizer": "rmsprop", "learning_rate": 1}
    with pytest.raises(ValueError, match="optimizer must be 'adam' or 'sgd', got 'rmsprop'"):
        recipe("fast", **settings)
    entry = Optimizer("RMSProp", "RMSProp does, too", largest_rate=0.25, options=("momentum",))
    monkeypatch.setitem(OPTIMIZERS, "rmsprop", entry)
    (said,) = Planner(tmp_path).plan(recipe("fast", **settings, momentum=0.5)).warnings
    assert "too high for RMSProp" in said
    assert "Take 0.12 or less" in said


@pytest.mark.parametrize("name", ["fast", "tutorial"])
def test_no_recipe_has_a_learning_rate_that_is_too_high(tmp_path: Path, name: str) -> None:
    plan = Planner(tmp_path).plan(recipe(name, dataset="sample"))
    assert not [each for each in plan.warnings if "learning rate" in each]


def test_what_is_taken_from_a_detector_is_said_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(**changes: Any) -> Plan:
        config = recipe("fast", **{"dataset": "sample", "pretrained": "creature", **changes})
        return Planner(tmp_path).plan(config)

    assert plan(pretrained="").taken == ""
    same = plan()
    assert same.warnings == ()
    assert same.taken == (
        "Taken from creature: body, 3 down-samplings, box and class heads of all maps; "
        "nothing is new."
    )
    own = AnchorConfig.of(CREATURE.sizes, [[1, 0.67, 0.5], [1, 0.67], *[[1, 0.67, 0.5]] * 3])
    other = plan(anchors=own)
    assert "box and class heads of the map 16×16" in other.taken.partition("; new: ")[2]
    (said,) = (each for each in other.warnings if "creature" in each)
    assert said == (
        "These anchors are not those of creature: the heads of the map 16×16 do not fit, and begin "
        "with random weights. With its own anchors, its box heads would be taken too."
    )
    monkeypatch.setenv("SSD_EXPLORER_DATA", str(tmp_path / "no-data"))
    for dataset, new in (
        ("creature", "nothing is new."),
        ("creature-two", "new: class heads of all maps."),
        ("pikachu", "new: class heads of all maps."),
    ):
        to_come = plan(dataset=dataset)
        assert to_come.num_images is None
        assert to_come.taken.endswith(f"; {new}")


def test_a_detector_that_is_gone_has_no_plan(tmp_path: Path) -> None:
    config = recipe("fast", dataset="sample", pretrained=str(tmp_path / "gone.params"))
    with pytest.raises(ValueError, match=r"gone\.params does not exist: choose other") as caught:
        Planner(tmp_path).plan(config)
    assert type(caught.value) is ValueError


def test_planning_and_making_a_run_do_not_wait_for_mxnet(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from explorer.config import recipe
from explorer.training.run.directory import RunDirectory
from explorer.pages.train.settings.plan import Planner
config = recipe("fast", dataset="sample", pretrained="creature")
print(Planner(Path(sys.argv[1])).plan(config).taken[:19])
RunDirectory.create(config, Path(sys.argv[1]))
print("mxnet" in sys.modules)
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["Taken from creature", "False"]
