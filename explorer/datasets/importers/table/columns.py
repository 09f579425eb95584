"""Which column of a table of boxes is which, by the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from explorer.i18n import _

_IMAGE = (
    "image", "filename", "file", "imagename", "imagepath", "imagefile", "imagefilename", "path",
    "filepath", "imgname", "imgpath", "imgfile", "img", "imageid", "imgid", "imageurl", "url",
    "nameid", "frame", "photo", "picture", "externalid", "name", "id",
)  # fmt: skip
_CLASS = (
    "class", "classname", "label", "labelname", "category", "categoryname", "object", "objectname",
    "objectclass", "classlabel", "tag", "type", "name", "classid", "labelid", "categoryid", "cls",
    "target", "species",
)  # fmt: skip
_CLASS_ENDS = ("class", "label", "category", "type", "kind", "species")
"""Of names such as ``cell_type``, where no column has one of the usual names."""

_GROUP = ("isgroupof", "iscrowd", "isgroup")
_SCORE = ("score", "confidence", "conf", "probability", "prob")
_SIDE = ("split", "set", "subset", "usage", "dataset")
_BOX = re.compile(r"^(bbox|bb|box|boundingbox|bndbox|rect|rel|abs|region|coordinates|coord)(?=.)")
"""What a column's name may have before that of a corner."""

_LEFT = ("xmin", "x1", "left", "xtl", "minx", "xstart", "startx", "tlx", "topleftx", "ulx", "x0")
_TOP = ("ymin", "y1", "top", "ytl", "miny", "ystart", "starty", "tly", "toplefty", "uly", "y0")
_RIGHT = ("xmax", "x2", "right", "xbr", "maxx", "xend", "endx", "brx", "bottomrightx", "lrx")
_BOTTOM = ("ymax", "y2", "bottom", "ybr", "maxy", "yend", "endy", "bry", "bottomrighty", "lry")
_WIDTH = ("w", "width")  # with both, the second is that of the image
_HEIGHT = ("h", "height")
_CENTRE = (
    ("xcenter", "centerx", "cx", "xc", "xcentre", "centrex", "xmid", "centerxcoord"),
    ("ycenter", "centery", "cy", "yc", "ycentre", "centrey", "ymid", "centerycoord"),
)


class Form(Enum):
    """What the numbers of a box are."""

    CORNERS = "corners"
    CENTRE = "centre"
    SIZED = "sized"
    OUTLINE = "outline"


_FORMS = (
    (Form.OUTLINE, tuple((f"{axis}{point}",) for point in (1, 2, 3, 4) for axis in "xy")),
    (Form.CORNERS, (("x0",), ("y0",), ("x1",), ("y1",))),
    (Form.CORNERS, (_LEFT, _TOP, _RIGHT, _BOTTOM)),
    (Form.CENTRE, (*_CENTRE, _WIDTH, _HEIGHT)),
    (Form.SIZED, (("x", *_LEFT), ("y", *_TOP), _WIDTH, _HEIGHT)),
)
_WHOLE = (
    "bbox", "box", "boundingbox", "bndbox", "bboxes", "boxes", "boundingboxes", "rect", "rectangle",
    "coordinates", "coords", "annotations", "bboxxyxy", "bboxxywh", "boxcoordinates", "geometry",
)  # fmt: skip
_WHOLE_FORMS = {"bboxxyxy": Form.CORNERS, "bboxxywh": Form.SIZED}
_SIZE = (
    (("imagewidth",), ("imageheight",)),
    (("imgwidth",), ("imgheight",)),
    (("width",), ("height",)),
)


@dataclass(frozen=True)
class Columns:
    """Places of columns, from 0."""

    image: int
    class_name: int | None
    """None: all objects are of one class."""
    box: tuple[int, ...]
    """Those of its numbers, or the one that holds the whole box."""
    form: Form | None
    """None where only the numbers can tell."""
    size: tuple[int, int] | None = None
    """Width and height of the image."""
    group: int | None = None
    """Says whether it is a group of objects."""
    score: int | None = None
    """Says how sure a detector was."""
    side: int | None = None
    """Says what the image is for."""
    header: bool = True
    """The first row names the columns."""

    def said(self, names: Sequence[str], form: Form) -> str:
        """Return the convention, for a person."""
        box = ", ".join(names[place].strip() for place in self.box if place < len(names))
        if not self.header:
            places = ", ".join(str(place + 1) for place in self.box)
            box = _("columns {places}, which have no names", places=places)
        texts = {
            Form.CORNERS: _("boxes are two corners ({names})"),
            Form.CENTRE: _("boxes are a centre and a size ({names})"),
            Form.SIZED: _("boxes are the upper left corner and a size ({names})"),
            Form.OUTLINE: _("boxes are those around an outline ({names})"),
        }
        return texts[form].format(names=box)


def plain_name(field: str) -> str:
    """Return a column's name as it is compared: letters and digits, in lower case."""
    return re.sub(r"[^a-z0-9]", "", field.lower())


def named_columns(header: Sequence[str]) -> Columns | None:
    """Return the columns that a header names; None if it names no image or no box."""
    plain = [plain_name(field) for field in header]
    short = [_BOX.sub("", name) for name in plain]
    of_box = [name if name != full else "" for name, full in zip(short, plain, strict=True)]
    for names in (of_box, short):  # "bbox_width" is no doubt the box's, "width" may be the image's
        for form, roles in _FORMS:
            box = _places(names, roles)
            if box is not None and (found := _with_others(plain, box, form)) is not None:
                return found
    for name in _WHOLE:
        if name in plain:
            return _with_others(plain, (plain.index(name),), _WHOLE_FORMS.get(name))
    return None


def _with_others(plain: list[str], box: tuple[int, ...], form: Form | None) -> Columns | None:
    image = _place(plain, _IMAGE, box)
    if image is None:
        return None
    sizes = (_places(plain, pair, box) for pair in _SIZE)
    size = next((pair for pair in sizes if pair is not None), None)
    class_name = _place(plain, _CLASS, (*box, image))
    if class_name is None:
        ending = [name for name in plain if name.endswith(_CLASS_ENDS)]
        class_name = _place(plain, ending, (*box, image))
    return Columns(
        image=image,
        class_name=class_name,
        box=box,
        form=form,
        size=None if size is None else (size[0], size[1]),
        group=_place(plain, _GROUP),
        score=_place(plain, _SCORE, (*box, image)),
        side=_place(plain, _SIDE, (*box, image)),
    )


def _places(
    plain: Sequence[str], roles: Sequence[Sequence[str]], taken: Sequence[int] = ()
) -> tuple[int, ...] | None:
    """Return a column for each role; None unless there is another one for each."""
    places = [_place(plain, names, taken) for names in roles]
    found = tuple(place for place in places if place is not None)
    return found if len(set(found)) == len(roles) else None


def _place(plain: Sequence[str], names: Sequence[str], taken: Sequence[int] = ()) -> int | None:
    """Return the column of the first of some names that there is."""
    for name in names:
        for place, other in enumerate(plain):
            if other == name and place not in taken:
                return place
    return None
