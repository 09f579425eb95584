"""What the reader can choose on the anchors page, as one JSON document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.config import TOY_SSD, AnchorConfig
from explorer.ssd.anchors import feature_map_shapes
from explorer.viewmodels.anchor_scene import INPUT_SHAPE_PX

__all__ = ["AnchorsState", "Box"]

Coordinate = Annotated[float, Field(ge=0.0, le=1.0)]
Box = tuple[Coordinate, Coordinate, Coordinate, Coordinate]


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
