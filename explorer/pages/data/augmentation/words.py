"""What augmentation did to an image, in words."""

from __future__ import annotations

from explorer.datasets.augmentation import CROP_ATTEMPTS, LEAST_COVERED, ImageChange
from explorer.i18n import N_, _, ngettext
from explorer.pages.data.augmentation.model import Throw, Thrown

MODE_WORDS = {
    "none": N_("Nothing"),
    "crop": N_("Random crops"),
    "full": N_("Crops, mirror, colours"),
}

_RULES = {
    "none": N_("The image is squeezed to the input’s square, the same in every epoch."),
    "crop": N_(
        "Each epoch sees another crop. Of {attempts} random ones the first is taken that keeps "
        "at least {least:.0%} of every object, so none is ever cropped away."
    ),
    "full": N_(
        "Each epoch sees another crop, mirrored at random half of the time, in other colours. Of "
        "{attempts} random crops the first is taken that keeps at least {least:.0%} of every "
        "object, so none is ever cropped away."
    ),
}


def rule_sentence(mode: str) -> str:
    """Return what a mode does to all images."""
    return _(_RULES[mode], attempts=CROP_ATTEMPTS, least=LEAST_COVERED)


def change_words(thrown: Thrown, throw: Throw) -> str:
    """Return what happened to an image in one throw."""
    change = throw.change
    words = [_crop_words(thrown, change)]
    if change.mirrored:
        words.append(_("mirrored"))
    if change.colors is not None:
        brightness, contrast, saturation = change.colors
        words.append(
            _("brightness × {brightness:.2f}, contrast × {contrast:.2f}, colour × {saturation:.2f}")
            .format(brightness=brightness, contrast=contrast, saturation=saturation)
        )  # fmt: skip
    return ", ".join(words)


def objects_sentence(throw: Throw) -> str:
    """Return what became of the objects."""
    number, cut = len(throw.kept), int(throw.cut.sum())
    if not number:
        return _("It has no object to keep.")
    if not cut:
        return ngettext("Its object is whole.", "All {n} objects are whole.", number)
    kept = float(throw.kept.min())
    if number == 1:
        return _("Its object is cut at the border: {kept:.1%} of it is kept.", kept=kept)
    return ngettext(
        "{n} of {number} objects is cut at the border: {kept:.1%} of it is kept.",
        "{n} of {number} objects are cut at the border: at least {kept:.1%} is kept.",
        cut,
        number=number,
        kept=kept,
    )


def _crop_words(thrown: Thrown, change: ImageChange) -> str:
    if thrown.mode == "none":
        return _("The whole image")
    if change.crop_px is None:
        return _("The whole image, for no crop kept all objects")
    left, top, right, bottom = change.crop_px
    area = (right - left) * (bottom - top) / (thrown.picture.width_px * thrown.picture.height_px)
    return _("A crop of {area:.0%} of the image").format(area=area)
