"""Shapes of the anchors, layer by layer."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from explorer.config.scales import scales
from explorer.config.settings import Settings
from explorer.i18n import _


class AnchorLayer(Settings):
    """Shapes of the anchors ("prior" or "default" boxes) of one prediction layer.

    A cell carries ``S + R - 1`` anchors, not ``S * R``: every size at ``ratios[0]``, then
    ``ratios[1:]`` at ``sizes[0]``.

    References
    ----------
    Liu et al. 2016, arXiv:1512.02325, section 2.2 (scales and aspect ratios).
    """

    sizes: tuple[float, ...]
    """S floats in (0, 2]: side of the square anchor, relative to the image's height."""
    ratios: tuple[float, ...]
    """R floats in (0, 100]: width over height; ``ratios[0]`` is 1 in nearly all configurations."""

    @field_validator("sizes", "ratios")
    @classmethod
    def _positive(cls, values: tuple[float, ...], info: Any) -> tuple[float, ...]:
        limit = 2.0 if info.field_name == "sizes" else 100.0
        if not values:
            text = _("{field_name} needs at least one number")
            raise ValueError(text.format(field_name=info.field_name))
        if len(values) > 16:
            text = _("{field_name} has {number} numbers, the limit is 16")
            raise ValueError(text.format(field_name=info.field_name, number=len(values)))
        for value in values:
            if not 0.0 < value <= limit:  # also False for NaN
                text = _("{field_name} must be above 0 and at most {limit:g}, got {value:g}")
                raise ValueError(text.format(field_name=info.field_name, limit=limit, value=value))
        return values

    @property
    def num_anchors(self) -> int:
        """Anchors per cell: ``S + R - 1``."""
        return len(self.sizes) + len(self.ratios) - 1


class AnchorConfig(Settings):
    """Anchors of the whole pyramid, one `AnchorLayer` per feature map, finest map first."""

    layers: tuple[AnchorLayer, ...]

    @field_validator("layers")
    @classmethod
    def _two_to_eight(cls, layers: tuple[AnchorLayer, ...]) -> tuple[AnchorLayer, ...]:
        if not 2 <= len(layers) <= 8:
            text = _("anchors need 2 to 8 layers, got {num_layers}")
            raise ValueError(text.format(num_layers=len(layers)))
        return layers

    @classmethod
    def of(cls, sizes: Any, ratios: Any) -> AnchorConfig:
        """Build from MXNet's two lists of lists; one list of ratios serves all layers."""
        if ratios and not isinstance(ratios[0], (list, tuple)):
            ratios = [ratios] * len(sizes)
        if len(sizes) != len(ratios):
            text = _("sizes has {num_sizes} layers, ratios has {num_ratios}")
            raise ValueError(text.format(num_sizes=len(sizes), num_ratios=len(ratios)))
        layers = [
            AnchorLayer(sizes=tuple(s), ratios=tuple(r)) for s, r in zip(sizes, ratios, strict=True)
        ]
        return cls(layers=tuple(layers))

    @classmethod
    def from_scales(
        cls, minimum: float, maximum: float, num_layers: int, ratios: Any
    ) -> AnchorConfig:
        """Build from evenly growing `scales`, rounded to 3 decimals as the tutorial's are.

        ``from_scales(0.2, 0.88, 5, [1, 2, 0.5])`` is `TOY_SSD`.
        """
        pairs = scales(minimum, maximum, num_layers)
        return cls.of([[round(size, 3) for size in pair] for pair in pairs], ratios)

    @property
    def sizes(self) -> list[list[float]]:
        """Sizes as MXNet's operators take them: one list per layer."""
        return [list(layer.sizes) for layer in self.layers]

    @property
    def ratios(self) -> list[list[float]]:
        """Ratios as MXNet's operators take them: one list per layer."""
        return [list(layer.ratios) for layer in self.layers]
