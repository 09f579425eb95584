"""What a user should know of the devices that a setting came to mean; no MXNet."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.i18n import _


def devices_sentence(asked: str, num_gpus: int, used: Sequence[str]) -> str:
    """Return what there is to say of the choice; empty if it is as was asked.

    `asked` is "auto", "cpu", "gpu0", …, from which on `num_gpus` were wanted; `used` are the
    devices that compute, at least one.
    """
    if used[0] == "cpu":
        if asked == "cpu":
            return ""
        if asked == "auto":
            return _("No GPU found: computing on the CPU.")
        return _("{name} is not there: computing on the CPU.", name=asked)
    if num_gpus == 1:
        return ""
    on = _("Computing on {names}.", names=", ".join(used))
    if len(used) == num_gpus:
        return on
    fewer = _("{asked} GPUs were asked for, {found} found. {devices}")
    return fewer.format(asked=num_gpus, found=len(used), devices=on)
