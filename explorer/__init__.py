"""SSD Explorer: see anchors, matching, training and detection of the SSD detector.

`import explorer` stays light: MXNet, which costs more than a second, is imported when the
first network is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.engine import Engine

__all__ = ["Engine", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "Engine":
        from explorer.engine import Engine

        return Engine
    raise AttributeError(f"module 'explorer' has no attribute {name!r}")
