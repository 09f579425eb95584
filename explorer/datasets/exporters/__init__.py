"""From an `AnnotationSet` to the files of other tools; images stay where they are."""

from __future__ import annotations

from explorer.datasets.exporters.coco import coco_json
from explorer.datasets.exporters.voc import voc_xml
from explorer.datasets.exporters.write import write_coco, write_voc, write_yolo
from explorer.datasets.exporters.yolo import yolo_text

__all__ = ["coco_json", "voc_xml", "write_coco", "write_voc", "write_yolo", "yolo_text"]
