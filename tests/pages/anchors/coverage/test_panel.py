from __future__ import annotations

from explorer.pages.anchors.coverage.fit import AnchorFit
from explorer.pages.anchors.coverage.panel import AnchorCoverage
from explorer.pages.anchors.model import AnchorsModel


def test_the_offered_number_of_anchors_follows_the_present_ones_until_it_is_set() -> None:
    model = AnchorsModel()
    coverage = AnchorCoverage(model, AnchorFit())
    budget = coverage._budget
    model.change(input_shape_px=(512, 512))
    coverage.draw()
    assert budget.value == len(model.scene.grid) == 21_764
    budget.value = 1000
    model.use_preset("creature")
    coverage.draw()
    assert budget.value == 1000
