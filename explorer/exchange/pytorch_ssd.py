"""pytorch-ssd: `SSDSpec`s, from which its `generate_ssd_priors` makes the anchors.

The rule is qfgaohao/pytorch-ssd, vision/utils/box_utils.py: on a square map of feature_map_size
cells that are shrinkage px apart, each cell has squares of min and √(min·max), px, then for each
aspect ratio r, width over height, min·√r × min/√r and the inverse of it. All is divided by the
side of the image. With ``clamp``, its default, centres and sides are cut to 1.
"""

from __future__ import annotations

import ast
import math

from explorer.config import AnchorConfig, MapShape
from explorer.exchange.numerals import DECIMALS, exact, single
from explorer.exchange.paired_shapes import paired_shapes, up_to_inverse
from explorer.exchange.python_numbers import is_numbers, parse_python, value_of
from explorer.exchange.shapes import FeatureMaps, Written, differences
from explorer.exchange.sizes_px import max_px, min_px
from explorer.i18n import _

_FIELDS = {
    "SSDSpec": ("feature_map_size", "shrinkage", "box_sizes", "aspect_ratios"),
    "SSDBoxSizes": ("min", "max"),
}


def write_ssd_specs(config: AnchorConfig, maps: FeatureMaps, input_shape_px: MapShape) -> Written:
    """Write what stands in a configuration of pytorch-ssd, with ``clamp`` off.

    Sizes are rounded to 6 decimals; of more than two of a layer, the first two are written.
    """
    height, width = input_shape_px
    lines, theirs = [], []
    for layer, each in zip(config.layers, maps, strict=True):
        first, *more = layer.sizes
        low = min_px(first, height)
        high = max_px(more[0], height, low) if more else low
        ratios = up_to_inverse(layer)
        shrinkage = single(each.stride_px[0])
        sizes = f"SSDBoxSizes({exact(low)}, {exact(high)})"
        listed = ", ".join(map(exact, ratios))
        lines.append(f"    SSDSpec({each.height}, {shrinkage}, {sizes}, [{listed}]),\n")
        theirs.append(paired_shapes(low, high, ratios) * (width / height, 1))
    text = f"""\
from vision.utils.box_utils import SSDBoxSizes, SSDSpec, generate_ssd_priors

image_size = {height}
specs = [
{"".join(lines)}]
priors = generate_ssd_priors(specs, image_size, clamp=False)
"""
    why = _(
        "SSDSpec gives a cell two squares, of min and √(min · max), and each ratio together with "
        "its inverse at min, in pixels."
    )
    notes = differences(config, maps, input_shape_px, theirs, why)
    if height != width or any(
        each.height != each.width or each.stride_px[0] != each.stride_px[1] for each in maps
    ):
        square = _(
            "pytorch-ssd has square inputs and maps only: what is written has the height of ours "
            "in both directions."
        )
        notes = (*notes, square)
    return Written(text, notes)


def read_ssd_specs(text: str, input_shape_px: MapShape) -> AnchorConfig:
    """Read the ``SSDSpec``s of Python text, in their order; all else is passed over.

    Sizes are relative to the text's own ``image_size``, if it has one. They and the ratios are
    rounded to 6 decimals. Where anchors lie (feature_map_size, shrinkage) and whether they are
    cut (clamp) is not read: ToySSD's maps decide that. Nothing of the text is run.

    Raises
    ------
    ValueError
        If there is no ``SSDSpec``, or one that is not of plain numbers.
    """
    tree = parse_python(text)
    side = float(input_shape_px[0])
    for line in tree.body:
        match line:
            case ast.Assign(targets=[ast.Name(id="image_size")], value=value):
                side = _number(value, "image_size")
    calls = [each for node in ast.walk(tree) for each in _calls(node, "SSDSpec")]
    if not calls:
        raise ValueError(
            _("SSDSpec is missing: write specs = [SSDSpec(32, 8, SSDBoxSizes(51, 95), [2]), …].")
        )
    sizes, ratios = [], []
    for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
        spec = _arguments(call, "SSDSpec")
        boxes = _arguments(spec["box_sizes"], "SSDBoxSizes")
        low, high = (_number(boxes[name], name) for name in ("min", "max"))
        sizes.append([round(px / side, DECIMALS) for px in (low, math.sqrt(low * high))])
        listed = value_of(spec["aspect_ratios"])
        if not is_numbers(listed) or not all(listed):
            text = _("Line {line}: {name} must be numbers above 0.")
            raise ValueError(text.format(line=call.lineno, name="aspect_ratios"))
        pairs = [each for ratio in listed for each in (ratio, round(1 / ratio, DECIMALS))]
        ratios.append([1.0, *pairs])
    return AnchorConfig.of(sizes, ratios)


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    """Return `node` if it is a call of that function; else nothing."""
    match node:
        case ast.Call(func=ast.Name(id=found) | ast.Attribute(attr=found)) if found == name:
            return [node]
    return []


def _arguments(node: ast.expr, name: str) -> dict[str, ast.expr]:
    """Return what one of the two tuples is called with, by field."""
    fields = _FIELDS[name]
    for call in _calls(node, name):
        given: dict[str | None, ast.expr] = dict(zip(fields, call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords}
        if len(call.args) <= len(fields) and given.keys() == set(fields):
            return {field: given[field] for field in fields}
    text = _("Line {line}: {name} needs {fields}.")
    raise ValueError(text.format(line=node.lineno, name=name, fields=", ".join(fields)))


def _number(node: ast.expr, name: str) -> float:
    value = value_of(node)
    if isinstance(value, list) or not value > 0:
        text = _("Line {line}: {name} must be a number above 0.")
        raise ValueError(text.format(line=node.lineno, name=name))
    return float(value)
