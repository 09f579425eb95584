"""``ssd-explorer detect``: find the objects in image files."""
