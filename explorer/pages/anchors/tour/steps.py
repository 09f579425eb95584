"""The guided tour of the anchors page: short steps, each with the state that it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from explorer.config import CREATURE, TOY_SSD, MatchConfig
from explorer.i18n import _
from explorer.pages.anchors.scene import build_scene
from explorer.pages.anchors.state import AnchorsState, GroundTruth
from explorer.pages.shared.page.colors import ROLES

SMALL = GroundTruth(box=(0.58, 0.28, 0.66, 0.36))
LEFT = GroundTruth(box=(0.28, 0.3, 0.6, 0.72))
RIGHT = GroundTruth(box=(0.32, 0.3, 0.64, 0.72))

Place = Literal["photograph", "steps", "explained", "sizes"]
"""Which part of the page to look at: "photograph", "steps", "explained" or "sizes"."""


@dataclass(frozen=True)
class TourStep:
    """One step: what is said, where to look, and the state."""

    title: str
    text: str
    place: Place
    state: AnchorsState = field(repr=False)


def tour_steps(objects: tuple[GroundTruth, ...]) -> tuple[TourStep, ...]:
    """Return the steps of the tour; it takes place on the sample's first photograph.

    `objects` are those of that photograph.
    """
    shot = AnchorsState(objects=objects)
    steps: list[tuple[str, str, Place, dict[str, Any]]] = [
        (
            _("One cell, four boxes"),
            _("The feature map lays a grid over the photograph. The bright cell carries four boxes "
              "around its centre: its anchors. The detector never draws boxes freely: it picks an "
              "anchor and corrects it. Click other cells: the same four boxes move along."),
            "photograph",
            {"layer": 2, "row": 4, "column": 3},
        ),
        (
            _("Why four, not six"),
            _("Two sizes and three ratios could make six pairs. A cell uses S + R − 1 = 4 of them: "
              "every size at the first ratio, and the further ratios at the first size only."),
            "explained",
            {"layer": 2, "row": 4, "column": 3, "shape": 2},
        ),
        (
            _("Fine maps for small objects"),
            _("This is every anchor of the finest map: 32 × 32 cells, 4,096 anchors, all small. "
              "Choose coarser maps in the chart on the right: fewer cells, larger anchors."),
            "photograph",
            {"layer": 0, "shown": "layer"},
        ),
        (
            _("Overlap decides"),
            _("The {color} box is the labelled object. IoU is the shared area over the covered "
              "area. Anchors above 0.5 are positive (blue): they learn this object. Drag the "
              "{color} box and watch them change.", color=ROLES["gt"].color_word),
            "photograph",
            {"shown": "matched"},
        ),
        (
            _("No object is lost"),
            _("This object is only 20 px wide: no anchor is above 0.5. Its best anchor is forced "
              "to be positive (orange, dashed) all the same, so that there is something to learn "
              "from. It gets one anchor; a larger object gets a dozen."),
            "photograph",
            {"objects": (SMALL,), "shown": "matched"},
        ),
        (
            _("Matching goes in rounds"),
            _("Two objects want the same anchor. The highest IoU of all is taken first, and its "
              "anchor and object leave the rounds. Step through the replay below the photograph."),
            "steps",
            {"objects": (LEFT, RIGHT), "shown": "matched", "step": 1},
        ),
        (
            _("Only the hardest background counts"),
            _("Of 5,444 anchors nearly all are background, and easy. Mining keeps three of the "
              "hardest for each positive (pink, dotted) and ignores the rest in the class loss."),
            "photograph",
            {"objects": (LEFT,), "shown": "matched",
             "match": MatchConfig(negative_mining_ratio=3.0)},
        ),
        (
            _("Four numbers to learn"),
            _("A positive anchor learns four offsets: how far to move, as a fraction of its "
              "size, and how much to grow, as a logarithm. The variances bring them to a similar "
              "range. The arrow on the photograph is this move."),
            "explained",
            {"objects": (LEFT,)},
        ),
        (
            _("Sizes that no anchor matches"),
            _("Every point of this map is an object's size. In the brown zone no anchor reaches "
              "the threshold: with these anchors squares of 36 px and less are in it. The dots "
              "are a data set's objects. Click a point to try that size."),
            "sizes",
            {"objects": (SMALL,)},
        ),
        (
            _("Better anchors"),
            _("These anchors were made for the data set; the tutorial's are kept beside them. "
              "Compare what they cover, and press “Suggest better anchors” to search for more. "
              "Below you can export the result."),
            "sizes",
            {"anchors": CREATURE, "pinned": TOY_SSD},
        ),
    ]  # fmt: skip
    return tuple(
        TourStep(title, text, place, _state(shot, changes)) for title, text, place, changes in steps
    )


def _state(shot: AnchorsState, changes: dict[str, Any]) -> AnchorsState:
    """Return the photograph's state with `changes`, at the best anchor unless a cell is given."""
    state = AnchorsState.model_validate({**dict(shot), **changes})
    if "layer" in changes:
        return state
    scene = build_scene(state)
    return state.model_copy(update=scene.place(scene.best_anchor))
