"""The anchors in the words of other programs."""
