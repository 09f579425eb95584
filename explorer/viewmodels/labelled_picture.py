"""The picture of an image that has labels, or the sentence that says why it cannot be drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.i18n import _
from explorer.images import read_image
from explorer.viewmodels.pictures import Picture

if TYPE_CHECKING:
    from explorer.datasets.annotations import LabelledImage
    from explorer.datasets.image_bytes import ImageBytes

__all__ = ["other_size", "read_picture"]


def read_picture(image: LabelledImage, contents: ImageBytes) -> tuple[Picture | None, str]:
    """Return the picture, or why there is none."""
    try:
        return Picture(read_image(contents.read(image), image.name), image.name), ""
    except FileNotFoundError:
        return None, _("The image is not there.")
    except OSError as error:
        return None, _("The image cannot be read: {reason}.").format(reason=error.strerror)
    except ValueError as error:
        return None, str(error)


def other_size(image: LabelledImage, picture: Picture) -> str:
    """Return what to do where the label says another size than the file has; else ""."""
    said, size = image.said_size_px, (picture.width_px, picture.height_px)
    if said in (None, size):
        return ""
    return _(
        "The label says that the image has {said} px, but it has {size} px: let the label doctor "
        "mend its boxes, or take them as they lie here."
    ).format(said="{} × {}".format(*said), size="{} × {}".format(*size))
