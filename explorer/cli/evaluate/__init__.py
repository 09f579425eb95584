"""`ssd-explorer evaluate`."""
