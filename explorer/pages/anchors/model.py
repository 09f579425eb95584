"""The anchors page: its state, and the scene of anchors and matches that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from traitlets import Bool, HasTraits, Instance

from explorer.config import AnchorConfig, AnchorLayer, anchor_preset
from explorer.i18n import _
from explorer.pages.anchors.edits import box_from_px, same_place, validated
from explorer.pages.anchors.pointing import anchor_near, cell_at, object_at
from explorer.pages.anchors.scene import AnchorScene, build_scene
from explorer.pages.anchors.state import AnchorsLook, AnchorsState, GroundTruth
from explorer.pages.shared.page.sentences import read_state, sentence
from explorer.pages.shared.pictures.ground_truth import MAX_OBJECTS

HISTORY_LIMIT = 100


class AnchorsModel(HasTraits):
    """What the anchors page shows.

    Everything chosen is `state`, everything that follows from it is `scene`; each change
    replaces both at once, so an observer of `scene` never sees half of a change.

    Parameters
    ----------
    photographs : mapping of str to int, optional
        The data sets on offer, and how many photographs each has.
    """

    state = Instance(AnchorsState)
    """AnchorsState."""
    scene = Instance(AnchorScene)
    """AnchorScene."""
    can_undo = Bool(False)
    """An earlier state can be brought back."""

    def __init__(
        self, state: AnchorsState | None = None, photographs: Mapping[str, int] | None = None
    ) -> None:
        super().__init__()
        self._photographs = dict(photographs or {"sample": 1})
        self._history: list[AnchorsState] = []
        self._last_edit = ""
        state = state or AnchorsState()
        self._show(state, self._build(state))

    def offer(self, photographs: Mapping[str, int]) -> None:
        """Say again which data sets are on offer, and how many photographs each has."""
        self._photographs = dict(photographs)

    def change(self, edit: str = "", **changes: Any) -> None:
        """Change the state as a whole: valid as a whole, or `ValueError` and nothing happens.

        A new `layer`, or a new shape of the input, keeps the place on the image that was
        selected.

        Parameters
        ----------
        edit : str
            Changes in a row that have the same non-empty name are undone in one step.
        **changes
            Fields of `AnchorsState`.
        """
        values = {**dict(self.state), **changes}
        reshaped = values["input_shape_px"] != self.state.input_shape_px
        if reshaped and values["own_maps"] and "own_maps" not in changes:
            text = _("These maps are made for their own input: choose a preset to change it.")
            raise ValueError(text)
        moved = {"anchors", "own_maps", "input_shape_px", "layer"} & changes.keys()
        if moved and "row" not in changes:
            values.update(same_place(self.state, values))
        values["selected"] = min(values["selected"], max(len(values["objects"]) - 1, 0))
        self._edit(validated(values), edit)

    def set_photograph(
        self, dataset: str, photograph: int, objects: tuple[GroundTruth, ...]
    ) -> None:
        """Show another photograph with its objects, and select the anchor that fits best."""
        self.change(
            "photograph", dataset=dataset, photograph=photograph, objects=objects, selected=0
        )
        self.select_best()

    def set_gt_px(self, x: float, y: float, width: float, height: float) -> None:
        """Set the selected object's box from pixels of the network's input.

        Raises
        ------
        ValueError
            If the box has no area or reaches out of the image, or there is no object.
        """
        selected = self.state.selected_object
        if selected is None:
            raise ValueError(_("There is no object to move: add one first."))
        box = box_from_px((x, y, width, height), self.state.input_shape_px)
        self._replace_selected(selected.with_(box=box), f"move {self.state.selected}")

    def set_size_px(self, width: float, height: float) -> None:
        """Give the selected object another size about its centre; without one, add it.

        A box that would reach out of the image is moved inside.
        """
        height_px, width_px = self.state.input_shape_px
        width, height = min(max(width, 1.0), width_px), min(max(height, 1.0), height_px)
        selected = self.state.selected_object
        if selected is None:
            self.add_object((width_px - width) / 2, (height_px - height) / 2, width, height)
            return
        x, y, old_width, old_height = selected.px(self.state.input_shape_px)
        x = min(max(x + (old_width - width) / 2, 0.0), width_px - width)
        y = min(max(y + (old_height - height) / 2, 0.0), height_px - height)
        self.set_gt_px(x, y, width, height)

    def add_object(self, x: float, y: float, width: float, height: float) -> None:
        """Add an object, of the selected one's class, from pixels; and select it."""
        if len(self.state.objects) >= MAX_OBJECTS:
            text = _("There are {max_objects} objects already: delete one first.")
            raise ValueError(text.format(max_objects=MAX_OBJECTS))
        selected = self.state.selected_object
        added = GroundTruth(
            class_id=selected.class_id if selected else 0,
            box=box_from_px((x, y, width, height), self.state.input_shape_px),
        )
        self.change(objects=(*self.state.objects, added), selected=len(self.state.objects))

    def delete_object(self) -> None:
        """Remove the selected object; without one nothing happens."""
        objects = list(self.state.objects)
        if objects:
            del objects[self.state.selected]
            self.change(objects=tuple(objects))

    def set_class(self, class_id: int) -> None:
        """Give the selected object another class."""
        selected = self.state.selected_object
        if selected is not None and selected.class_id != class_id:
            self._replace_selected(selected.with_(class_id=class_id))

    def select_at(self, x_px: float, y_px: float) -> None:
        """Select what lies at a point.

        Where matched or best anchors are drawn, that is the one whose border is nearest, if it is
        near. Otherwise it is the cell of the present map, the nearest one if the point is
        outside; and an object that lies there, unless the selected one does too.
        """
        near = anchor_near(self.scene, x_px, y_px)
        if near is not None:
            self.select_anchor(near)
            return
        row, column = cell_at(self.state, x_px, y_px)
        selected = object_at(self.state, x_px, y_px)
        self.change(row=row, column=column, selected=selected, shown="cell")

    def select_anchor(self, number: int) -> None:
        """Select one anchor, by its index in the grid, and its cell."""
        self.change("", **self.scene.place(number))

    def select_best(self) -> None:
        """Select the anchor that has the highest IoU with the selected object."""
        self.select_anchor(self.scene.best_anchor)

    def go_to_step(self, step: int) -> None:
        """Show the matching after `step` steps; beyond the last one, its end."""
        num_steps = len(self.scene.replay.steps)
        step = min(max(step, 0), num_steps)
        self.change(step=None if step == num_steps else step)

    def set_shapes(
        self, layer: int, sizes: tuple[float, ...], ratios: tuple[float, ...], edit: str = ""
    ) -> None:
        """Give one layer other sizes and ratios; ratios follow the rules of `AnchorLayer`.

        Raises
        ------
        ValueError
            If a size or ratio is not allowed; the anchors stay as they were.
        """
        try:
            shapes = AnchorLayer(sizes=sizes, ratios=ratios)
        except ValidationError as error:
            raise ValueError(sentence(error, _("{why}; the last valid anchors stay."))) from None
        layers = list(self.state.anchors.layers)
        layers[layer] = shapes
        self.change(edit, anchors=AnchorConfig(layers=tuple(layers)))

    def use_preset(self, name: str) -> None:
        """Take the preset called `name` for all layers."""
        self.change(anchors=anchor_preset(name), own_maps=())

    def pin(self) -> None:
        """Keep the present anchors beside those to come."""
        self.change(pinned=self.state.anchors, pinned_maps=self.state.own_maps)

    def swap_pinned(self) -> None:
        """Take the anchors that were kept, and keep the present ones; none means nothing."""
        state = self.state
        if state.pinned is not None:
            self.change(
                anchors=state.pinned,
                own_maps=state.pinned_maps,
                pinned=state.anchors,
                pinned_maps=state.own_maps,
            )

    def spread_scales(self, smallest: float, largest: float) -> None:
        """Give all layers evenly growing sizes, as SSD does; their ratios stay."""
        anchors = self.state.anchors
        self.change(
            anchors=AnchorConfig.from_scales(smallest, largest, len(anchors.layers), anchors.ratios)
        )

    def undo(self) -> None:
        """Bring back the state before the last edit; without one nothing happens."""
        if self._history:
            state = self._history.pop()
            self._last_edit = ""
            self.can_undo = bool(self._history)
            self._show(state, self._build(state))

    def begin_here(self) -> None:
        """Let `undo` lead no further back than to the present state: the page opens with it."""
        self._history, self._last_edit, self.can_undo = [], "", False

    def to_json(self) -> str:
        """Return the page's state as one line of JSON; `from_json` reads it back."""
        return self.state.model_dump_json()

    def show_state(self, state: AnchorsState) -> None:
        """Show a whole other state; `undo` brings the present one back."""
        self._edit(state, "")

    def from_json(self, text: str) -> None:
        """Make the page that `to_json` described.

        Raises
        ------
        ValueError
            If `text` is no such state; the page stays as it was.
        """
        self._edit(read_state(AnchorsState, text), "")

    def _replace_selected(self, gt: GroundTruth, edit: str = "") -> None:
        objects = list(self.state.objects)
        objects[self.state.selected] = gt
        self.change(edit, objects=tuple(objects))

    def _edit(self, state: AnchorsState, edit: str) -> None:
        """Show `state`, and let `undo` bring back the present one if more than looks changes."""
        scene = self._build(state)
        before = self.state
        looks = set(AnchorsLook.model_fields)
        if state.model_dump(exclude=looks) != before.model_dump(exclude=looks):
            if not edit or edit != self._last_edit:
                self._history = [*self._history[1 - HISTORY_LIMIT :], before]
            self._last_edit = edit
            self.can_undo = True
        self._show(state, scene)

    def _build(self, state: AnchorsState) -> AnchorScene:
        """Return the scene of a state, or say why there is none."""
        count = self._photographs.get(state.dataset)
        if count is None:
            text = _("Dataset {dataset!r} is not here, only {names}; the page stays as it was.")
            raise ValueError(text.format(dataset=state.dataset, names=", ".join(self._photographs)))
        if state.photograph >= count:
            text = _(
                "Photograph must be from 0 to {last}, got {photograph}; the page stays as it was."
            )
            raise ValueError(text.format(last=count - 1, photograph=state.photograph))
        return build_scene(state)

    def _show(self, state: AnchorsState, scene: AnchorScene) -> None:
        with self.hold_trait_notifications():
            self.state = state
            self.scene = scene
