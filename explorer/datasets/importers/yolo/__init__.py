"""YOLO's labels: text files, one per image, with ``data.yaml`` or a list of classes."""

from __future__ import annotations

from explorer.datasets.importers.yolo.labels import is_here, read

__all__ = ["is_here", "read"]
