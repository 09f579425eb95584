"""`ssd-explorer detect`."""
