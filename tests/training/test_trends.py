"""What curves say: synthetic ones with a known fault, and real ones without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.training.trends import ruin, trend

PER_EPOCH = 20
GOOD_RUNS = json.loads((Path(__file__).parent / "good_runs.json").read_text())
"""Steps and validations of two real runs of 8 epochs on 320 creatures: the recipes' own."""


def steps_of(loss: np.ndarray, **changes: Any) -> dict[str, list[float]]:
    count = len(loss)
    columns = {
        "step": np.arange(1, count + 1),
        "class_loss": 0.75 * loss,
        "box_loss": 0.25 * loss,
        "accuracy": np.full(count, 0.8),
        "background_accuracy": np.full(count, 0.75),
        "positive_accuracy": np.full(count, 0.3),
    }
    return {
        name: np.broadcast_to(values, count).tolist()
        for name, values in {**columns, **changes}.items()
    }


def validations_of(*ap50: float) -> dict[str, list[float]]:
    return {"step": [PER_EPOCH * (n + 1) for n in range(len(ap50))], "ap50": list(ap50)}


NONE = validations_of()
FALLING = 27 * 0.98 ** np.arange(200.0) + 3


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 0.25, count).clip(0.3, 3)


@pytest.mark.parametrize("name", sorted(GOOD_RUNS))
def test_a_real_run_says_nothing_at_any_time(name: str) -> None:
    steps, validations = GOOD_RUNS[name]["steps"], GOOD_RUNS[name]["validations"]
    assert len(steps["step"]) == 160
    for end in range(161):
        seen = {key: column[:end] for key, column in steps.items()}
        num_epochs = sum(step <= end for step in validations["step"])
        validated = {key: column[:num_epochs] for key, column in validations.items()}
        assert trend(seen, validated) == "", end


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 200))
def test_a_noisy_loss_that_falls_says_nothing(seed: int, count: int) -> None:
    loss = FALLING[:count] * noise(count, seed)
    ap50 = np.linspace(0.1, 0.9, count // PER_EPOCH)
    assert trend(steps_of(loss), validations_of(*ap50)) == ""


def test_divergence_is_said_once_the_loss_has_stayed_up() -> None:
    up = np.concatenate([FALLING, np.full(60, 60.0)])
    said = [end for end in range(201, 261) if "diverges" in trend(steps_of(up[:end]), NONE)]
    # The lowest is 3.7; the mean of 20 passes 3 times that with the third step, and stays there.
    assert said == list(range(203 + 29, 261))
    assert "lower learning rate" in trend(steps_of(up), NONE)
    recovered = np.concatenate([up, np.full(20, 3.5)])
    assert trend(steps_of(recovered), NONE) == ""


@pytest.mark.parametrize("peak", [1e2, 1e6])
def test_one_bad_batch_is_no_divergence(peak: float) -> None:
    for at in (60, 199):
        spiked = FALLING.copy()
        spiked[at] = peak
        for end in range(at, 200):
            assert trend(steps_of(spiked[:end]), NONE) == ""


def test_wavering_about_almost_nothing_is_no_divergence() -> None:
    learned = np.concatenate([10 * 0.95 ** np.arange(200.0), np.full(60, 0.5)])
    assert trend(steps_of(learned), NONE) == ""
    assert "diverges" in trend(steps_of(learned[60:]), NONE)  # that one began at 0.5


def test_all_background_is_said_after_a_hundred_steps() -> None:
    def at(count: int, **changes: Any) -> str:
        steps = steps_of(FALLING[:count], accuracy=0.75, positive_accuracy=0.001)
        return trend({**steps, **{k: [v] * count for k, v in changes.items()}}, NONE)

    assert at(99) == ""
    assert "background" in at(100)
    assert "background" in at(150, accuracy=0.7575)
    assert at(150, accuracy=0.77) == ""
    assert at(150, positive_accuracy=0.01) == ""
    assert at(150, positive_accuracy=float("nan")) == ""  # no object at all


def test_a_plateau_is_said_after_five_epochs_without_any_progress() -> None:
    flat = np.concatenate([FALLING[:60], np.full(140, FALLING[59])])

    def after(num_epochs: int, loss: np.ndarray = flat, last: float = 0.8) -> str:
        ap50 = [0.3, 0.6, 0.8, 0.8, 0.79, 0.8, 0.803, 0.8, 0.8, 0.8][: num_epochs - 1]
        return trend(steps_of(loss[: num_epochs * PER_EPOCH]), validations_of(*ap50, last))

    # The mean of 20 steps goes on falling through the fourth epoch.
    assert [after(number) != "" for number in range(2, 11)] == [False] * 7 + [True] * 2
    assert "5 epochs" in after(9)
    assert "0.800" in after(9)
    assert after(9, last=0.81) == ""
    assert after(9, loss=FALLING) == ""


def test_divergence_goes_before_the_rest() -> None:
    loss = np.concatenate([FALLING, np.full(100, 60.0)])
    steps = steps_of(loss, accuracy=0.75, positive_accuracy=0.0)
    assert "diverges" in trend(steps, validations_of(*[0.5] * 15))


def _records(losses: list[float], *ap50: float) -> list[dict[str, Any]]:
    """Return the records of a run that was validated so often, at equal distances."""
    records: list[dict[str, Any]] = []
    for step, loss in enumerate(losses, start=1):
        records.append({"kind": "step", "class_loss": 0.75 * loss, "box_loss": 0.25 * loss})
        if ap50 and step * len(ap50) % len(losses) == 0:
            records.append({"kind": "epoch", "ap50": ap50[step * len(ap50) // len(losses) - 1]})
    return records


RUINED = json.loads((Path(__file__).parent / "ruined_runs.json").read_text())
"""Losses and AP50 of real runs on `sample`, 12 and 40 steps in batches of 8."""


@pytest.mark.parametrize("name", sorted(RUINED))
def test_a_real_run_of_12_or_40_steps_is_called_what_it_is(name: str) -> None:
    run = RUINED[name]
    said = ruin(_records(run["loss"], *run["ap50"]))
    assert (said is not None) == run["exploded"]
    if said is not None:
        assert said["key"] == "loss_exploded"
        assert said["first"] == pytest.approx(run["loss"][0])
        assert said["highest"] == pytest.approx(max(run["loss"]))


@pytest.mark.parametrize(
    ("ap50", "key"),
    [
        ((0.2, 0.8, 0.07), "ap_fell"),
        ((0.1, 0.009), "ap_fell"),
        ((0.8, 0.09), None),
        ((0.09, 0.0), None),  # that was nothing yet
        ((0.0, 0.0), None),
        ((), None),
    ],
)
def test_what_was_learned_and_is_lost_ruins_a_run(ap50: tuple[float, ...], key: str | None) -> None:
    said = ruin(_records([4.0, 3.0, 2.0, 3.0, 2.0, 1.0], *ap50))
    assert (said and said["key"]) == key


@pytest.mark.parametrize(
    ("losses", "ap50", "ruined"),
    [
        ([1.0, 11.0, 11.0, 1.0], 0.04, True),
        ([1.0, 10.0, 10.0, 1.0], 0.04, False),
        ([1.0, 1e6, 9.0, 1.0], 0.04, False),  # one bad batch
        ([1.0, 1e6, 1e6, 1.0], 0.05, False),  # it learned all the same
    ],
)
def test_a_loss_that_rose_by_an_order_ruins_a_run_that_finds_nothing(
    losses: list[float], ap50: float, ruined: bool
) -> None:
    assert (ruin(_records(losses, ap50)) is not None) == ruined


@pytest.mark.parametrize("name", sorted(GOOD_RUNS))
def test_a_good_run_is_not_ruined(name: str) -> None:
    steps, validations = GOOD_RUNS[name]["steps"], GOOD_RUNS[name]["validations"]
    losses = [a + b for a, b in zip(steps["class_loss"], steps["box_loss"], strict=True)]
    assert ruin(_records(losses, *validations["ap50"])) is None
