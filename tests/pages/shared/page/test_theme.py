from __future__ import annotations

import numpy as np
import pytest

from explorer.pages.shared.page import theme


def test_the_style_sheet_holds_the_colours_of_the_figures() -> None:
    committed = (theme.TEMPLATE_FOLDER / "theme.generated.css").read_text(encoding="utf-8")
    assert committed == theme.css_tokens(), "run `python -m explorer.pages.shared.page.theme`"


def test_colour_is_never_the_only_carrier() -> None:
    meets = [
        ("gt", "anchor", "positive", "forced", "mined", "ignored", "selected"),
        ("gt", "detection", "selected"),
        ("train", "validation"),
    ]
    for names in meets:
        looks = {(theme.ROLES[name].dash, theme.ROLES[name].width) for name in names}
        assert len(looks) == len(names)


def luminance(color: str) -> float:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        (theme.INK, theme.GROUND),
        (theme.MUTED, theme.GROUND),
        (theme.ACCENT, theme.ACCENT_SOFT),
        (theme.SURFACE, theme.ACCENT),
        (theme.DANGER, theme.DANGER_SOFT),
    ],
)
def test_text_is_legible(text: str, behind: str) -> None:
    dark, light = sorted([luminance(text), luminance(behind)])
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, level AA


def test_rgba_packs_the_bytes_as_bokeh_reads_them() -> None:
    image = np.array([[[1, 2, 3], [250, 0, 7]]], np.uint8)
    packed = theme.rgba(image)
    assert packed.dtype == np.uint32
    assert packed.view(np.uint8).reshape(1, 2, 4).tolist() == [[[1, 2, 3, 255], [250, 0, 7, 255]]]
    with pytest.raises(ValueError, match=r"must be \(H, W, 3\) uint8, got \(4, 4\) float64"):
        theme.rgba(np.zeros((4, 4)))


def test_an_image_figure_reads_like_an_image() -> None:
    plot = theme.image_figure(64, 32)
    theme.set_image(plot, np.zeros((100, 200, 3), np.uint8))
    assert (plot.x_range.start, plot.x_range.end) == (0, 200)
    assert (plot.y_range.start, plot.y_range.end) == (100, 0)  # y grows downwards
    assert plot.aspect_ratio == 2.0
    with pytest.raises(ValueError, match="has no image"):
        theme.set_image(theme.figure(), np.zeros((4, 4, 3), np.uint8))
