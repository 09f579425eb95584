"""Mistakes that are none: whatever one does, the program does the same."""

from __future__ import annotations

_TYPE = "a type, which only mypy reads"
_LENGTHS = "both are as long by the line above"

EQUIVALENT: dict[tuple[str, ...], str] = {
    (
        "explorer/ssd/blind_zone.py",
        "- flat = best.reshape(len(width), -1)",
        "+ flat = best.reshape(len(width), -2)",
    ): "numpy takes any negative number for the side that follows from the others",
    (
        "explorer/datasets/importers/folder/texts.py",
        "- readings = [reading for reading in _readings(word) if reading[0] != wanted]",
        "+ readings = [reading for reading in _readings(word) if reading[1] != wanted]",
    ): "the word holds the byte that is none in the encoding that is wanted: it has no reading",
    (
        "explorer/datasets/importers/yolo/class_files.py",
        "- break",
        "+ return",
    ): "what follows the loop is the end of the function, with None",
    (
        "explorer/datasets/importers/voc.py",
        "- return value if math.isnan(value) else max(value - 1, min(value, 0.0))",
        "+ return value if (math.isnan(value)) and False else max(value - 1, min(value, 0.0))",
    ): "max of NaN and another number is the first of them",
    (
        "explorer/pages/anchors/model.py",
        '- "photograph", dataset=dataset, photograph=photograph, objects=objects, selected=0',
        '+ "XXphotographXX", dataset=dataset, photograph=photograph, objects=objects, selected=0',
    ): "a name of an edit is only compared with that of the edit before, which is another one",
    (
        "explorer/pages/data/images/model.py",
        "- good = good & (np.char.find(self._lower, text) >= 0)",
        "+ good = good & (np.char.rfind(self._lower, text) >= 0)",
    ): "a text that is found from the left is found from the right",
    (
        "explorer/pages/detect/whole_set/model.py",
        "- first = min(max(first, 0), max(num_cases - 1, 0)) // SHOWN * SHOWN",
        "+ first = min(max(first, 1), max(num_cases - 1, 0)) // SHOWN * SHOWN",
    ): "the second case is on the page of the first",
    (
        "explorer/pages/data/sizes/model.py",
        '- Extreme = Literal["smallest", "largest", "fullest"]',
        '+ Extreme = Literal["smallest", "LARGEST", "fullest"]',
    ): _TYPE,
    (
        "explorer/evaluation/dataset_nms.py",
        "- if num_pairs + len(first) > MOST_PAIRS:",
        "+ if num_pairs + len(first) >= MOST_PAIRS:",
    ): "decides which of two ways is taken, and both give the same",
    (
        "explorer/evaluation/dataset_nms.py",
        "- starts = np.searchsorted(self.image, np.arange(self.num_images + 1))",
        "+ starts = np.searchsorted(self.image, np.arange(self.num_images + 2))",
    ): "nobody reads the last one",
    (
        "explorer/evaluation/judging.py",
        '- order = np.argsort(group, kind="stable")',
        '+ order = np.argsort(group, kind="STABLE")',
    ): "numpy looks at the first letter, in either case",
    (
        "explorer/evaluation/precision_recall.py",
        "- known = ~np.isnan(table[0])",
        "+ known = ~np.isnan(table[1])",
    ): "a class has no AP at any IoU threshold, or one at each",
    (
        "explorer/evaluation/smallest_change.py",
        '- Setting = Literal["score_threshold", "nms_iou_threshold", "nms_topk", "force_suppress"]',
        '+ Setting = Literal["score_threshold", "nms_iou_threshold", "NMS_TOPK", "force_suppress"]',
    ): _TYPE,
    (
        "explorer/evaluation/smallest_change.py",
        '- Changes = dict[int, "SettingChange"]',
        '+ Changes = dict[int, "XXSettingChangeXX"]',
    ): _TYPE,
    (
        "explorer/evaluation/smallest_change.py",
        "- return detections, dict(zip(found[rows].tolist(), rows.tolist(), strict=True))",
        "+ return detections, dict(zip(found[rows].tolist(), rows.tolist(), strict=False))",
    ): _LENGTHS,
}
"""The reason, by file, line and changed line."""
