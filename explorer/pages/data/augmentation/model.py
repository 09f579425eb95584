"""State of “Augmentation”: what training makes of one image, some throws of the dice beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import traitlets as t
from numpy.typing import NDArray

from explorer.datasets.augmentation import MODES, ImageChange, apply_change, covered, draw_change
from explorer.datasets.records.image import MAX_SIDE_PX
from explorer.images import shrunk
from explorer.pages.data.box_tables import BoxTables, SetView
from explorer.pages.data.set_images import SetImages
from explorer.pages.shared.pictures.pictures import Picture

if TYPE_CHECKING:
    from explorer.datasets.annotations import AnnotationSet
    from explorer.datasets.own.box_table import BoxTable

THROWS = 6

_WHOLE = 1 - 1e-6
"""Of an object; less was cut."""


@dataclass(frozen=True, eq=False)
class Throw:
    """What training may see of an image."""

    change: ImageChange
    image: NDArray[np.uint8]
    """(S, S, 3) uint8, RGB."""
    labels: NDArray[np.float32]
    """(G, 5) float32: class_id, corner box, normalised."""
    kept: NDArray[np.float64]
    """(G,) float64: what part of each object's area is on the image."""

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Objects of which a part is not on the image."""
        return self.kept < _WHOLE


@dataclass(frozen=True, eq=False)
class Thrown:
    """An image before, and what training may see of it."""

    picture: Picture
    """As the building of records makes it."""
    labels: NDArray[np.float32]
    """(G, 5) float32: its objects that can be trained on."""
    class_names: tuple[str, ...]
    num_unused: int
    """Objects whose boxes cannot be trained on."""
    mode: str
    """{"none", "crop", "full"}."""
    throws: tuple[Throw, ...]


class AugmentationModel(SetView):
    """One image of a set, augmented again and again as training does it."""

    mode = t.Enum(MODES, "full")
    """{"none", "crop", "full"}: as `TrainConfig.augment`."""
    number = t.Int(0)
    """The image."""
    seed = t.Int(0)
    """Another one gives other throws."""
    thrown = t.Any(None, allow_none=True)
    """Thrown or None: None until `throw` has come to its end, and where the image cannot be
    read.
    """
    chosen = t.Int(0)
    """The throw whose crop is looked at."""
    problem = t.Unicode("")
    """One sentence, or ""."""

    def __init__(self, tables: BoxTables | None = None) -> None:
        super().__init__(tables)
        self._images: SetImages | None = None

    @property
    def num_images(self) -> int:
        """How many images the set has."""
        return 0 if self.annotations is None else len(self.annotations.images)

    def show_set(self, annotations: AnnotationSet | None, input_size: int = 256) -> None:
        """Look at another set; `throw` does the work. The image stays, if it is still there."""
        before = self.annotations.images[self.number].name if self.num_images else None
        self._images = None
        self._asked += 1
        with self.hold_trait_notifications():
            self.annotations, self.input_size = annotations, input_size
            self.thrown, self.problem = None, ""
            names = [] if annotations is None else [image.name for image in annotations.images]
            self.number = names.index(before) if before in names else 0

    def turn(self, by: int) -> None:
        """Look at the image this many places later; at the ends it stays."""
        self._ask(number=min(max(self.number + by, 0), max(self.num_images - 1, 0)))

    def choose_mode(self, mode: str) -> None:
        """Augment as `mode` says."""
        self._ask(mode=mode)

    def another(self) -> None:
        """Ask for other throws."""
        self._ask(seed=self.seed + 1)

    async def throw(self) -> None:
        """Make what was asked for, in a thread, unless that is under way or done."""
        if not self.num_images:
            return
        annotations, known = self.annotations, self._images
        what = self.number, self.seed, self.input_size, self.mode

        def work(table: BoxTable) -> tuple[SetImages, Thrown | None, str]:
            images = known or SetImages(annotations, table)
            return images, *_thrown(images, *what)

        made = await self._make(work)
        if made is not None:
            with self.hold_trait_notifications():
                self._images, self.thrown, self.problem = made

    def _ask(self, **changes: object) -> None:
        """Change what is asked for; what was thrown stays until there is something new."""
        if any(getattr(self, name) != value for name, value in changes.items()):
            self._asked += 1
            with self.hold_trait_notifications():
                for name, value in changes.items():
                    setattr(self, name, value)


def _thrown(
    images: SetImages, number: int, seed: int, input_size: int, mode: str
) -> tuple[Thrown | None, str]:
    """Return None and one sentence if the image cannot be read."""
    seen = images.whole(number)
    if seen.picture is None:
        return None, seen.problem
    image, labels = shrunk(seen.picture.image, MAX_SIDE_PX), images.labels(number)
    picture = Picture(image, seen.picture.name)
    throws = []
    for throw in range(THROWS if mode != "none" else 1):
        # Seeded as the loader does it, with throws in place of its epochs.
        rng = np.random.default_rng([seed, throw, number + 1])
        change = draw_change((picture.width_px, picture.height_px), labels, rng, mode)
        changed, after = apply_change(image, labels, input_size, change)
        throws.append(Throw(change, changed, after, _kept(picture, labels[:, 1:], change)))
    num_unused = len(seen.boxes) - len(labels)
    return Thrown(picture, labels, images.class_names, num_unused, mode, tuple(throws)), ""


def _kept(picture: Picture, boxes: NDArray[np.float32], change: ImageChange) -> NDArray[np.float64]:
    """Return what part of each object's area a crop keeps."""
    if change.crop_px is None:
        return np.ones(len(boxes))
    crop = np.array(change.crop_px) / ([picture.width_px, picture.height_px] * 2)
    kept: NDArray[np.float64] = covered(boxes, crop[None])[0]
    return kept
