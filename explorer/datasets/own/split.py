"""Which images a network learns from, and which only judge it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from explorer.datasets.annotations import AnnotationSet
from explorer.i18n import _, ngettext

LARGEST_FRACTION = 0.5
_FEW = 20
"""Images, one in so many: fewer that look otherwise are no set to validate on."""

_NOTHING = ""
"""Stands for the class of images without objects, which are shared out, too."""


def split_images(
    annotations: AnnotationSet,
    val_fraction: float = 0.2,
    seed: int = 0,
    alike: Iterable[frozenset[str]] = (),
    given: Mapping[str, str] | None = None,
    keep_empty: bool = True,
    in_time: bool = False,
) -> dict[str, str]:
    """Return "train" or "val" for each image's name.

    - What `given` says, holds. Where it names one side only, all others are on the other side.
      If it leaves nothing to validate on, or nothing to train on, it is no split: not used.
    - Images that are alike are on one side: that of a given one among them, if all given ones
      agree.
    - The rest is shared out class by class, the rarest first, each with `val_fraction` of its
      images on the side of validation. Where a rarer class has not decided it already, one of a
      class's images at least is there, and one at least to train on. Two groups of images are
      enough for one to be there.
    - Cut in time, the last images of each folder, in the order of their names, are to validate on
      instead, and nothing is held together: all frames of one camera look alike.
    - The same arguments give the same split, whatever the order of the images.

    Parameters
    ----------
    val_fraction : float
        0 to 0.5, of the images.
    seed : int
        0 or more.
    alike : iterable of sets of names
        As `near_duplicates` returns them.
    given : mapping, optional
        Of names to "train" or "val"; by default the set's own `split`.
    keep_empty : bool
        Whether images without objects are shared out, too; else they get no entry.

    Raises
    ------
    ValueError
        If the fraction or the seed is out of range, or `given` has another word.
    """
    if not 0 <= val_fraction <= LARGEST_FRACTION:
        text = _("the part for validation must be 0 to 0.5, got {val_fraction}")
        raise ValueError(text.format(val_fraction=val_fraction))
    if seed < 0:
        raise ValueError(_("seed must be 0 or more, got {seed}", seed=seed))
    images = [
        image for image in annotations.images if keep_empty or image.objects or image.problems
    ]
    names = {image.name for image in images}
    fixed = _fixed(names, annotations.split if given is None else given)
    if in_time:
        return {**_cut(names - fixed.keys(), val_fraction), **fixed}
    classes = {
        image.name: {one.class_name for one in image.objects} or {_NOTHING} for image in images
    }
    groups = _groups(names, alike)
    split: dict[str, str] = {}
    free = []
    for group in groups:
        sides = {fixed[name] for name in group if name in fixed}
        if sides:
            # Lists that part a group hold for what they name; the rest of it is to train on.
            side = sides.pop() if len(sides) == 1 else "train"
            split.update({name: fixed.get(name, side) for name in group})
        else:
            free.append((group, Counter(kind for name in group for kind in classes[name])))
    order = np.random.default_rng(seed).permutation(len(free))
    shuffled = [free[place] for place in order]
    _share_out(shuffled, val_fraction, split, classes)
    if val_fraction > 0 and len(groups) > 1 and "val" not in split.values():
        split.update(dict.fromkeys(_least_missed(shuffled, classes), "val"))
    return {image.name: split[image.name] for image in images}


def one_film(split: Mapping[str, str], alike: Iterable[frozenset[str]]) -> str:
    """Return a sentence where images that look alike leave next to none to validate on, else "".

    That is so with the frames of a fixed camera: `split_images` does not part them unless it cuts
    in time.
    """
    largest = max((len(group & split.keys()) for group in alike), default=0)
    if largest <= len(split) - max(1, len(split) // _FEW):
        return ""
    return ngettext(
        "{n:,} of {all:,} images looks like others",
        "{n:,} of {all:,} images look alike, as the frames of a fixed camera do, and stay on one "
        "side of the split: cut it in time, or give lists of your own",
        largest,
        all=len(split),
    )


def _cut(names: Iterable[str], val_fraction: float) -> dict[str, str]:
    """Put the last images of each folder on the side of validation, one at least of several."""
    folders: dict[str, list[str]] = {}
    for name in sorted(names, key=_natural):
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    split = {}
    for film in folders.values():
        num_val = round(val_fraction * len(film)) or int(val_fraction > 0 and len(film) > 1)
        split.update(dict.fromkeys(film[: len(film) - num_val], "train"))
        split.update(dict.fromkeys(film[len(film) - num_val :], "val"))
    return split


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what puts ``f9.jpg`` before ``f10.jpg``."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _fixed(names: set[str], given: Mapping[str, str]) -> dict[str, str]:
    strange = sorted(set(given.values()) - {"train", "val"})
    if strange:
        raise ValueError(_("an image is for 'train' or 'val', got {strange!r}", strange=strange[0]))
    fixed = {name: side for name, side in given.items() if name in names}
    sides = set(fixed.values())
    if len(sides) == 1 and len(fixed) < len(names):
        other = "train" if sides == {"val"} else "val"
        return {name: fixed.get(name, other) for name in names}
    return fixed if len(sides) == 2 else {}


def _groups(names: set[str], alike: Iterable[frozenset[str]]) -> list[list[str]]:
    """Return all images as groups, in the order of their first names."""
    groups, grouped = [], set()
    for members in alike:
        group = sorted((members & names) - grouped)
        grouped.update(group)
        if group:
            groups.append(group)
    groups += [[name] for name in names - grouped]
    return sorted(groups)


def _share_out(
    free: list[tuple[list[str], Counter[str]]],
    val_fraction: float,
    split: dict[str, str],
    classes: Mapping[str, set[str]],
) -> None:
    """Put the free groups on the sides, given what is there already."""
    here = Counter(kind for name, side in split.items() if side == "val" for kind in classes[name])
    total = Counter(kind for kinds in classes.values() for kind in kinds)
    waiting = dict(enumerate(free))
    having_one: dict[str, list[int]] = defaultdict(list)
    for number, (__, counts) in waiting.items():
        for kind in counts:
            having_one[kind].append(number)
    for kind, __ in sorted(total.items(), key=lambda item: (item[1], item[0])):
        having = [number for number in having_one[kind] if number in waiting]
        wanted = val_fraction * total[kind]
        trained = total[kind] - here[kind] - sum(waiting[number][1][kind] for number in having)
        for place, number in enumerate(having):
            group, counts = waiting.pop(number)
            # The side that brings the class nearer to what is wanted; its last group is to train
            # on if nothing else is.
            nearer = abs(here[kind] + counts[kind] - wanted) < abs(here[kind] - wanted)
            needed = here[kind] == 0 and val_fraction > 0 and 2 * counts[kind] <= total[kind]
            is_last = place == len(having) - 1 and trained == 0
            side = "val" if (nearer or needed) and not is_last else "train"
            if side == "val":
                here.update(counts)
            else:
                trained += counts[kind]
            split.update(dict.fromkeys(group, side))


def _least_missed(
    free: list[tuple[list[str], Counter[str]]], classes: Mapping[str, set[str]]
) -> list[str]:
    """Return the group whose classes training has most of elsewhere, of such the smallest."""
    total = Counter(kind for kinds in classes.values() for kind in kinds)

    def loss(entry: tuple[list[str], Counter[str]]) -> tuple[int, int]:
        group, counts = entry
        return sum(counts[kind] == total[kind] for kind in counts), len(group)

    return min(free, key=loss)[0]
