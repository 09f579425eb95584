"""MXNet: the two lists that MultiBoxPrior takes, and code that calls it.

MultiBoxPrior makes S + R - 1 anchors per cell: each size at the first ratio, then each further
ratio at the first size. That is our own form, so all is exact.
"""

from __future__ import annotations

import ast
from typing import Any

from explorer.config import AnchorConfig, MapShape
from explorer.exchange.numerals import exact
from explorer.exchange.shapes import FeatureMaps, Written
from explorer.i18n import _

MOST_REPEATS = 16
"""Of ``[[1, 2, 0.5]] * 5``: more layers there are not."""

LARGEST = 1e6
"""No size or ratio comes near; larger whole numbers may not even fit into a float."""


def write_lists(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    """Write ``sizes = …`` and ``ratios = …`` as Python, one list per layer."""
    del maps, input_shape_px  # the numbers are relative
    return Written(_lists(config))


def write_toy_ssd(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    """Write a script that makes ToySSD's anchors with MXNet's MultiBoxPrior."""
    height, width = input_shape_px
    shapes = ", ".join(str(each.shape) for each in maps)
    return Written(
        f"""\
from mxnet import nd

{_lists(config)}

def toy_ssd_anchors(feature_maps):
    \"\"\"Return (1, A, 4) corners; feature_maps are (B, C, h, w), finest first.\"\"\"
    boxes = [
        nd.contrib.MultiBoxPrior(feature_map, sizes=layer_sizes, ratios=layer_ratios)
        for feature_map, layer_sizes, layer_ratios in zip(feature_maps, sizes, ratios)
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
    try:
        statements = ast.parse(text).body
    # What the parser raises for bytes that are not text, and for nesting without end.
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ValueError(_("Line {line} is not Python.").format(line=line)) from None
    lists = {
        target.id: _value(statement.value)
        for statement in statements
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
    one_for_all = _is_numbers(ratios)
    for name, rows in (("sizes", sizes), ("ratios", [ratios] if one_for_all else ratios)):
        if not isinstance(rows, list) or not all(_is_numbers(row) for row in rows):
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


def _row(numbers: tuple[float, ...]) -> str:
    return "[" + ", ".join(map(exact, numbers)) + "]"


def _rows(name: str, rows: list[str]) -> str:
    return f"{name} = [\n" + "".join(f"    {row},\n" for row in rows) + "]\n"


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, (int, float)) for entry in value)


def _value(node: ast.expr) -> Any:
    """Return the number or list that an expression stands for."""
    match node:
        case ast.Constant(value=int() | float() as number) if number < LARGEST:
            return number
        case ast.BinOp(op=ast.Div(), left=ast.Constant() as upper, right=ast.Constant() as lower):
            divisor = _value(lower)
            if divisor != 0:
                return _value(upper) / divisor
        case ast.List(elts=entries) | ast.Tuple(elts=entries):
            return [_value(entry) for entry in entries]
        case ast.BinOp(op=ast.Mult(), left=ast.List() as row, right=ast.Constant(value=int() as n)):
            if n <= MOST_REPEATS:
                return _value(row) * n
    raise ValueError(_("Line {line}: write lists of plain numbers above 0.", line=node.lineno))
