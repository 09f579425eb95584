"""The anchors page: its state, and the scene of anchors and matches that follows from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from traitlets import Bool, HasTraits, Instance

from explorer.config import TOY_SSD, AnchorConfig, AnchorLayer, anchor_preset, explain
from explorer.ssd.anchors import feature_map_shapes
from explorer.viewmodels.anchor_scene import INPUT_SHAPE_PX, AnchorScene, Shown, build_scene

__all__ = ["AnchorsModel", "AnchorsState", "first_object", "parse_numbers"]

Coordinate = Annotated[float, Field(ge=0.0, le=1.0)]
Box = tuple[Coordinate, Coordinate, Coordinate, Coordinate]
HISTORY_LIMIT = 100
CENTRE: Box = (0.3, 0.3, 0.7, 0.7)


class AnchorsState(BaseModel):
    """All that the reader can choose on the page; its JSON makes the same page again.

    Parameters
    ----------
    anchors : AnchorConfig
    gt_box : corner, normalised, inside of the image and at least 1 px wide and high
    match_iou_threshold : float in [0, 1]
    layer, row, column : int
        The selected cell; the layer counts from the finest map.
    shown : {"cell", "matched", "top", "layer"}
        Which anchors are drawn.
    num_top : int
        How many anchors "top" shows, the highest IoU first.
    photograph : int
        Number of the photograph among those on offer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    anchors: AnchorConfig = TOY_SSD
    gt_box: Box = (0.25, 0.25, 0.75, 0.75)
    match_iou_threshold: float = Field(0.5, ge=0.0, le=1.0)
    layer: int = Field(0, ge=0)
    row: int = Field(0, ge=0)
    column: int = Field(0, ge=0)
    shown: Literal["cell", "matched", "top", "layer"] = "cell"
    num_top: int = Field(10, ge=1, le=100)
    photograph: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> AnchorsState:
        height_px, width_px = INPUT_SHAPE_PX
        xmin, ymin, xmax, ymax = self.gt_box
        if xmax - xmin < 0.999 / width_px or ymax - ymin < 0.999 / height_px:
            raise ValueError(
                "the ground truth must be at least 1 px wide and high, and its corners in the "
                "order xmin, ymin, xmax, ymax"
            )
        shapes = self.map_shapes
        if self.layer >= len(shapes):
            raise ValueError(f"layer must be from 0 to {len(shapes) - 1}, got {self.layer}")
        height, width = shapes[self.layer]
        if self.row >= height or self.column >= width:
            raise ValueError(
                f"row {self.row}, column {self.column} is not on the {height}×{width} map"
            )
        return self

    @property
    def map_shapes(self) -> tuple[tuple[int, int], ...]:
        """(height, width) of each feature map, finest first."""
        return feature_map_shapes(INPUT_SHAPE_PX, len(self.anchors.layers))

    @property
    def gt_px(self) -> tuple[float, float, float, float]:
        """The ground truth as (x, y, width, height), pixels of the network's input."""
        height_px, width_px = INPUT_SHAPE_PX
        xmin, ymin, xmax, ymax = self.gt_box
        return (
            xmin * width_px,
            ymin * height_px,
            (xmax - xmin) * width_px,
            (ymax - ymin) * height_px,
        )


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
        before = self.state.anchors
        if anchors == before:
            return
        self._change_anchors(anchors)
        if not edit or edit != self._last_edit:
            self._history = [*self._history[1 - HISTORY_LIMIT :], before]
        self._last_edit = edit
        self.can_undo = True

    def undo(self) -> None:
        """Bring back the anchors before the last edit; without one nothing happens."""
        if self._history:
            self._change_anchors(self._history.pop())
            self._last_edit = ""
            self.can_undo = bool(self._history)

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
        self.set_anchors(state.anchors)
        self._show(state)

    def _check_photograph(self, state: AnchorsState) -> None:
        if state.photograph >= self._num_photographs:
            raise ValueError(
                f"Photograph must be from 0 to {self._num_photographs - 1}, "
                f"got {state.photograph}; the page stays as it was."
            )

    def _change_anchors(self, anchors: AnchorConfig) -> None:
        layer = min(self.state.layer, len(anchors.layers) - 1)
        place = {} if layer == self.state.layer else {"row": 0, "column": 0}
        self.change(anchors=anchors, **{"layer": layer, **(place or self._same_place(layer))})

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
