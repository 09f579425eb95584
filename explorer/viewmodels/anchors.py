"""The anchors page: its state, and the scene of anchors and matches that follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from traitlets import Bool, HasTraits, Instance

from explorer.config import AnchorConfig, AnchorLayer, anchor_preset, explain
from explorer.viewmodels.anchor_scene import INPUT_SHAPE_PX, AnchorScene, Shown, build_scene
from explorer.viewmodels.anchor_state import AnchorsState, Box

__all__ = ["AnchorsModel", "first_object", "parse_numbers"]

HISTORY_LIMIT = 100
CENTRE: Box = (0.3, 0.3, 0.7, 0.7)


class AnchorsModel(HasTraits):
    """What the anchors page shows.

    Everything chosen is `state`, everything that follows from it is `scene`; each change
    replaces both at once, so an observer of `scene` never sees half of a change.

    Parameters
    ----------
    state : AnchorsState, optional
    num_photographs : int
        How many photographs are on offer.

    Attributes
    ----------
    state : AnchorsState
    scene : AnchorScene
    can_undo : bool
        An earlier set of anchors can be brought back.
    """

    state = Instance(AnchorsState)
    scene = Instance(AnchorScene)
    can_undo = Bool(False)

    def __init__(self, state: AnchorsState | None = None, num_photographs: int = 1) -> None:
        super().__init__()
        self._num_photographs = num_photographs
        self._history: list[AnchorConfig] = []
        self._last_edit = ""
        self._show(state or AnchorsState())

    def change(self, **changes: Any) -> None:
        """Change the state as a whole: valid as a whole, or `ValueError` and nothing happens.

        A new `layer` without a row and column keeps the place on the image that was
        selected.
        """
        if "layer" in changes and "row" not in changes:
            changes.update(self._same_place(int(changes["layer"])))
        self._show(_validated({**dict(self.state), **changes}))

    def set_photograph(self, photograph: int, gt_box: Box) -> None:
        """Show another photograph with its object, and select the anchor that fits best."""
        self.change(photograph=photograph, gt_box=gt_box)
        self.select_best()

    def set_gt_px(self, x: float, y: float, width: float, height: float) -> None:
        """Set the ground truth from pixels of the network's input.

        Raises
        ------
        ValueError
            If the box has no area or reaches out of the image.
        """
        height_px, width_px = INPUT_SHAPE_PX
        for name, start, length, limit in (
            ("width", x, width, width_px),
            ("height", y, height, height_px),
        ):
            if length < 1:
                raise ValueError(f"The box's {name} must be at least 1 px, got {length:g}.")
            if start < 0 or start + length > limit:
                raise ValueError(
                    f"The box reaches from {start:g} to {start + length:g} px, but the image's "
                    f"{name} is {limit} px: move it or make it smaller."
                )
        box = (x / width_px, y / height_px, (x + width) / width_px, (y + height) / height_px)
        self.change(gt_box=box)

    def select_at(self, x_px: float, y_px: float) -> None:
        """Select the cell of the present map at a point; the nearest one if it is outside."""
        height, width = self.state.map_shapes[self.state.layer]
        height_px, width_px = INPUT_SHAPE_PX
        row = min(max(int(y_px / height_px * height), 0), height - 1)
        column = min(max(int(x_px / width_px * width), 0), width - 1)
        self.change(row=row, column=column, shown="cell")

    def select_best(self) -> None:
        """Select the cell that carries the anchor with the highest IoU."""
        grid, best = self.scene.grid, self.scene.best_anchor
        self.change(
            layer=int(grid.layer[best]),
            row=int(grid.row[best]),
            column=int(grid.column[best]),
        )

    def set_shapes(
        self, layer: int, sizes: tuple[float, ...], ratios: tuple[float, ...], edit: str = ""
    ) -> None:
        """Give one layer other sizes and ratios; ratios follow the rules of `AnchorLayer`.

        Parameters
        ----------
        edit : str
            Changes in a row that have the same non-empty name are undone in one step.

        Raises
        ------
        ValueError
            If a size or ratio is not allowed; the anchors stay as they were.
        """
        try:
            shapes = AnchorLayer(sizes=sizes, ratios=ratios)
        except ValidationError as error:
            raise ValueError(f"{_sentence(error)}; the last valid anchors stay.") from None
        layers = list(self.state.anchors.layers)
        layers[layer] = shapes
        self.set_anchors(AnchorConfig(layers=tuple(layers)), edit)

    def use_preset(self, name: str) -> None:
        """Take the preset called `name` for all layers."""
        self.set_anchors(anchor_preset(name))

    def set_anchors(self, anchors: AnchorConfig, edit: str = "") -> None:
        """Take other anchors; `undo` brings the present ones back. `edit` as in `set_shapes`."""
        if anchors != self.state.anchors:
            state = self._with_anchors(anchors)
            self._remember(edit)
            self._show(state)

    def undo(self) -> None:
        """Bring back the anchors before the last edit; without one nothing happens."""
        if self._history:
            state = self._with_anchors(self._history.pop())
            self._last_edit = ""
            self.can_undo = bool(self._history)
            self._show(state)

    def to_json(self) -> str:
        """Return the page's state as one line of JSON; `from_json` reads it back."""
        return self.state.model_dump_json()

    def from_json(self, text: str) -> None:
        """Make the page that `to_json` described.

        Raises
        ------
        ValueError
            If `text` is no such state; the page stays as it was.
        """
        try:
            state = AnchorsState.model_validate_json(text)
        except ValidationError as error:
            raise ValueError(f"{_sentence(error)}; the page stays as it was.") from None
        self._check_photograph(state)
        if state.anchors != self.state.anchors:
            self._remember("")
        self._show(state)

    def _check_photograph(self, state: AnchorsState) -> None:
        if state.photograph >= self._num_photographs:
            raise ValueError(
                f"Photograph must be from 0 to {self._num_photographs - 1}, "
                f"got {state.photograph}; the page stays as it was."
            )

    def _remember(self, edit: str) -> None:
        """Let `undo` bring back the present anchors."""
        if not edit or edit != self._last_edit:
            self._history = [*self._history[1 - HISTORY_LIMIT :], self.state.anchors]
        self._last_edit = edit
        self.can_undo = True

    def _with_anchors(self, anchors: AnchorConfig) -> AnchorsState:
        values: dict[str, Any] = {**dict(self.state), "anchors": anchors}
        if self.state.layer >= len(anchors.layers):
            values.update(layer=len(anchors.layers) - 1, row=0, column=0)
        elif len(anchors.layers) != len(self.state.anchors.layers):
            values.update(row=0, column=0)  # the last map is always 1×1, so sizes changed
        return _validated(values)

    def _same_place(self, layer: int) -> dict[str, int]:
        state, shapes = self.state, self.state.map_shapes
        if not 0 <= layer < len(shapes):
            return {}
        (old_height, old_width), (height, width) = shapes[state.layer], shapes[layer]
        row = int((state.row + 0.5) / old_height * height)
        return {"row": row, "column": int((state.column + 0.5) / old_width * width)}

    def _show(self, state: AnchorsState) -> None:
        self._check_photograph(state)
        what = Shown(state.shown, state.layer, state.row, state.column, state.num_top)
        scene = build_scene(
            state.anchors, state.map_shapes, state.gt_box, state.match_iou_threshold, what
        )
        with self.hold_trait_notifications():
            self.state = state
            self.scene = scene


def first_object(labels: NDArray[np.float32] | None) -> Box:
    """Return the box of the first of (G, 5) labels; without an object, one in the middle."""
    if labels is None or len(labels) == 0:
        return CENTRE
    xmin, ymin, xmax, ymax = np.clip(labels[0, 1:], 0, 1).tolist()
    return xmin, ymin, xmax, ymax


def parse_numbers(text: str, name: str) -> tuple[float, ...]:
    """Return the numbers of a comma separated list; brackets around it are allowed.

    Raises
    ------
    ValueError
        If something in it is not a number; the sentence calls the list `name`.
    """
    parts = text.strip().strip("[]()").replace(";", ",").replace(",", " ").split()
    numbers = []
    for part in parts:
        try:
            numbers.append(float(part))
        except ValueError:
            raise ValueError(
                f"{name}: “{part}” is not a number; write numbers with commas between, "
                "like 0.2, 0.272."
            ) from None
    return tuple(numbers)


def _validated(values: dict[str, Any]) -> AnchorsState:
    try:
        return AnchorsState.model_validate(values)
    except ValidationError as error:
        raise ValueError(f"{_sentence(error)}.") from None


def _sentence(error: ValidationError) -> str:
    text = explain(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}"
