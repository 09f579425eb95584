"""From an `AnnotationSet` to the files of other tools; images stay where they are."""

from __future__ import annotations

from explorer.datasets.exporters.write import write_coco, write_voc, write_yolo

__all__ = ["write_coco", "write_voc", "write_yolo"]
