"""Nested settings and records as one row: each value under its dotted name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.config import TrainConfig


def dotted(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return `content` without nesting: ``{"seconds": {"data": 1}}`` gives ``seconds.data``.

    A list of mappings counts from 0, as in ``anchors.layers.0.sizes``; any other list is a value.
    """
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
            value = {str(index): item for index, item in enumerate(value)}
        if isinstance(value, Mapping):
            flat.update({f"{name}.{inner}": v for inner, v in dotted(value).items()})
        else:
            flat[name] = value
    return flat


def config_differences(a: TrainConfig, b: TrainConfig) -> list[tuple[str, Any, Any]]:
    """Return (dotted name, value in `a`, value in `b`) of each setting that differs.

    The values are as in JSON; None stands where a setting is absent, as that of a sixth anchor
    layer beside five. Equal configurations have no differences.
    """
    left, right = (dotted(config.model_dump(mode="json")) for config in (a, b))
    return [
        (name, left.get(name), right.get(name))
        for name in left | right
        if left.get(name) != right.get(name)
    ]
