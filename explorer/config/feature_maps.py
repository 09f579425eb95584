"""The feature maps that a detector predicts from."""

from __future__ import annotations

from pydantic import Field

from explorer.config.settings import Positive, Settings

MapShape = tuple[int, int]
"""Height and width."""


class FeatureMap(Settings):
    """One map: its cells, how far apart they are on the input, and how much of it they see."""

    height: int = Field(ge=1)
    width: int = Field(ge=1)
    """int, at least 1: in cells."""
    stride_px: tuple[Positive, Positive]
    """Distance between the centres of neighbouring cells, down and across, px of
    the input. The first centre lies half a stride from the border.
    """
    receptive_field_px: int | None = Field(None, ge=1)
    """Side of the square of the input that a prediction of one cell can depend on, centred on
    the cell; None means the whole input.
    """

    @classmethod
    def spread(
        cls, shape: MapShape, input_shape_px: MapShape, receptive_field_px: int | None = None
    ) -> FeatureMap:
        """Return a map whose cells divide the input evenly, as MXNet's MultiBoxPrior has them."""
        (height, width), (input_height, input_width) = shape, input_shape_px
        return cls(
            height=height,
            width=width,
            stride_px=(input_height / height, input_width / width),
            receptive_field_px=receptive_field_px,
        )

    @property
    def shape(self) -> MapShape:
        """(height, width)."""
        return self.height, self.width

    def steps(self, input_shape_px: MapShape) -> tuple[float, float] | None:
        """Return the stride (y, x) as a share of the input; None where cells divide it evenly.

        MXNet's MultiBoxPrior has them as `steps`.
        """
        if self.stride_px == self.spread(self.shape, input_shape_px).stride_px:
            return None
        (down, across), (height, width) = self.stride_px, input_shape_px
        return down / height, across / width

    def cell_at(self, x_px: float, y_px: float) -> tuple[int, int]:
        """Return row and column of the cell whose centre is nearest to a point of the input."""
        down, across = self.stride_px
        row = min(max(int(y_px / down), 0), self.height - 1)
        column = min(max(int(x_px / across), 0), self.width - 1)
        return row, column

    @property
    def num_cells(self) -> int:
        """Height times width."""
        return self.height * self.width

    @property
    def name(self) -> str:
        """What texts call the map: height×width."""
        return f"{self.height}×{self.width}"
