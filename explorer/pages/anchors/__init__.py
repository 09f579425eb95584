"""The anchors page: which anchors there are, and which of them match an object."""
