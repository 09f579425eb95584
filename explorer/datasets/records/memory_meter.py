"""What a batch needs of memory, and what padding labels costs."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.i18n import _

_FLOAT = 4
_LABEL_WIDTH = 5
_MATCHING_ARRAYS = 11
"""Measured: this many arrays of anchors × label rows MultiBoxTarget of MXNet 1.9.1 allocates."""


@dataclass(frozen=True)
class BatchMemory:
    """Bytes."""

    images: int
    """As they are fed: float32."""
    labels: int
    """Padded."""
    matching: int
    """What MultiBoxTarget needs for a moment."""
    targets: int
    """What it returns."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.images + self.labels + self.matching + self.targets


def batch_memory(
    batch_size: int, label_pad: int, num_anchors: int, input_size: int = 256
) -> BatchMemory:
    """Return what a batch of B images, labels padded to P rows, A anchors, S px needs.

    - images: B · 3 · S² · 4
    - labels: B · P · 5 · 4
    - matching: 11 · B · A · P · 4. Rows of padding cost as much as objects: one crowded image
      makes the matching of every batch larger.
    - targets: B · A · (4 + 4 + 1) · 4, offsets, their mask and classes

    The network's own activations come on top.

    Raises
    ------
    ValueError
        If a number is below 1.
    """
    if min(batch_size, label_pad, num_anchors, input_size) < 1:
        raise ValueError(
            _(
                "batch_size, label_pad, num_anchors and input_size must be at least 1, got "
                "{batch_size}, {label_pad}, {num_anchors}, {input_size}",
                batch_size=batch_size,
                label_pad=label_pad,
                num_anchors=num_anchors,
                input_size=input_size,
            )
        )
    return BatchMemory(
        images=batch_size * 3 * input_size**2 * _FLOAT,
        labels=batch_size * label_pad * _LABEL_WIDTH * _FLOAT,
        matching=_MATCHING_ARRAYS * batch_size * num_anchors * label_pad * _FLOAT,
        targets=batch_size * num_anchors * 9 * _FLOAT,
    )
