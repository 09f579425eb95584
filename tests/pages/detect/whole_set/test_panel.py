"""The panel without a browser: what it shows, and what the user's clicks do."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.evaluation.error_types import ErrorType
from explorer.pages.detect.whole_set.mistake_cases import Selection
from explorer.pages.detect.whole_set.model import SHOWN, DatasetJudgement
from explorer.pages.detect.whole_set.panel import JudgementPanel
from explorer.pages.detect.whole_set.verdict import DatasetVerdict
from explorer.pages.shared.page.page import Page
from explorer.pages.shared.pictures.pictures import Picture
from tests.pages.detect.whole_set.test_mistake_cases import FAR, A, B, verdict_on

Opened = list[tuple[str, int]]


class _Judged(DatasetJudgement):
    """A model with a verdict from elsewhere, and grey images."""

    def judged(self, verdict: DatasetVerdict) -> None:
        self.verdict, self.state = verdict, "ready"
        self._show_cases(Selection(), 0)

    def picture(self, number: int) -> Picture:
        return Picture(np.full((64, 64, 3), 100, np.uint8), f"Sample {number + 1}")


@pytest.fixture
def model() -> _Judged:
    return _Judged()


@pytest.fixture
def opened() -> Opened:
    return []


@pytest.fixture
def thresholds() -> list[float]:
    return []


@pytest.fixture
def panel(model: _Judged, opened: Opened, thresholds: list[float]) -> JudgementPanel:
    return JudgementPanel(
        model, Page(), lambda name, number: opened.append((name, number)), thresholds.append
    )


def two_images() -> DatasetVerdict:
    return verdict_on(
        [[(0, 0.9, FAR), (0, 0.8, A)], [(1, 0.7, A), (0, 0.6, FAR)]], [[(0, A)], [(0, A), (1, B)]]
    )


def test_the_figures_come_with_the_first_verdict_and_stay(
    model: _Judged, panel: JudgementPanel
) -> None:
    assert panel.content is None
    model.judged(two_images())
    first = panel.content
    assert first is not None
    model.judged(two_images())
    assert panel.content is first
    assert panel.widget.children[-1] is first.widget
    model.verdict = None
    assert first.widget.layout.display == "none"


def test_figures_show_the_verdict(model: _Judged, panel: JudgementPanel) -> None:
    verdict = two_images()
    model.judged(verdict)
    assert panel.content is not None
    bars = panel.content.bars.figure.select_one({"name": "error_bars"}).data_source.data
    assert verdict.costs is not None
    assert bars["cost"] == [verdict.costs[kind] for kind in ErrorType]
    assert bars["count"] == list(verdict.errors.counts().values())
    cells = panel.content.matrix.figure.select_one({"name": "confusion"}).data_source.data
    assert cells["count"] == verdict.confusion.counts.ravel().tolist()
    assert cells["text"][-1] == ""  # what is nothing and detected as nothing is not counted
    point = panel.content.curve.figure.select_one({"name": "pr_point"}).data_source.data
    assert (point["recall"], point["precision"]) == (
        [verdict.point.recall],
        [verdict.point.precision],
    )
    curve = panel.content.curve.figure.select_one({"name": "pr_curve"}).data_source.data
    assert curve["precision"] == pytest.approx(verdict.curve.precision.tolist())


def test_costs_are_said_on_top_of_the_ap50_at_the_threshold(
    model: _Judged, panel: JudgementPanel
) -> None:
    verdict = verdict_on([[(0, 0.9, A)], [(0, 0.4, A), (1, 0.9, B)]], [[(0, A)], [(0, A), (1, B)]])
    # Over all scores every object is found; above the threshold half of the first class is.
    assert verdict.precision is not None
    assert verdict.precision.ap50 == 1
    present = (51 / 101 + 1) / 2
    assert verdict.ap50_shown == pytest.approx(present)
    model.judged(verdict)
    content = panel.content
    assert content is not None
    assert content.bars.figure.xaxis.axis_label == f"on top of AP50 {present:.3f}"
    assert f"AP50 is {present:.3f}" in content._advice.value
    assert "it would be 1.000" in content._advice.value
    (text,) = [each.value for each in content.gallery._slots.captions if each.value]
    assert f"Image 2<br>AP50 {present:.3f} → 1.000</p>" in text
    assert content.gallery._count.value == "1 mistake"


def test_what_is_shown_of_how_many_is_counted(model: _Judged, panel: JudgementPanel) -> None:
    images = 2 * SHOWN
    model.judged(verdict_on([[(0, 0.9, A)]] * images, [[(0, A), (1, B)]] * images))
    assert panel.content is not None
    count = panel.content.gallery._count
    assert count.value == "1 to 8 of 16 mistakes, the costliest first"
    model.turn(1)
    panel.content._draw_gallery()
    assert count.value == "9 to 16 of 16 mistakes, the costliest first"
    model.select(Selection("cell", truth=0, prediction=0))
    panel.content._draw_gallery()
    assert count.value == "1 to 8 of 16 right boxes, the least sure first"
    model.judged(two_images())
    panel.content._draw_gallery()
    assert count.value == "All 4 mistakes, the costliest first"
    model.select(Selection("type", error_type=ErrorType.DUPLICATE))
    panel.content._draw_gallery()
    assert count.value == "There are none."


def test_a_long_curve_has_few_points_and_looks_the_same(
    model: _Judged, panel: JudgementPanel
) -> None:
    rng = np.random.default_rng(0)
    boxes = [(x, y, x + 0.2, y + 0.2) for x, y in rng.random((4000, 2)) * 0.8]
    candidates = [
        [
            (0, float(score), box)
            for score, box in zip(rng.random(40), boxes[n : n + 40], strict=True)
        ]
        for n in range(0, 4000, 40)
    ]
    labels = [[(0, box) for box in boxes[n : n + 4]] for n in range(0, 4000, 40)]
    verdict = verdict_on(candidates, labels)
    model.judged(verdict)
    assert panel.content is not None
    curve = panel.content.curve.figure.select_one({"name": "pr_curve"}).data_source.data
    assert len(curve["recall"]) <= 401 < len(verdict.curve.recall)
    ways = np.hypot(np.diff(curve["recall"]), np.diff(curve["precision"]))
    steps = np.hypot(np.diff(verdict.curve.recall), np.diff(verdict.curve.precision))
    assert ways.max() <= max(steps.max(), 2 * steps.sum() / 400)


def test_a_click_on_a_bar_or_a_cell_selects_it(model: _Judged, panel: JudgementPanel) -> None:
    model.judged(two_images())
    content = panel.content
    assert content is not None
    content.bars._pick.data = {"x": [0.01], "y": [ErrorType.BACKGROUND - 0.4], "time": [1]}
    assert model.selection == Selection("type", error_type=ErrorType.BACKGROUND)
    assert content._show.value == model.selection
    assert content.bars._chosen.data == {"y": [ErrorType.BACKGROUND]}
    content.matrix._pick.data = {"x": [1.5], "y": [0.5], "time": [1]}
    assert model.selection == Selection("cell", truth=0, prediction=1)
    assert content.matrix._chosen.data == {"x": [1.5], "y": [0.5]}
    # Beside the bars and cells, and in the corner that counts nothing, there is nothing to choose.
    for row, column in ((2, 2), (-1, 0), (0, 3)):
        content.matrix._pick.data = {"x": [column + 0.5], "y": [row + 0.5], "time": [row]}
    content.bars._pick.data = {"x": [0.01], "y": [6], "time": [2]}
    assert model.selection == Selection("cell", truth=0, prediction=1)


def test_a_click_on_the_curve_sets_its_threshold(
    model: _Judged, panel: JudgementPanel, thresholds: list[float]
) -> None:
    model.judged(verdict_on([[(0, 0.859, A), (0, 0.457, FAR), (0, 0.358, B)]], [[(0, A), (0, B)]]))
    content = panel.content
    assert content is not None
    # At recall 0.5 precision falls from 1 to 0.5, and at recall 1 it is 2/3.
    for x, y, expected in ((0.4, 0.95, 0.85), (0.52, 0.4, 0.45), (0.9, 0.9, 0.35)):
        content.curve._pick.data = {"x": [x], "y": [y], "time": [x]}
        assert thresholds[-1] == expected
    assert content._best.description == "Use threshold 0.35"
    content._best.click()
    assert thresholds[-1] == 0.35
    model.judged(verdict_on([[]], [[(0, A)]]))
    assert content._best.layout.display == "none"


def test_the_list_does_what_clicks_do_for_a_keyboard(model: _Judged, panel: JudgementPanel) -> None:
    model.judged(two_images())
    assert panel.content is not None
    offered = dict(panel.content._show.options)
    panel.content._show.value = offered["Objects not found (2)"]
    assert model.selection == Selection("unfound")
    assert {case.gt for case in model.cases} == {A, B}


def test_a_cell_that_becomes_empty_stays_chosen(model: _Judged, panel: JudgementPanel) -> None:
    model.judged(two_images())
    assert panel.content is not None
    cell = Selection("cell", truth=0, prediction=1)
    model.select(cell)
    without = verdict_on([[(0, 0.8, A)], []], [[(0, A)], [(1, B)]])
    model.verdict = without
    assert panel.content._show.value == cell
    assert model.selection == cell


def test_a_picture_opens_its_image(model: _Judged, panel: JudgementPanel, opened: Opened) -> None:
    model.judged(two_images())
    assert panel.content is not None
    gallery = panel.content.gallery
    for picture, case in zip(gallery._slots.pictures, model.cases, strict=False):
        picture.click()
        assert opened[-1] == ("sample", case.image)
        assert gallery._opened.text == f"Image {case.image + 1} is open above."
    shown = [slot.layout.display != "none" for slot in gallery._slots.places]
    assert shown == [place < model.num_cases for place in range(len(shown))]


def test_names_of_classes_are_escaped(model: _Judged, panel: JudgementPanel) -> None:
    model.judged(two_images())  # its first class is called <a>
    assert panel.content is not None
    texts = " ".join(text.value for text in panel.content.gallery._slots.captions)
    assert "&lt;a&gt;" in texts
    assert "<a>" not in texts


def test_one_control_at_a_time_is_of_use(model: _Judged, panel: JudgementPanel) -> None:
    assert panel._run.disabled
    model.has_engine = True
    assert not panel._run.disabled
    model.mismatch = "This model knows <i>; choose another."
    assert panel._run.disabled
    assert panel._state.value == "This model knows &lt;i&gt;; choose another."
    assert panel.problem.text == ""
    model.mismatch = ""
    model.state = "working"
    assert (panel._run.layout.display, panel._cancel.layout.display) == ("none", None)
    assert panel._datasets.disabled
    model.state, model.problem = "failed", "It <i>broke</i>."
    assert panel._cancel.layout.display == "none"
    assert panel.problem.text == "It <i>broke</i>."
    assert "<i>" not in panel.problem.value


def test_choosing_a_data_set_tells_the_model(model: _Judged, panel: JudgementPanel) -> None:
    model.datasets = ("sample", "pikachu")
    panel._datasets.value = "pikachu"
    assert model.dataset == "pikachu"
    model.datasets = ()
    assert "git checkout -- data/sample" in panel.problem.text
