"""What the numbers of a set's boxes mean: one sentence for each figure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.i18n import N_, _, ngettext
from explorer.pages.data.sizes.numbers import MATCH_IOU_THRESHOLD, BoxNumbers

_ALIKE = 1.5
"""The fullest part of the image has this many times as much as the emptiest; below that all count
as alike."""

_PARTS = (
    (N_("at the top left"), N_("at the top"), N_("at the top right")),
    (N_("on the left"), N_("in the middle"), N_("on the right")),
    (N_("at the bottom left"), N_("at the bottom"), N_("at the bottom right")),
)


def fit_sentence(numbers: BoxNumbers) -> str:
    """Return how many objects ToySSD's anchors catch, and what becomes of the others."""
    if not len(numbers.rows):
        return ""
    caught = int(numbers.coverage.covered.sum())
    if caught == len(numbers.rows):
        text = _("ToySSD’s anchors reach IoU {iou:.2f} with all of the objects.")
    elif caught:
        text = _(
            "ToySSD’s anchors reach IoU {iou:.2f} with {share} of the objects; each of the others "
            "gets one anchor by force, and is learned less well. The anchors page suggests better "
            "ones."
        )
    else:
        text = _(
            "ToySSD’s anchors reach IoU {iou:.2f} with no object; each gets one anchor by force, "
            "and is learned less well. The anchors page suggests better ones."
        )
    return text.format(iou=MATCH_IOU_THRESHOLD, share=_percent(caught, len(numbers.rows)))


def dots_sentence(numbers: BoxNumbers) -> str:
    """Return how many of the objects are drawn, if that is not all of them."""
    if len(numbers.dots) == len(numbers.rows):
        return ""
    return _("{dots:,} of {objects:,} objects are drawn, chosen at random.").format(
        dots=len(numbers.dots), objects=len(numbers.rows)
    )


def size_sentence(numbers: BoxNumbers) -> str:
    """Return the middle size, beside that of the smallest anchor."""
    if not len(numbers.rows):
        return ""
    smallest = float(np.sqrt(numbers.anchors_px.prod(axis=1)).min())
    below = int((numbers.sizes_px < smallest).sum())
    return _(
        "Half of the objects are smaller than {half:.0f} px at {input} px; ToySSD’s smallest "
        "anchor is {smallest:.0f} px, and {below} of the objects are smaller than that.",
        half=float(np.median(numbers.sizes_px)),
        input=numbers.input_size,
        smallest=smallest,
        below=_percent(below, len(numbers.rows)),
    )


def aspect_sentence(numbers: BoxNumbers) -> str:
    """Return the range of shapes that most objects have, beside the anchors'."""
    if not len(numbers.rows):
        return ""
    low, high = np.quantile(numbers.aspects, [0.1, 0.9]).tolist()
    widths, heights = numbers.anchors_px.T
    ratios = sorted({round(float(ratio), 2) for ratio in widths / heights})
    text = _(
        "Squeezed to a square, 8 of 10 objects are {low:.2g} to {high:.2g} times as wide as high; "
        "ToySSD’s anchors are {ratios} times."
    )
    return text.format(low=low, high=high, ratios=_listed([f"{ratio:g}" for ratio in ratios]))


def image_sentence(numbers: BoxNumbers) -> str:
    """Return how many objects an image has, and what images without one are good for."""
    on = numbers.objects_on
    if not len(on):
        return ""
    text = _("An image has {mean:.1f} objects on average, and {most:,} at most.").format(
        mean=float(on.mean()), most=int(on.max())
    )
    empty = int((on == 0).sum())
    if not empty:
        more = _("Every image has at least one.")
    elif numbers.class_id >= 0:
        more = _("{empty:,} of {all:,} images have none of this class.")
    else:
        more = _(
            "{empty:,} of {all:,} images have none: MXNet’s MultiBoxTarget leaves all their "
            "anchors out of the loss, so they train nothing; in validation whatever is found on "
            "them counts as wrong."
        )
    return f"{text} {more.format(empty=empty, all=len(on))}"


def place_sentence(numbers: BoxNumbers) -> str:
    """Return where objects are found most, and where least."""
    if not len(numbers.rows):
        return ""
    parts = _ninths(numbers.places)
    most, least = (np.unravel_index(at, parts.shape) for at in (parts.argmax(), parts.argmin()))
    if parts[most] < _ALIKE * parts[least]:
        return _(
            "Objects are spread evenly: any place is covered in {share} of the images."
        ).format(share=_share(float(parts.mean())))
    return _(
        "Objects are found most {most}: a place there is covered in {share} of the images; "
        "least {least}: in {little}.",
        most=_(_PARTS[most[0]][most[1]]),
        share=_share(float(parts[most])),
        least=_(_PARTS[least[0]][least[1]]),
        little=_share(float(parts[least])),
    )


def unmeasured_sentence(numbers: BoxNumbers) -> str:
    """Return how many objects are in no figure, and who says why; or ""."""
    number = numbers.num_unmeasured
    if not number:
        return ""
    return ngettext(
        "{n:,} object is in no figure: its box cannot be trained on as it stands. The label doctor "
        "says why.",
        "{n:,} objects are in no figure: their boxes cannot be trained on as they stand. The label "
        "doctor says why.",
        number,
    )


def _ninths(places: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean of each of 3×3 parts."""
    thirds = [np.array_split(band, 3, axis=1) for band in np.array_split(places, 3, axis=0)]
    return np.array([[part.mean() for part in band] for band in thirds], dtype=np.float64)


def _percent(part: int, whole: int) -> str:
    """Return a share that is only called none or all if it is."""
    if part == 0:
        return _("none")
    if part == whole:
        return _("all")
    return _("{percent}%").format(percent=min(max(round(100 * part / whole), 1), 99))


def _share(share: float) -> str:
    if 0 < share < 0.005:
        return _("less than 1%")
    return f"{share:.0%}"


def _listed(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return _("{first} and {last}").format(first=", ".join(words[:-1]), last=words[-1])
