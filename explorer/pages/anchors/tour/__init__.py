"""The tour of the page."""
