"""What a network wants of an image's pixels."""

from __future__ import annotations

from typing import Literal, NamedTuple

ChannelOrder = Literal["rgb", "bgr"]


class Pixels(NamedTuple):
    """From values of 0 to 255 to a network's input; as it stands, what the tutorial does."""

    channel_order: ChannelOrder = "rgb"
    mean: tuple[float, float, float] = (123.0, 117.0, 104.0)
    """Subtracted from each channel, in the order in which the network takes them."""
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What the rest is divided by, in the same order."""
