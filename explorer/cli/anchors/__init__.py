"""`ssd-explorer anchors`."""
