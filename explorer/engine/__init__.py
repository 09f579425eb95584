"""The core: a detector with everything around it, for pages, commands, training and scripts.

`Engine` is what they use; the files beside it are its parts. Nothing here imports MXNet before a
network is needed.
"""

from explorer.engine.engine import Engine

__all__ = ["Engine"]
