"""Thresholds with the usual variances, for tests that decode without a detector."""

from __future__ import annotations

from typing import Any

from explorer.config import DetectConfig

VARIANCES = (0.1, 0.1, 0.2, 0.2)


def detect_config(**changes: Any) -> DetectConfig:
    """Return a config that says how to decode."""
    return DetectConfig(**{"variances": VARIANCES, **changes})
