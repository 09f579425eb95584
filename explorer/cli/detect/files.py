"""The files that ``ssd-explorer detect`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.detect.images import ImageFile, annotated_names
from explorer.cli.outputs import check_outputs
from explorer.cli.terminal import num_images, num_objects
from explorer.files import write_contents
from explorer.i18n import _, ngettext

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.exchange.detected_image import DetectedImage


class DetectionFiles:
    """What was asked for: tables, written when all images are done, and drawings, one by one.

    For `coco` ``found.json`` also makes ``found-images.json``, which says what its ids mean;
    `annotated` is a folder.
    """

    def __init__(
        self,
        images: Sequence[ImageFile],
        coco: Path | None,
        csv: Path | None,
        annotated: Path | None,
    ) -> None:
        self._csv = csv
        self._coco = () if coco is None else (coco, _beside(coco))
        self._folder = annotated
        self._drawings: dict[ImageFile, Path] = {}
        if annotated is not None:
            names = annotated_names(images)
            self._drawings = {
                image: annotated / name for image, name in zip(images, names, strict=True)
            }
        self._found: list[DetectedImage] = []
        self._num_images = self._num_objects = 0

    @property
    def tables(self) -> list[Path]:
        """The files that are written at the end."""
        return [*self._coco, *([] if self._csv is None else [self._csv])]

    @property
    def any(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.tables or self._folder)

    def check(self, inputs: Iterable[Path], force: bool) -> None:
        """Raise what `check_outputs` raises."""
        check_outputs([*self.tables, *self._drawings.values()], inputs, force)

    def add(
        self,
        source: ImageFile,
        image: NDArray[np.uint8],
        found: DetectedImage,
        class_names: Sequence[str],
    ) -> None:
        """Draw an image, (H, W, 3) uint8 RGB, if that was asked for; keep its rows for the end."""
        self._num_images += 1
        self._num_objects += len(found)
        if self.tables:
            self._found.append(found)
        if self._drawings:
            from explorer.exchange.annotated_image import write_annotated

            write_contents({self._drawings[source]: write_annotated(image, found, class_names)})

    def finish(self, class_names: Sequence[str]) -> str:
        """Write the tables; return one sentence that says what is where.

        Where no image was added there are none, since they would say that nothing was found.
        """
        if not self._num_images:
            return _("No image could be read, so nothing was written.")
        contents: dict[Path, bytes] = {}
        if self._coco:
            from explorer.exchange.coco import coco_results

            files = coco_results(self._found, class_names)
            texts = (files.results.encode(), files.dataset.encode())
            contents |= zip(self._coco, texts, strict=True)
        if self._csv is not None:
            from explorer.exchange.detections_csv import detections_csv

            contents[self._csv] = detections_csv(self._found, class_names).encode()
        write_contents(contents)
        places = [str(path) for path in contents]
        if self._folder is not None:
            drawings = ngettext("{n:,} drawing", "{n:,} drawings", self._num_images)
            places.append(_("{drawings} in {folder}", drawings=drawings, folder=self._folder))
        objects, images = num_objects(self._num_objects), num_images(self._num_images)
        text = _("Found {objects} in {images}; wrote {places}")
        return text.format(objects=objects, images=images, places=", ".join(places))


def _beside(coco: Path) -> Path:
    return coco.parent / f"{coco.stem}-images{coco.suffix}"  # ".", too, which has no stem to change
