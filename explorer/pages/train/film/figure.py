"""The watched validation images of a run in one figure, with what the network finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray

from explorer.i18n import _
from explorer.images import read_image, resize
from explorer.pages.shared.page import theme
from explorer.pages.train.film.preview import FilmPreview

_COLUMNS = 3
_ROWS = 2
_TILE_PX = 256
_GAP_PX = 8
_WIDTH_PX = _COLUMNS * _TILE_PX + (_COLUMNS - 1) * _GAP_PX
_HEIGHT_PX = _ROWS * _TILE_PX + (_ROWS - 1) * _GAP_PX
_LEAST_SCORE = 0.2
_MOST_BOXES = 3  # an untrained network finds dozens of equally bad ones
_EDGES = ("left", "right", "top", "bottom")
_BARS_PX = 40
"""Height of a bar of score 1, from the tile's lower border."""
_WIDEST_BAR_PX = 10


class FilmFigure:
    """Six tiles; the images are sent once per run, boxes at each frame."""

    def __init__(self) -> None:
        self.plot = theme.image_figure(_WIDTH_PX, _HEIGHT_PX, max_width=None)
        self._gt = ColumnDataSource(theme.corner_columns([]))
        self._found = ColumnDataSource({name: [] for name in (*_EDGES, "score", "text")})
        self._bars = ColumnDataSource(theme.corner_columns([]))
        self._ground = ColumnDataSource(theme.corner_columns([]))
        gt, detection = theme.ROLES["gt"], theme.ROLES["detection"]
        self.plot.quad(*_EDGES, source=self._gt, **gt.box(fill_alpha=0.0))
        # The surer the network, the stronger the box: early guesses stay faint.
        found = {**detection.line(), "line_alpha": "score"}
        self.plot.quad(*_EDGES, source=self._found, fill_alpha=0.0, **found)
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
        self._draw_bars()

    def show_run(self, folder: Path, about: dict[str, Any]) -> None:
        """Send the watched images of the run whose film is in `folder`, with its images.json."""
        count = len(about["labels"])
        self.show_images(
            [read_image(folder / f"image-{index}.png") for index in range(count)], about["labels"]
        )

    def show_images(self, images: list[NDArray[Any]], labels: list[Any]) -> None:
        """Send images (S, S, 3) uint8 and their labels (G, 5), and take all boxes away."""
        boxes = [_in_tile(i, row[1:]) for i, rows in enumerate(labels) for row in rows]
        theme.set_image(self.plot, _mosaic(images))
        self._gt.data = theme.corner_columns(boxes)
        self.show_frame(None)

    def show_frame(self, frame: dict[str, Any] | None) -> None:
        """Send the boxes of one film frame, or take all boxes away."""
        images = frame.get("images", []) if frame else []
        boxes, scores = [], []
        for index, image in enumerate(images):
            best = list(zip(image["boxes"], image["score"], strict=True))[:_MOST_BOXES]
            for box, score in best:
                if score >= _LEAST_SCORE:
                    boxes.append(_in_tile(index, box))
                    scores.append(score)
        texts = [f"{score:.2f}" for score in scores]
        self._found.data = {**theme.corner_columns(boxes), "score": scores, "text": texts}
        # Films of earlier versions have no scores of anchors.
        anchor_scores = [image.get("anchor_score", []) for image in images]
        bars = [bar for i, s in enumerate(anchor_scores) for bar in _bars(i, s)]
        grounds = [_ground(i, len(s)) for i, s in enumerate(anchor_scores) if s]
        self._bars.data = theme.corner_columns(bars)
        self._ground.data = theme.corner_columns(grounds)

    def _draw_bars(self) -> None:
        """Put the bars on a light ground: they are to be read on any photograph."""
        ground = {"fill_color": "white", "fill_alpha": 0.6, "line_color": None}
        self.plot.quad(*_EDGES, source=self._ground, **ground)
        bar = {"fill_color": theme.ROLES["positive"].color, "line_color": None}
        self.plot.quad(*_EDGES, source=self._bars, name="anchor_scores", **bar)


def film_caption(frame: dict[str, Any] | None, preview: FilmPreview | None) -> str:
    """Return the line above the tiles."""
    if frame is not None:
        return _("Six validation images after step {step}", step=f"{frame['step']:,}")
    if preview is None:
        return _("Six validation images; the network’s boxes appear when training starts")
    name, of = (each.rsplit("/", 1)[-1] for each in (preview.dataset, preview.of))
    if of != name:
        text = _("Six validation images of {of} ({name}’s appear when training starts)")
    else:
        text = _("Six validation images of {name}; the network’s boxes appear when training starts")
    return text.format(name=name, of=of)


def _corner(index: int) -> tuple[int, int]:
    row, column = divmod(index, _COLUMNS)
    return column * (_TILE_PX + _GAP_PX), row * (_TILE_PX + _GAP_PX)


def _mosaic(images: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the tiles as one image on the page's white."""
    mosaic = np.full((_HEIGHT_PX, _WIDTH_PX, 3), 255, np.uint8)
    for index, image in enumerate(images):
        x, y = _corner(index)
        mosaic[y : y + _TILE_PX, x : x + _TILE_PX] = resize(image, _TILE_PX, _TILE_PX)
    return mosaic


def _in_tile(index: int, box: list[float]) -> NDArray[Any]:
    """Return a normalised corner box as (left, top, right, bottom) px, cut at its tile."""
    x, y = _corner(index)
    scaled = np.clip(np.asarray(box, float), 0.0, 1.0) * _TILE_PX
    moved: NDArray[Any] = scaled + np.array([x, y, x, y])
    return moved


def _bar_px(count: int) -> float:
    """Return the width of a bar, so that all fit into their tile."""
    return min(_WIDEST_BAR_PX, _TILE_PX / count)


def _bars(index: int, scores: list[float]) -> list[NDArray[Any]]:
    """Return a bar for each score, side by side along the tile's lower border."""
    x, y = _corner(index)
    bottom, width = y + _TILE_PX, _bar_px(max(1, len(scores)))
    return [
        np.array([x + i * width, bottom - score * _BARS_PX, x + (i + 0.8) * width, bottom])
        for i, score in enumerate(scores)
    ]


def _ground(index: int, count: int) -> NDArray[Any]:
    x, y = _corner(index)
    bottom = y + _TILE_PX
    return np.array([x, bottom - _BARS_PX, x + count * _bar_px(count), bottom])
