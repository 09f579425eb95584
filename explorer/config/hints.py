"""What a user says of a detector whose files do not say it."""

from __future__ import annotations

from typing import Any

from explorer.config.anchors import AnchorConfig
from explorer.config.pixels import ChannelOrder
from explorer.config.settings import Settings


class DetectorHints(Settings):
    """Settings of a `DetectorConfig` that a user knows; None is not told.

    What they may be, `DetectorConfig` says once the others are known, too.
    """

    class_names: tuple[str, ...] | None = None
    input_size: int | None = None
    anchors: AnchorConfig | None = None
    channel_order: ChannelOrder | None = None
    pixel_mean: tuple[float, float, float] | None = None
    pixel_std: tuple[float, float, float] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """Those that are told, by name."""
        return {name: value for name, value in self if value is not None}
