"""What the user can choose on the anchors page, as one JSON document."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from explorer.config import (
    TOY_SSD,
    AnchorConfig,
    FeatureMap,
    MapShape,
    MatchConfig,
    architecture_maps,
)
from explorer.config.detection import MAX_ANCHORS
from explorer.config.settings import Settings
from explorer.i18n import _
from explorer.pages.shared.pictures.ground_truth import MAX_OBJECTS, Box, ordered_box
from explorer.ssd.blind_zone import Where

Side = Annotated[int, Field(ge=64, le=1024)]
Shown = Literal["cell", "matched", "top", "layer"]


OwnMaps = Annotated[tuple[FeatureMap, ...], Field(max_length=8)]


class GroundTruth(Settings):
    """One labelled object: its class, and its box (corner, normalised, at least 1 px per side)."""

    class_id: int = Field(0, ge=0, lt=1000)
    box: Box

    _ordered = field_validator("box")(ordered_box)

    def px(self, input_shape_px: MapShape) -> tuple[float, float, float, float]:
        """Return the box as (x, y, width, height) in pixels of an input (height, width)."""
        height, width = input_shape_px
        xmin, ymin, xmax, ymax = self.box
        return xmin * width, ymin * height, (xmax - xmin) * width, (ymax - ymin) * height


class AnchorsLook(Settings):
    """Where the user looks; what is chosen here changes nothing, and is not undone."""

    step: int | None = Field(None, ge=0)
    """How many steps of the matching are shown; None shows its end."""
    layer: int = Field(0, ge=0)
    row: int = Field(0, ge=0)
    column: int = Field(0, ge=0)
    """The selected cell; the layer counts from the finest map."""
    shape: int = Field(0, ge=0)
    """Which of the selected cell's anchors is explained."""
    shown: Shown = "cell"
    """{"cell", "matched", "top", "layer"}: which anchors are drawn."""
    num_top: int = Field(10, ge=1, le=100)
    """How many anchors "top" shows, the highest IoU first."""
    receptive_field: bool = False
    """Draw what the selected cell sees of the input."""
    where: Where = "best"
    """{"best", "mean", "worst"}: at which place of the image the map of sizes puts an object."""
    one_map: bool = False
    """The map of sizes shows what the selected layer catches, not all of them."""
    pinned: AnchorConfig | None = None
    """AnchorConfig: anchors that are kept beside the present ones, to compare."""
    pinned_maps: OwnMaps = ()
    """The `own_maps` that they had."""


class AnchorsState(AnchorsLook):
    """All that the user can choose on the page; its JSON makes the same page again."""

    anchors: AnchorConfig = TOY_SSD
    own_maps: OwnMaps = ()
    """Those of a detector from elsewhere, made for this input; empty for ToySSD's."""
    input_shape_px: tuple[Side, Side] = (256, 256)
    """(height, width): of the network's input; photographs are stretched to it."""
    objects: tuple[GroundTruth, ...] = Field(
        (GroundTruth(box=(0.25, 0.25, 0.75, 0.75)),), max_length=MAX_OBJECTS
    )
    """Up to 20 GroundTruth."""
    selected: int = Field(0, ge=0)
    """The object that is edited and explained; 0 where there is none."""
    match: MatchConfig = MatchConfig()
    dataset: str = "sample"
    photograph: int = Field(0, ge=0)
    """Number of the photograph in a data set."""

    @model_validator(mode="after")
    def _fits(self) -> AnchorsState:
        for number, gt in enumerate(self.objects, start=1):
            _x, _y, width, height = gt.px(self.input_shape_px)
            if min(width, height) < 0.999:
                text = _("object {number} must be at least 1 px wide and high")
                raise ValueError(text.format(number=number))
        if self.selected >= max(len(self.objects), 1):
            text = _("selected must be from 0 to {last}, got {selected}")
            raise ValueError(
                text.format(last=max(len(self.objects), 1) - 1, selected=self.selected)
            )
        self._check_own_maps()
        shapes = self.map_shapes
        if self.layer >= len(shapes):
            text = _("layer must be from 0 to {last}, got {layer}")
            raise ValueError(text.format(last=len(shapes) - 1, layer=self.layer))
        height, width = shapes[self.layer]
        if self.row >= height or self.column >= width:
            text = _("row {row}, column {column} is not on the {height}×{width} map")
            raise ValueError(
                text.format(row=self.row, column=self.column, height=height, width=width)
            )
        num_shapes = self.anchors.layers[self.layer].num_anchors
        if self.shape >= num_shapes:
            text = _("shape must be from 0 to {last}, got {shape}")
            raise ValueError(text.format(last=num_shapes - 1, shape=self.shape))
        return self

    def _check_own_maps(self) -> None:
        pairs = [(self.anchors, self.own_maps)]
        if self.pinned is not None:
            pairs.append((self.pinned, self.pinned_maps))
        for anchors, own_maps in pairs:
            num_layers = len(anchors.layers)
            if len(own_maps) not in (0, num_layers):
                text = _(
                    "these anchors have {num_layers} layers, but the detector has {num_maps} "
                    "maps: choose a preset first"
                )
                raise ValueError(text.format(num_layers=num_layers, num_maps=len(own_maps)))
        maps = zip(self.feature_maps, self.anchors.layers, strict=True)
        num_anchors = sum(each.num_cells * layer.num_anchors for each, layer in maps)
        if num_anchors > MAX_ANCHORS:
            text = _("there are {num_anchors:,} anchors, the limit is {limit:,}")
            raise ValueError(text.format(num_anchors=num_anchors, limit=MAX_ANCHORS))

    @property
    def feature_maps(self) -> tuple[FeatureMap, ...]:
        """A detector's own maps, or those that ToySSD makes of the input, finest first."""
        return self.own_maps or architecture_maps(self.anchors, self.input_shape_px)

    @property
    def map_shapes(self) -> tuple[MapShape, ...]:
        """(height, width) of each of them."""
        return tuple(each.shape for each in self.feature_maps)

    @property
    def selected_object(self) -> GroundTruth | None:
        """The object that is edited and explained."""
        return self.objects[self.selected] if self.objects else None


def labelled_objects(labels: NDArray[np.float32] | None) -> tuple[GroundTruth, ...]:
    """Return the objects of (G, 5) labels, cut at the image's border; at most 20 of them."""
    objects = []
    for row in [] if labels is None else labels.tolist():
        xmin, ymin, xmax, ymax = np.clip(row[1:], 0, 1).tolist()
        if xmax > xmin and ymax > ymin:
            objects.append(GroundTruth(class_id=int(row[0]), box=(xmin, ymin, xmax, ymax)))
    return tuple(objects[:MAX_OBJECTS])
