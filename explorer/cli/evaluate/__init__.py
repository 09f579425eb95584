"""``ssd-explorer evaluate``: how good a detector is, and what it gets wrong."""
