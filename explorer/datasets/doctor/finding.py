"""What an examination finds: findings, diagnoses of the whole set, and all of it as a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.datasets.annotations import AnnotationSet, LabelledImage
from explorer.datasets.doctor.frames import Frame
from explorer.datasets.doctor.image_facts import ImageFacts
from explorer.datasets.doctor.kinds import ABOUT, Kind

Facts = Mapping[tuple[str, Path | None], ImageFacts]
"""What was seen of each image file, by `facts_key`."""


def facts_key(image: LabelledImage) -> tuple[str, Path | None]:
    """Return what an image's facts are kept under, whatever becomes of its label."""
    return image.name, image.path


def names_an_image(image: LabelledImage) -> bool:
    """Say whether it is an image, and no label file that is damaged as a whole."""
    return image.path is not None or image.name != image.label_file.name


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    number: int
    """Of the image in the set that was examined."""
    object: int | None
    """Of the box on it; None where the image as a whole is meant."""
    reason: str
    """What was found here, with its numbers; hostile until escaped."""
    fix: str | None = None
    """The name of what mends it (`fixes.FIX_WORDS`); None where only a person can."""


@dataclass(frozen=True)
class Diagnosis:
    """A way in which a part of the set was misread, and how sure that is."""

    kind: Kind
    means: str
    """What the numbers mean instead."""
    num_images: int
    of_images: int
    """With boxes, in all."""
    num_boxes: int
    """That are read so."""
    num_misfits: int
    """Boxes that cannot be right as they stand: the evidence."""
    num_fitting: int
    """Boxes that are possible under the new reading."""

    @property
    def is_certain(self) -> bool:
        """Ten impossible boxes, all of them explained: no chance does that."""
        return self.num_misfits >= 10 and self.num_fitting == self.num_boxes


@dataclass(frozen=True, eq=False)
class Report:
    """An examination of a set."""

    annotations: AnnotationSet
    facts: Facts
    frames: tuple[Frame, ...]
    """What each image's boxes are counted in."""
    findings: tuple[Finding, ...]
    """By kind in the order of `ABOUT`, then by image and object."""
    diagnoses: tuple[Diagnosis, ...]
    class_names: tuple[str, ...]
    """The list that classes were held against."""
    input_size: int
    """Side that images are resized to, px."""
    label_pad: int

    @property
    def num_images(self) -> int:
        """Without label files that are damaged as a whole, which name no image."""
        return sum(names_an_image(image) for image in self.annotations.images)

    @property
    def num_usable(self) -> int:
        """Images that can be read, and whose labels can."""
        return sum(
            not image.problems and self.facts[facts_key(image)].problem is None
            for image in self.annotations.images
        )

    @property
    def num_objects(self) -> int:
        """All boxes."""
        return sum(len(image.objects) for image in self.annotations.images)

    @property
    def counts(self) -> dict[Kind, int]:
        """How many findings there are of each kind that occurs, in the order of `ABOUT`."""
        counted = Counter(finding.kind for finding in self.findings)
        return {kind: counted[kind] for kind in ABOUT if kind in counted}

    def of(self, kinds: Kind | Iterable[Kind]) -> tuple[Finding, ...]:
        """Return the findings of one kind, or of some."""
        wanted = {kinds} if isinstance(kinds, Kind) else set(kinds)
        return tuple(finding for finding in self.findings if finding.kind in wanted)

    def image(self, finding: Finding) -> LabelledImage:
        """Return the image that a finding is on."""
        return self.annotations.images[finding.number]

    def place(self, finding: Finding) -> str:
        """Return where it stands: image, object, label file; hostile until escaped."""
        image = self.image(finding)
        parts = [image.name]
        if finding.object is not None:
            parts.append(image.objects[finding.object].place)
        if image.label_file.name not in image.name.split("/"):
            parts.append(image.label_file.name)
        return ", ".join(part for part in parts if part)
