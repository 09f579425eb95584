"""Detections as COCO's results file, and the data set file that its ids belong to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from explorer.exchange.detected_image import DetectedImage
from explorer.i18n import _


@dataclass(frozen=True)
class CocoFiles:
    """Two JSON texts, both ASCII, each ending with a line break."""

    results: str
    """A list with ``image_id``, ``category_id``, ``bbox`` (x, y, width, height in px) and
    ``score`` of each object.
    """
    dataset: str
    """What the ids mean: ``images`` with ``file_name``, ``width`` and ``height``, and
    ``categories`` with ``name``. It has no annotations: the truth is not known here.
    """


def coco_results(images: Sequence[DetectedImage], class_names: Sequence[str]) -> CocoFiles:
    """Write what was found as COCO's results, with the images and categories they speak of.

    ``pycocotools.COCO(dataset).loadRes(results)`` reads them, as files, if there is any object
    at all. Image ids count from 1 in the order of `images`; the category id of a class is
    ``class_id + 1``, since 0 is the background to many programs.

    Parameters
    ----------
    images : sequence of DetectedImage
        May be empty, and each may have no objects.
    class_names : sequence of str
        In order of `class_id`.

    Returns
    -------
    CocoFiles
        Pixels are rounded to 3 decimals, scores to 6.

    References
    ----------
    Lin et al. 2014, arXiv:1405.0312; the pages of the COCO challenge on its formats.
    """
    results = [row for number, image in enumerate(images, 1) for row in _rows(number, image)]
    dataset = {
        "info": {"description": _("Images in which SSD Explorer looked for objects")},
        "images": [
            {
                "id": number,
                "file_name": image.name,
                "width": image.shape_px[1],
                "height": image.shape_px[0],
            }
            for number, image in enumerate(images, 1)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(class_names, 1)],
        "annotations": [],
    }
    return CocoFiles(_json(results), _json(dataset))


def _rows(image_id: int, image: DetectedImage) -> list[dict[str, Any]]:
    return [
        {
            "image_id": image_id,
            "category_id": int(class_id) + 1,
            "bbox": [round(float(v), 3) for v in (x, y, x2 - x, y2 - y)],
            "score": round(float(score), 6),
        }
        for class_id, score, (x, y, x2, y2) in zip(
            image.class_id, image.score, image.boxes_px, strict=True
        )
    ]


def _json(content: Any) -> str:
    # ASCII: a file name need not be valid UTF-8, and its escapes bring it back as it was.
    return json.dumps(content, allow_nan=False) + "\n"
