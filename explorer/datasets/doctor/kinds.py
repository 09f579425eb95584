"""What can be wrong with labels and their images: what it is called, why it matters, what helps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from explorer.i18n import N_

Severity = Literal["error", "warning", "note"]
"""An error spoils training or stops it, a warning makes it worse, a note is worth a look."""


class Kind(str, Enum):
    """The kinds of findings; their values stand in reports, so they stay."""

    LABEL_UNREADABLE = "label-unreadable"
    IMAGE_MISSING = "image-missing"
    IMAGE_UNREADABLE = "image-unreadable"
    IMAGE_TRUNCATED = "image-truncated"
    NO_NUMBER = "no-number"
    RELATIVE_AS_PIXELS = "relative-as-pixels"
    PIXELS_AS_RELATIVE = "pixels-as-relative"
    XYWH_AS_CORNERS = "xywh-as-corners"
    CORNERS_AS_XYWH = "corners-as-xywh"
    SWAPPED_XY = "swapped-xy"
    INVERTED = "inverted"
    NO_AREA = "no-area"
    OUTSIDE = "outside"
    SIZE_DIFFERS = "size-differs"
    EXIF_TURNED = "exif-turned"
    UNKNOWN_CLASS = "unknown-class"
    MANY_OBJECTS = "many-objects"
    TINY = "tiny"
    DUPLICATE_BOX = "duplicate-box"
    TWO_CLASSES = "two-classes"
    DUPLICATE_IMAGE = "duplicate-image"
    EXIF_UNCLEAR = "exif-unclear"
    NO_OBJECT = "no-object"


@dataclass(frozen=True)
class About:
    """A kind in words, marked for translation where they are shown."""

    title: str
    severity: Severity
    """{"error", "warning", "note"}."""
    why: str
    """What it does to the training of an SSD."""
    remedy: str


ABOUT: dict[Kind, About] = {
    Kind.LABEL_UNREADABLE: About(
        N_("A label cannot be read"),
        "error",
        N_("What is not read is not learned; training would see an image without its objects."),
        N_("Fix or export the file again, or leave the image out."),
    ),
    Kind.IMAGE_MISSING: About(
        N_("The image is not there"),
        "error",
        N_("A box without an image teaches nothing."),
        N_("Put the image beside its label, or leave it out."),
    ),
    Kind.IMAGE_UNREADABLE: About(
        N_("The image cannot be opened"),
        "error",
        N_("Training would stop at it."),
        N_("Save it again as JPEG or PNG, or leave it out."),
    ),
    Kind.IMAGE_TRUNCATED: About(
        N_("The image is cut off or damaged"),
        "error",
        N_("Training would stop at it, or learn from the grey that stands for what is lost."),
        N_("Copy or download it again, or leave it out."),
    ),
    Kind.NO_NUMBER: About(
        N_("A box lacks a number"),
        "error",
        N_("One box that is no number makes the loss NaN, and every weight after it."),
        N_("Drop the box, or draw it again."),
    ),
    Kind.RELATIVE_AS_PIXELS: About(
        N_("Relative boxes taken for pixels"),
        "error",
        N_("All boxes are smaller than a pixel: no anchor overlaps them enough."),
        N_("Multiply them by the image's width and height."),
    ),
    Kind.PIXELS_AS_RELATIVE: About(
        N_("Pixels taken for relative boxes"),
        "error",
        N_(
            "All boxes lie far outside of the image: no anchor matches, every target is background."
        ),
        N_("Divide them by the image's width and height."),
    ),
    Kind.XYWH_AS_CORNERS: About(
        N_("x, y, width, height taken for corners"),
        "error",
        N_("Boxes turn inside out or cover the wrong place: the few that match teach nonsense."),
        N_("Compute the corners from the width and the height."),
    ),
    Kind.CORNERS_AS_XYWH: About(
        N_("Corners taken for x, y, width, height"),
        "error",
        N_("Boxes are too large and reach out of the image: they match anchors of other places."),
        N_("Take the last two numbers as the far corner, as they are."),
    ),
    Kind.SWAPPED_XY: About(
        N_("x and y swapped"),
        "error",
        N_("Boxes lie mirrored at the diagonal: anchors match where the objects are not."),
        N_("Swap them back."),
    ),
    Kind.INVERTED: About(
        N_("Box with negative width or height"),
        "error",
        N_("Its overlap with every anchor is 0, and the logarithm of its size is no number."),
        N_("Swap the two corners, or leave the box out."),
    ),
    Kind.NO_AREA: About(
        N_("Box without area"),
        "error",
        N_("Its overlap with every anchor is 0, and the logarithm of its size is not finite."),
        N_("Drop the box, or draw it again."),
    ),
    Kind.OUTSIDE: About(
        N_("Box reaches out of the image"),
        "error",
        N_("The anchors end at the border: what lies beyond only spoils the overlap."),
        N_("Cut the box at the border; drop it where nothing of it is inside."),
    ),
    Kind.SIZE_DIFFERS: About(
        N_("The label has another size than the image"),
        "error",
        N_("Relative boxes are pixels over this size: a wrong one moves and stretches them all."),
        N_("Take the file's size; boxes that were drawn at the other size are scaled with it."),
    ),
    Kind.EXIF_TURNED: About(
        N_("Boxes of an image that EXIF turns are not turned"),
        "error",
        N_("The image is read upright, so the boxes lie beside their objects."),
        N_("Turn the boxes with the image."),
    ),
    Kind.UNKNOWN_CLASS: About(
        N_("Class that is not in the list"),
        "error",
        N_("The network has no output for it; MXNet would read beyond the class scores, silently."),
        N_("Correct the list or the label, or leave the box out."),
    ),
    Kind.MANY_OBJECTS: About(
        N_("Far more objects than label_pad"),
        "warning",
        N_("All labels of a set are padded to its fullest image, and each row costs in matching."),
        N_("Pad to more rows if they are right, or leave the image out."),
    ),
    Kind.TINY: About(
        N_("Tiny after resizing"),
        "warning",
        N_("It is smaller than a cell of the finest feature map: hardly any anchor overlaps it."),
        N_("Train with a larger input size, cut the images into tiles, or leave the box out."),
    ),
    Kind.DUPLICATE_BOX: About(
        N_("The same box twice"),
        "warning",
        N_("Each takes an anchor in the forced round, and NMS can only ever find one of them."),
        N_("Keep one of them."),
    ),
    Kind.TWO_CLASSES: About(
        N_("One box, two classes"),
        "warning",
        N_("An anchor has one class target: which of the two it learns is chance."),
        N_("Decide on one; leave out what is wrong."),
    ),
    Kind.DUPLICATE_IMAGE: About(
        N_("The same image twice"),
        "warning",
        N_(
            "It counts twice; once in training and once in validation, it makes AP look better "
            "than it is."
        ),
        N_("Keep one of them."),
    ),
    Kind.EXIF_UNCLEAR: About(
        N_("Turned by EXIF, and the label does not say whether it is, too"),
        "note",
        N_("The image is read upright; boxes drawn on the unturned one lie elsewhere."),
        N_("Check whether the boxes lie on their objects; leave the image out if not."),
    ),
    Kind.NO_OBJECT: About(
        N_("No object on the image"),
        "note",
        N_(
            "MXNet's MultiBoxTarget sets all its targets to ignore, so it trains nothing; with "
            "other images in a batch it does no harm, and in validation it counts."
        ),
        N_("Keep it if it is meant as background; else label it or leave it out."),
    ),
}
"""In the order in which reports list them: what spoils most comes first."""
