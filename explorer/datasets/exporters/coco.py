"""A set as one COCO file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.exporters.sizes import size_to_say
from explorer.files import json_bytes
from explorer.i18n import _


def coco_json(images: Sequence[LabelledImage], class_names: Sequence[str]) -> bytes:
    """Return a file of labels as pycocotools reads it; ids count from 1.

    Parameters
    ----------
    class_names : sequence of str
        In order of the category ids.

    Raises
    ------
    ValueError
        If an image's size is not known, a box is not four numbers, or a class is not in
        `class_names`.
    """
    category = {name: number for number, name in enumerate(class_names, start=1)}
    rows: list[dict[str, Any]] = []
    entries = []
    for image_id, image in enumerate(images, start=1):
        width, height = size_to_say(image)
        entries.append({"id": image_id, "file_name": image.name, "width": width, "height": height})
        for one in image.objects:
            x0, y0, x1, y1 = one.box_px
            if one.class_name not in category or not all(map(math.isfinite, one.box_px)):
                raise ValueError(
                    _(
                        "{name}, {place}: COCO needs a box of numbers and a class of the list, got "
                        "{class_name!r} at {box_px}",
                        name=image.name,
                        place=one.place,
                        class_name=one.class_name,
                        box_px=one.box_px,
                    )
                )
            rows.append(
                {
                    "id": len(rows) + 1,
                    "image_id": image_id,
                    "category_id": category[one.class_name],
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "area": (x1 - x0) * (y1 - y0),
                    "iscrowd": 0,
                }
            )
    categories = [{"id": number, "name": name} for name, number in category.items()]
    return json_bytes({"images": entries, "annotations": rows, "categories": categories})
