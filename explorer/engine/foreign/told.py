"""What was told of a foreign detector, held against what its files say."""

from __future__ import annotations

from explorer.i18n import _, ngettext
from explorer.mxnet_files.errors import MxnetFileError


class MistoldError(MxnetFileError):
    """What was told does not fit a file, which opens without it; one sentence says why."""


def check_classes(num_classes: int, told: tuple[str, ...] | None) -> None:
    """Refuse other class names than as many as are scored.

    Raises
    ------
    MistoldError
        If their numbers differ.
    """
    if told is not None and len(told) != num_classes:
        scored = ngettext("{n} class", "{n} classes", num_classes)
        names = ngettext("{n} name was told", "{n} names were told", len(told))
        raise MistoldError(_("it scores {scored}, but {names}", scored=scored, names=names))


def check_anchors(found: tuple[int, ...], told: tuple[int, ...]) -> None:
    """Refuse other anchors than as many in a cell of each map, finest first.

    Raises
    ------
    MistoldError
        If their numbers differ.
    """
    if told != found:
        text = _("a cell of its maps has {found} anchors, finest first, but {told} were told")
        numbers, given = (", ".join(map(str, each)) for each in (found, told))
        raise MistoldError(text.format(found=numbers, told=given))
