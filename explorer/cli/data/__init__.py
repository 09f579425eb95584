"""`ssd-explorer data`."""
