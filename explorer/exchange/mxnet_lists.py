"""MXNet: the two lists that MultiBoxPrior takes, and code that calls it.

MultiBoxPrior makes S + R - 1 anchors per cell: each size at the first ratio, then each further
ratio at the first size. That is our own form, so all is exact.
"""

from __future__ import annotations

import ast

from explorer.config import AnchorConfig, MapShape
from explorer.exchange.numerals import exact
from explorer.exchange.python_numbers import is_numbers, parse_python, value_of
from explorer.exchange.shapes import FeatureMaps, Written, are_even
from explorer.i18n import _


def write_lists(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    """Write ``sizes = …`` and ``ratios = …`` as Python, one list per layer.

    ``steps = …`` stands below them where a map's cells do not divide the input evenly.
    """
    return Written(_lists(config) + _steps(maps, input_shape_px))


def write_toy_ssd(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    """Write a script that makes the anchors with MXNet's MultiBoxPrior."""
    height, width = input_shape_px
    shapes = ", ".join(str(each.shape) for each in maps)
    lists, names, steps = _lists(config), "sizes, ratios", ""
    if any(each.steps(input_shape_px) for each in maps):
        told = ", ".join(str(each.steps(input_shape_px) or (-1, -1)) for each in maps)
        lists += (
            f"steps = [{told}]  # between cells, down and across; -1 divides the input evenly\n"
        )
        names, steps = f"{names}, steps", ", steps=layer_steps"
    layers = ", ".join(f"layer_{name}" for name in names.split(", "))
    return Written(
        f"""\
from mxnet import nd

{lists}
def toy_ssd_anchors(feature_maps):
    \"\"\"Return (1, A, 4) corners; feature_maps are (B, C, h, w), finest first.\"\"\"
    boxes = [
        nd.contrib.MultiBoxPrior(feature_map, sizes=layer_sizes, ratios=layer_ratios{steps})
        for feature_map, {layers} in zip(feature_maps, {names})
    ]
    return nd.concat(*boxes, dim=1)


# What the prediction layers' maps are for an input of {height}×{width} px (height×width).
map_shapes = [{shapes}]
anchors = toy_ssd_anchors([nd.zeros((1, 1, *shape)) for shape in map_shapes])
"""
    )


def read_lists(text: str, input_shape_px: MapShape) -> AnchorConfig:
    """Read `sizes` and `ratios` from Python text; other statements are passed over.

    A list may be repeated, as the tutorial's ``[[1, 2, 0.5]] * 5``, and a number be a fraction
    as 1/3. Nothing of the text is run.

    Raises
    ------
    ValueError
        If one of the two lists is missing or is no list of lists of numbers.
    """
    del input_shape_px
    lists = {
        target.id: value_of(statement.value)
        for statement in parse_python(text).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id in ("sizes", "ratios")
    }
    for name in ("sizes", "ratios"):
        if name not in lists:
            raise ValueError(
                _(
                    "{name} is missing: write sizes = [[0.2, 0.272], …] and "
                    "ratios = [[1, 2, 0.5], …], one list per layer."
                ).format(name=name)
            )
    sizes, ratios = lists["sizes"], lists["ratios"]
    one_for_all = is_numbers(ratios)
    for name, rows in (("sizes", sizes), ("ratios", [ratios] if one_for_all else ratios)):
        if not isinstance(rows, list) or not all(is_numbers(row) for row in rows):
            raise ValueError(
                _("{name} must be a list of lists of numbers, one per layer.").format(name=name)
            )
    return AnchorConfig.of(sizes, ratios)


def _lists(config: AnchorConfig) -> str:
    sizes = [_row(layer.sizes) for layer in config.layers]
    ratios = [_row(layer.ratios) for layer in config.layers]
    if len(set(ratios)) == 1:
        return f"{_rows('sizes', sizes)}ratios = [{ratios[0]}] * {len(ratios)}\n"
    return _rows("sizes", sizes) + _rows("ratios", ratios)


def _steps(maps: FeatureMaps, input_shape_px: MapShape) -> str:
    """Return MultiBoxPrior's steps, down and across, relative to the input; "" if all are even."""
    if are_even(maps, input_shape_px):
        return ""
    height, width = input_shape_px
    steps = [(each.stride_px[0] / height, each.stride_px[1] / width) for each in maps]
    return _rows("steps", [_row(each) for each in steps])


def _row(numbers: tuple[float, ...]) -> str:
    return "[" + ", ".join(map(exact, numbers)) + "]"


def _rows(name: str, rows: list[str]) -> str:
    return f"{name} = [\n" + "".join(f"    {row},\n" for row in rows) + "]\n"
