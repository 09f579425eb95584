"""All images of a set, looked at in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from explorer.datasets.annotations import LabelledImage
from explorer.datasets.doctor.image_facts import ImageFacts, look_at, missing
from explorer.datasets.doctor.kinds import Kind
from explorer.datasets.folder_in_place import CancelledError
from explorer.datasets.records.image_bytes import ImageBytes
from explorer.i18n import _, reason_of

_WORKERS = 2
"""Pillow releases Python's lock while it unpacks. An image of the largest size that is read takes
150 MB, so more of them would not fit into what is promised."""


def look_at_all(
    images: tuple[LabelledImage, ...],
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[tuple[LabelledImage, ImageFacts]]:
    """Yield each image with what was seen of it, in order; a few are looked at ahead.

    Parameters
    ----------
    progress : callable(done, total)
        In images.
    cancelled : callable() -> bool

    Raises
    ------
    CancelledError
        If `cancelled` returned True.
    """
    with ImageBytes() as contents, ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[tuple[LabelledImage, Future[ImageFacts]]] = deque()
        rest: Iterable[LabelledImage] = iter(images)
        try:
            for image in islice(rest, 2 * _WORKERS):
                waiting.append((image, pool.submit(_look, image, contents)))
            for done in range(1, len(images) + 1):
                if cancelled is not None and cancelled():
                    raise CancelledError(_("the examination was stopped"))
                image, future = waiting.popleft()
                yield image, future.result()
                if progress is not None:
                    progress(done, len(images))
                for following in islice(rest, 1):
                    waiting.append((following, pool.submit(_look, following, contents)))
        finally:
            for _image, future in waiting:
                future.cancel()


def _look(image: LabelledImage, contents: ImageBytes) -> ImageFacts:
    try:
        return look_at(contents.read(image), image.name)
    except FileNotFoundError:
        return missing(_("{name} is not there").format(name=image.name))
    except OSError as error:
        text = _("{name} cannot be read: {why}")
        text = text.format(name=image.name, why=reason_of(error))
        return missing(text, Kind.IMAGE_UNREADABLE)
    except ValueError as error:
        return missing(str(error), Kind.IMAGE_UNREADABLE)
