"""`ssd-explorer runs`."""
