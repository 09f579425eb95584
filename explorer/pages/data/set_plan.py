"""All that decides a set, and what becomes of it: the counts of its split, or the set itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet
from explorer.datasets.catalog import check_new_name, is_named
from explorer.datasets.label_formats import WITHOUT_LABELS
from explorer.datasets.own.build import BuildReport, build_dataset
from explorer.datasets.own.class_list import ClassMapping
from explorer.datasets.own.near_duplicates import near_duplicates
from explorer.datasets.own.split import one_film, split_images
from explorer.i18n import _

Progress = Callable[[int, int], None]
Groups = Sequence[frozenset[str]]
Report = Callable[[str], Progress]
"""Gets what is under way, and returns what tells how far it is."""


@dataclass(frozen=True)
class SplitCounts:
    """What a split would put where."""

    images: dict[str, int]
    """dict of "train" and "val" to int."""
    objects: dict[str, tuple[int, int]]
    """dict of class name to (int, int): to train on and to validate on."""
    film: str = ""
    """Why images that look alike leave next to none to validate on; empty where they do not."""


@dataclass(frozen=True)
class Built:
    """A set that is there now."""

    name: str
    report: BuildReport
    num_alike: int
    """Groups of images that look alike, each on one side of the split."""


@dataclass(frozen=True)
class SetPlan:
    """All that decides a set."""

    annotations: AnnotationSet
    """With all that was mended and drawn."""
    as_read: AnnotationSet
    """As the files have it. It decides the split, so that a box that is drawn moves no image to
    the other side; where nothing was labelled yet, what is drawn decides.
    """
    mapping: ClassMapping
    folder: Path
    val_fraction: float
    seed: int
    given: Mapping[str, str] | None
    in_time: bool
    alike: Groups | None
    keep_empty: bool
    skip_bad: bool
    replace: bool
    """See `build_dataset` and `split_images`."""

    def counts(self) -> SplitCounts:
        """Say what the split would be; until `alike` is known a few images may still move."""
        mapped = self.mapping.apply(self.annotations)
        split = self._split(mapped, self.alike or ())
        images = Counter(split.values())
        objects = Counter(
            (one.class_name, split[image.name])
            for image in mapped.images
            if image.name in split
            for one in image.objects
        )
        return SplitCounts(
            {side: images[side] for side in ("train", "val")},
            {name: (objects[name, "train"], objects[name, "val"]) for name in mapped.class_names},
            "" if self.in_time else one_film(split, self.alike or ()),
        )

    def build(self, report: Report, cancelled: Callable[[], bool]) -> Built:
        """Build the set; a thread does it."""
        alike = self.alike
        if alike is None:
            doing = report(_("Looking for images that are alike…"))
            alike = near_duplicates(self.annotations.images, doing, cancelled)
        split = self._split(self.mapping.apply(self.annotations), alike)
        film = "" if self.in_time else one_film(split, alike)
        if film and "val" not in split.values():
            raise ValueError(film)
        built = build_dataset(
            self.annotations,
            split,
            self.folder,
            self.mapping,
            keep_empty=self.keep_empty,
            skip_bad=self.skip_bad,
            replace=self.replace,
            progress=report(_("Building {name}…").format(name=self.folder.name)),
            cancelled=cancelled,
        )
        return Built(self.folder.name, built, len(alike))

    def _split(self, mapped: AnnotationSet, alike: Groups) -> dict[str, str]:
        if self.as_read.kind == WITHOUT_LABELS:
            return split_images(
                mapped,
                self.val_fraction,
                self.seed,
                alike,
                self.given,
                self.keep_empty,
                self.in_time,
            )
        read = self.mapping.apply(self.as_read)
        sides = split_images(
            read, self.val_fraction, self.seed, alike, self.given, in_time=self.in_time
        )
        return {
            image.name: sides[image.name]
            for image in mapped.images
            if self.keep_empty or image.objects or image.problems
        }


def suggested_name(where: str) -> str:
    """Return a name that a set may have, from the path or the name that its images came from."""
    stem = Path(where.strip().rstrip("/")).name
    if stem.lower().endswith(".zip"):
        stem = stem[: -len(".zip")]
    words = re.findall("[A-Za-z0-9]+", stem)
    name = "-".join(words)[:60] or "my-images"
    try:
        check_new_name(name)
    except ValueError:  # one of ours
        name = f"my-{name}"
    if not is_named(where):
        return name
    # A set that is read cannot be replaced by itself.
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if not check_new_name(each).exists())
