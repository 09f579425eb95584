"""All images of a set, looked at in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.doctor.image_facts import ImageFacts, look_at, missing
from explorer.datasets.doctor.kinds import Kind
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.datasets.walking import Cancelled, Progress, walk
from explorer.i18n import _, reason_of

_WORKERS = 2
"""Pillow releases Python's lock while it unpacks. An image of the largest size that is read takes
150 MB, so more of them would not fit into what is promised."""


def look_at_all(
    images: tuple[LabelledImage, ...],
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[tuple[LabelledImage, ImageFacts]]:
    """Yield each image with what was seen of it, in order; a few are looked at ahead."""
    with ImageBytes() as contents, ThreadPoolExecutor(_WORKERS) as pool:
        begun = (pool.submit(_look, image, contents) for image in images)
        ahead = deque(islice(begun, 2 * _WORKERS))
        try:
            for image in walk(images, progress, cancelled, _("the examination was stopped")):
                yield image, ahead.popleft().result()
                ahead.extend(islice(begun, 1))
        finally:
            for future in ahead:
                future.cancel()


def _look(image: LabelledImage, contents: ImageBytes) -> ImageFacts:
    try:
        return look_at(contents.read(image), image.name)
    except FileNotFoundError:
        return missing(_("{name} is not there").format(name=image.name))
    except OSError as error:
        text = _("{name} cannot be read: {why}", name=image.name, why=reason_of(error))
        return missing(text, Kind.IMAGE_UNREADABLE)
    except ValueError as error:
        return missing(str(error), Kind.IMAGE_UNREADABLE)
