"""The anchors that are drawn, as a table."""
