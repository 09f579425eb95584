"""The picture's objects as the user draws, moves, names and deletes them, with undo."""

from __future__ import annotations

from typing import Any

import numpy as np
from traitlets import Bool, HasTraits, Int

from explorer.i18n import _
from explorer.pages.detect.model import DetectModel
from explorer.pages.shared.pictures.ground_truth import MAX_OBJECTS, Box, NamedTruth

HISTORY_LIMIT = 100

Truth = tuple[NamedTruth, ...]


class TruthEdits(HasTraits):
    """Edits of `DetectModel.truth`."""

    selected = Int(0)
    """The object that is edited; 0 where there is none."""
    can_undo = Bool(False)

    def __init__(self, model: DetectModel) -> None:
        super().__init__()
        self._model = model
        self._history: list[tuple[Truth, int]] = []
        self._last_edit = ""
        model.observe(self._picture_changed, "picture")

    @property
    def object(self) -> NamedTruth | None:
        """The selected object."""
        truth = self._model.truth
        return truth[self.selected] if self.selected < len(truth) else None

    def create(self, x: float, y: float, width: float, height: float) -> None:
        """Add an object of the selected one's class, or else the model's first; px."""
        truth = self._model.truth
        if len(truth) >= MAX_OBJECTS:
            text = _("There are {max_objects} objects already: delete one first.")
            raise ValueError(text.format(max_objects=MAX_OBJECTS))
        first = next(iter(self._model.class_names), "object")
        name = self.object.class_name if self.object else first
        added = NamedTruth(class_name=name, box=self._box(x, y, width, height))
        self._edit("", (*truth, added), len(truth))

    def move(self, x: float, y: float, width: float, height: float) -> None:
        """Give the selected object another box, px; without one nothing happens."""
        self._replace(f"move {self.selected}", box=self._box(x, y, width, height))

    def name(self, class_name: str) -> None:
        """Give the selected object another class; without one nothing happens."""
        self._replace("", class_name=class_name)

    def delete(self) -> None:
        """Remove the selected object; without one nothing happens."""
        truth = list(self._model.truth)
        if self.selected < len(truth):
            del truth[self.selected]
            self._edit("", tuple(truth), max(0, min(self.selected, len(truth) - 1)))

    def load_labels(self) -> None:
        """Bring back the picture's own objects."""
        before = (self._model.truth, self.selected)
        self._model.load_labels()
        if self._model.truth != before[0]:
            self._remember("", before)
            self.selected = 0

    def undo(self) -> None:
        """Take back the last edit; a drag is one. Without any nothing happens."""
        if self._history:
            self._model.truth, self.selected = self._history.pop()
            self._last_edit = ""
            self.can_undo = bool(self._history)

    def _replace(self, edit: str, **changes: Any) -> None:
        selected = self.object
        if selected is None:
            return
        truth = list(self._model.truth)
        truth[self.selected] = NamedTruth.model_validate({**dict(selected), **changes})
        if truth[self.selected] != selected:
            self._edit(edit, tuple(truth), self.selected)

    def _edit(self, edit: str, truth: Truth, selected: int) -> None:
        self._remember(edit, (self._model.truth, self.selected))
        # First what is there, then which of it is selected: neither order shows a missing one.
        with self.hold_trait_notifications():
            self._model.truth = truth
            self.selected = selected

    def _remember(self, edit: str, before: tuple[Truth, int]) -> None:
        """Keep the state before an edit; edits in a row of one non-empty name are one."""
        if not edit or edit != self._last_edit:
            self._history = [*self._history[1 - HISTORY_LIMIT :], before]
        self._last_edit = edit
        self.can_undo = True

    def _box(self, x: float, y: float, width: float, height: float) -> Box:
        picture = self._model.picture
        if picture is None:
            raise ValueError(_("There is no picture to draw on."))
        scale = np.array([picture.width_px, picture.height_px] * 2)
        corners = np.clip(np.array([x, y, x + width, y + height]) / scale, 0, 1)
        if not (corners[0] < corners[2] and corners[1] < corners[3]):
            raise ValueError(_("The box has no area inside of the picture: draw a larger one."))
        xmin, ymin, xmax, ymax = (float(side) for side in corners)
        return xmin, ymin, xmax, ymax

    def _picture_changed(self, _change: Any) -> None:
        self._history, self._last_edit = [], ""
        self.can_undo = False
        self.selected = 0
