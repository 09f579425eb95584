"""``ssd-explorer anchors``: show anchors, measure how they cover a data set, and improve them."""
