"""A legend says what is drawn, in the look of what is drawn."""

from __future__ import annotations

import re

from bokeh.plotting import figure

from explorer.pages.train.curves.legend import FigureLegend

SWATCH = re.compile(r"<svg[^>]*>(.*?)</svg><span>(.*?)</span>")


def test_each_entry_has_the_look_of_its_renderers() -> None:
    plot, legend = figure(), FigureLegend(56)
    dashed = plot.line([1], [2], line_color="#123456", line_dash="dashed", line_width=3)
    points = plot.scatter([1], [2], size=9, color="#abcdef")
    low, high = (
        plot.varea([1], [0], [top], fill_color="#00ff00", fill_alpha=0.5) for top in (1, 2)
    )
    legend.add("a line", dashed)
    legend.add("points", points)
    legend.add("two <areas>", low, high)
    line, dots, areas = SWATCH.findall(legend.div.text)
    assert line[1] == "a line"
    for part in ('d="M0 10.0H20"', '"#123456"', 'stroke-width="3"', 'stroke-dasharray="6"'):
        assert part in line[0]
    assert dots == ('<circle cx="10.0" cy="10.0" r="4.5" fill="#abcdef"/>', "points")
    assert areas[1] == "two &lt;areas&gt;"
    assert areas[0].count('fill="#00ff00" fill-opacity="0.5"') == 2


def test_an_entry_without_a_label_is_not_shown() -> None:
    plot, legend = figure(), FigureLegend(56)
    say = legend.add("", plot.line([1], [2]))
    assert legend.div.text == "<ul></ul>"
    say("now")
    assert [label for _shape, label in SWATCH.findall(legend.div.text)] == ["now"]
    say("")
    assert legend.div.text == "<ul></ul>"
