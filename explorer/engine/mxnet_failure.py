"""What went wrong in MXNet, where an exception says that something did."""

from __future__ import annotations

from typing import Literal


def mxnet_failure(error: Exception) -> Literal["memory", "other"] | None:
    """Return whether a device's memory was full, or what else MXNet met; None of other errors."""
    from explorer.net.runtime import mx

    if not isinstance(error, mx.base.MXNetError):
        return None
    words = ("out of memory", "failed to allocate")  # of a GPU, of the machine itself
    return "memory" if any(each in str(error).lower() for each in words) else "other"
