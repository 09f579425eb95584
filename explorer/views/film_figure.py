"""The watched validation images of a run in one figure, with what the network finds now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource

from explorer.i18n import _
from explorer.images import read_image, resize
from explorer.views import theme

__all__ = ["NUM_TILES", "FilmFigure", "film_caption"]

_COLUMNS = 3
_ROWS = 2
_TILE_PX = 256
NUM_TILES = _COLUMNS * _ROWS
_GAP_PX = 8
_WIDTH_PX = _COLUMNS * _TILE_PX + (_COLUMNS - 1) * _GAP_PX
_HEIGHT_PX = _ROWS * _TILE_PX + (_ROWS - 1) * _GAP_PX
_LEAST_SCORE = 0.2
_MOST_BOXES = 3  # an untrained network finds dozens of equally bad ones
_BOX_COLUMNS = ("left", "right", "top", "bottom", "score", "text")


class FilmFigure:
    """Six tiles; the images are sent once a run, boxes at each frame.

    Attributes
    ----------
    plot : bokeh figure
    """

    def __init__(self) -> None:
        self.plot = theme.image_figure(
            _WIDTH_PX, _HEIGHT_PX, max_width=None, tools="", toolbar_location=None
        )
        self._gt = ColumnDataSource({"left": [], "right": [], "top": [], "bottom": []})
        self._found = ColumnDataSource({name: [] for name in _BOX_COLUMNS})
        gt, detection = theme.ROLES["gt"], theme.ROLES["detection"]
        self.plot.quad("left", "right", "top", "bottom", source=self._gt, **gt.box(fill_alpha=0.0))
        # The surer the network, the stronger the box: early guesses stay faint.
        self.plot.quad(
            "left",
            "right",
            "top",
            "bottom",
            source=self._found,
            fill_alpha=0.0,
            line_alpha="score",
            **detection.line(),
        )
        self.plot.text(
            "left",
            "top",
            "text",
            source=self._found,
            text_baseline="bottom",
            text_font_size="12px",
            text_color="white",
            text_alpha=1.0,
            background_fill_color=detection.color,
            background_fill_alpha="score",
            padding=2,
        )

    def show_run(self, folder: Path) -> None:
        """Send the watched images of the run whose film is in `folder`."""
        about = json.loads((folder / "images.json").read_text("utf-8"))
        count = len(about["labels"])
        self.show_images(
            [read_image(folder / f"image-{index}.png") for index in range(count)], about["labels"]
        )

    def show_images(self, images: list[np.ndarray], labels: list[Any]) -> None:
        """Send images (S, S, 3) uint8 and their labels (G, 5), and take all boxes away."""
        boxes = [_in_tile(i, row[1:]) for i, rows in enumerate(labels) for row in rows]
        theme.set_image(self.plot, _mosaic(images))
        self._gt.data = _columns(boxes)
        self._found.data = {name: [] for name in _BOX_COLUMNS}

    def show_frame(self, frame: dict[str, Any] | None) -> None:
        """Send the boxes of one film frame, or take all boxes away."""
        boxes, scores = [], []
        for index, image in enumerate(frame["images"] if frame else []):
            best = list(zip(image["boxes"], image["score"], strict=True))[:_MOST_BOXES]
            for box, score in best:
                if score >= _LEAST_SCORE:
                    boxes.append(_in_tile(index, box))
                    scores.append(score)
        texts = [f"{score:.2f}" for score in scores]
        self._found.data = {**_columns(boxes), "score": scores, "text": texts}


def film_caption(frame: dict[str, Any] | None) -> str:
    """Return the line above the tiles."""
    if frame is None:
        return _("Six validation images; the network’s boxes appear when training starts")
    return _("Six validation images after step {step}").format(step=f"{frame['step']:,}")


def _corner(index: int) -> tuple[int, int]:
    row, column = divmod(index, _COLUMNS)
    return column * (_TILE_PX + _GAP_PX), row * (_TILE_PX + _GAP_PX)


def _mosaic(images: list[np.ndarray]) -> np.ndarray:
    """Return the tiles as one image on the page's white."""
    mosaic = np.full((_HEIGHT_PX, _WIDTH_PX, 3), 255, np.uint8)
    for index, image in enumerate(images):
        x, y = _corner(index)
        mosaic[y : y + _TILE_PX, x : x + _TILE_PX] = resize(image, _TILE_PX, _TILE_PX)
    return mosaic


def _in_tile(index: int, box: list[float]) -> np.ndarray:
    """Return a normalised corner box as (left, top, right, bottom) px, cut at its tile."""
    x, y = _corner(index)
    scaled = np.clip(np.asarray(box, float), 0.0, 1.0) * _TILE_PX
    return scaled + np.array([x, y, x, y])


def _columns(boxes: list[np.ndarray]) -> dict[str, list[float]]:
    left, top, right, bottom = np.array(boxes, float).reshape(-1, 4).T.tolist()
    return {"left": left, "right": right, "top": top, "bottom": bottom}
