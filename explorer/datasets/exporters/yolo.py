"""One image as YOLO's lines."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.exporters.sizes import size_to_say
from explorer.i18n import _


def yolo_text(image: LabelledImage, class_names: Sequence[str]) -> str:
    """Return one line per object: class id, centre and size relative to the image.

    Nine digits: a box of an image 20,000 px wide moves by less than 0.001 px.

    Raises
    ------
    ValueError
        If the image's size is not known, or a class is not in `class_names`.
    """
    width, height = size_to_say(image)
    lines = []
    for one in image.objects:
        if one.class_name not in class_names:
            text = _("{name}, {place}: {class_name!r} is not in the list")
            raise ValueError(
                text.format(name=image.name, place=one.place, class_name=one.class_name)
            )
        x0, y0, x1, y1 = one.box_px
        values = (
            (x0 + x1) / 2 / width,
            (y0 + y1) / 2 / height,
            (x1 - x0) / width,
            (y1 - y0) / height,
        )
        numbers = " ".join(f"{value:.9f}" for value in values)
        lines.append(f"{class_names.index(one.class_name)} {numbers}\n")
    return "".join(lines)
