"""Pictures of images that have labels, or the sentences that say why there are none."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from explorer.datasets.records.image_bytes import ImageBytes
from explorer.i18n import _, reason_of
from explorer.images import read_image
from explorer.pages.shared.pictures.pictures import Picture

if TYPE_CHECKING:
    from explorer.datasets.annotations import LabelledImage

_Read = tuple[Picture | None, str]


class LabelledPictures:
    """Reads one picture, and the next one while the user looks at it.

    A photograph of 12 megapixels takes a good part of a second.
    """

    def __init__(self) -> None:
        self._contents = ImageBytes()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._ahead: tuple[LabelledImage, Future[_Read]] | None = None

    def close(self) -> None:
        """Close files and drop what was read ahead."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._contents.close()

    def read(self, image: LabelledImage) -> tuple[Picture | None, str]:
        """Return the picture, or None and why there is none."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and _is_same(ahead[0], image):
            return ahead[1].result()
        return self._read(image)

    def expect(self, image: LabelledImage) -> None:
        """Begin to read the picture that will probably be asked for next."""
        if self._ahead is None or not _is_same(self._ahead[0], image):
            self._ahead = image, self._thread.submit(self._read, image)

    def _read(self, image: LabelledImage) -> _Read:
        try:
            return Picture(read_image(self._contents.read(image), image.name), image.name), ""
        except FileNotFoundError:
            return None, _("The image is not there.")
        except OSError as error:
            return None, _("The image cannot be read: {reason}.").format(reason=reason_of(error))
        except ValueError as error:
            return None, str(error)


def other_size(image: LabelledImage, picture: Picture) -> str:
    """Return what to do where the label says another size than the file has; else ""."""
    said, size = image.said_size_px, (picture.width_px, picture.height_px)
    if said in (None, size):
        return ""
    return _(
        "The label says that the image has {said} px, but it has {size} px: let the label doctor "
        "fix its boxes, or use them as they are here."
    ).format(said="{} × {}".format(*said), size="{} × {}".format(*size))


def _is_same(one: LabelledImage, other: LabelledImage) -> bool:
    return (one.path, one.name) == (other.path, other.name)
