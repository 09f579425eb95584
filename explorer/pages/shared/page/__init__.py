"""The frame of a page: its figures, colours, notices, tabs and address."""
