"""Colours, type and spacing: one source for the style sheet and for every figure.

`css_tokens` writes them as CSS variables; `template/theme.generated.css` is that text, committed,
because a plain `voila` reads templates only. A test holds the two equal; after a change run
``python -m explorer.pages.shared.page.theme``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, GlyphRenderer, HoverTool, Range1d
from bokeh.plotting import figure as bokeh_figure
from numpy.typing import ArrayLike, NDArray

from explorer.i18n import _

# Handed on: a figure says ``theme.ROLES`` as it says ``theme.INK``.
from explorer.pages.shared.page.colors import ROLES as ROLES
from explorer.pages.shared.page.colors import Role as Role

TEMPLATE_FOLDER = Path(__file__).parents[2] / "template"

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace'

INK = "#1a2233"
MUTED = "#5b6577"
FAINT = "#e4e7ee"
SURFACE = "#ffffff"
GROUND = "#f5f6fa"
ACCENT = "#3b4cca"
ACCENT_SOFT = "#eceefb"
DANGER = "#b3261e"
DANGER_SOFT = "#fdeceb"
RADIUS_PX = 14
SPACE_PX = 8


def css_tokens() -> str:
    """Return the style sheet's variables; widgets' own variables follow in `widgets.css`."""
    values = {
        "font": FONT,
        "mono": MONO,
        "ink": INK,
        "muted": MUTED,
        "faint": FAINT,
        "surface": SURFACE,
        "ground": GROUND,
        "accent": ACCENT,
        "accent-soft": ACCENT_SOFT,
        "danger": DANGER,
        "danger-soft": DANGER_SOFT,
        "radius": f"{RADIUS_PX}px",
        "space": f"{SPACE_PX}px",
        **{f"role-{name}": role.color for name, role in ROLES.items()},
    }
    lines = "".join(f"  --ssdx-{name}: {value};\n" for name, value in values.items())
    return f":root {{\n{lines}}}\n"


def figure(**options: Any) -> Any:
    """Return a Bokeh figure in our style: our fonts, grid and quiet axes, as wide as its place.

    Parameters
    ----------
    **options
        As for `bokeh.plotting.figure`; `height` is in CSS pixels (default 320). Without others it
        has no tools and no toolbar.
    """
    chosen: dict[str, Any] = {
        "height": 320,
        "sizing_mode": "stretch_width",
        "tools": "",
        "toolbar_location": None,
        "output_backend": "canvas",
        **options,
    }
    plot = bokeh_figure(**chosen)
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.outline_line_color = None
    plot.background_fill_color = SURFACE
    plot.border_fill_color = SURFACE
    plot.min_border_left = plot.min_border_right = 8
    plot.title.text_font = FONT
    plot.title.text_font_size = "15px"
    plot.title.text_font_style = "bold"
    plot.title.text_color = INK
    for axis in plot.axis:
        axis.axis_line_color = None
        axis.major_tick_line_color = None
        axis.minor_tick_line_color = None
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size = axis.major_label_text_font_size = "12px"
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_color = axis.major_label_text_color = MUTED
    for grid in plot.grid:
        grid.grid_line_color = FAINT
    return plot


def image_figure(width_px: int = 256, height_px: int = 256, **options: Any) -> Any:
    """Return a square-pixelled figure whose axes read like an image: y grows downwards.

    Its ranges are image pixels, so that pixel coordinates are drawn as they are. The image
    itself is the renderer called "image"; change it with `set_image`.

    Parameters
    ----------
    width_px, height_px : int
        Size of the image that the figure starts with (a light grey surface).
    """
    chosen: dict[str, Any] = {
        "x_range": Range1d(0, width_px),
        "y_range": Range1d(height_px, 0),
        "aspect_ratio": width_px / height_px,
        "height": None,
        "max_width": 640,
        **options,
    }
    plot = figure(**chosen)
    # Axes would take room from one side only, and pixels would no longer be square.
    plot.grid.visible = plot.axis.visible = False
    plot.min_border = plot.min_border_left = plot.min_border_right = 0
    blank = np.full((height_px, width_px, 3), 238, np.uint8)
    source = ColumnDataSource(_image_columns(blank))
    plot.image_rgba("image", "x", "y", "dw", "dh", source=source, name="image", level="image")
    return plot


def add_hover(plot: Any, renderer: Any, *lines: tuple[str, str], **options: Any) -> None:
    """Let a figure tell what the pointer finds on `renderer`.

    Parameters
    ----------
    *lines : (str, str)
        What is told, and the column that has it, as "@score{0.00}".
    **options
        As for Bokeh's `HoverTool`; by default the lines go with the pointer.
    """
    options = {"point_policy": "follow_mouse", **options}
    plot.add_tools(HoverTool(renderers=[renderer], tooltips=list(lines), **options))


def set_image(plot: Any, image: NDArray[Any]) -> None:
    """Show `image` (H, W, 3) uint8 RGB in a figure of `image_figure`, and fit its ranges."""
    renderer = plot.select_one({"name": "image"})
    if not isinstance(renderer, GlyphRenderer):
        raise ValueError(_("this figure has no image; make it with image_figure"))
    height_px, width_px = image.shape[:2]
    renderer.data_source.data = _image_columns(image)
    plot.x_range.update(start=0, end=width_px)
    plot.y_range.update(start=height_px, end=0)
    plot.aspect_ratio = width_px / height_px


def corner_columns(boxes: ArrayLike) -> dict[str, list[float]]:
    """Return N corner boxes, (N, 4) or none at all, as the columns of a `quad`."""
    left, top, right, bottom = np.array(boxes, float).reshape(-1, 4).T.tolist()
    return {"left": left, "right": right, "top": top, "bottom": bottom}


def rgba(image: NDArray[Any]) -> NDArray[Any]:
    """Return (H, W, 3) uint8 RGB as the (H, W) uint32 that Bokeh draws, fully opaque."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        text = _("image must be (H, W, 3) uint8, got {shape} {dtype}")
        raise ValueError(text.format(shape=image.shape, dtype=image.dtype))
    opaque = np.full((*image.shape[:2], 4), 255, np.uint8)
    opaque[..., :3] = image
    packed: NDArray[Any] = opaque.view(np.uint32)[..., 0]
    return packed


def _image_columns(image: NDArray[Any]) -> dict[str, list[Any]]:
    height_px, width_px = image.shape[:2]
    return {"image": [rgba(image)], "x": [0], "y": [0], "dw": [width_px], "dh": [height_px]}


if __name__ == "__main__":
    (TEMPLATE_FOLDER / "theme.generated.css").write_text(css_tokens(), encoding="utf-8")
