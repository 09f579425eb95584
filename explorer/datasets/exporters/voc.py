"""One image as a Pascal VOC annotation."""

from __future__ import annotations

from xml.etree import ElementTree

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.exporters.sizes import size_to_say


def voc_xml(image: LabelledImage) -> bytes:
    """Return an annotation that `read_voc` reads to the same boxes, within 0.001 px.

    VOC counts pixels from 1 and includes the last one. Fractions are kept: most tools read
    them, and rounding would move a box at each round.

    Raises
    ------
    ValueError
        If the image's size is not known.
    """
    width, height = size_to_say(image)
    root = ElementTree.Element("annotation")
    folder, _, last = image.name.rpartition("/")
    for tag, text in (("folder", folder), ("filename", last), ("path", image.name)):
        ElementTree.SubElement(root, tag).text = text
    size = ElementTree.SubElement(root, "size")
    for tag, value in (("width", width), ("height", height), ("depth", 3)):
        ElementTree.SubElement(size, tag).text = str(value)
    for one in image.objects:
        element = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(element, "name").text = one.class_name
        box = ElementTree.SubElement(element, "bndbox")
        x0, y0, x1, y1 = one.box_px
        corners = {"xmin": _from_0(x0), "ymin": _from_0(y0), "xmax": x1, "ymax": y1}
        for tag, corner in corners.items():
            ElementTree.SubElement(box, tag).text = f"{corner:.10g}"
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8") + b"\n"


def _from_0(value: float) -> float:
    """Count from 1; what is outside stays where it is, as `read_voc` takes it."""
    return value + 1 if value >= 0 else value
