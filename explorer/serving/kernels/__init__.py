"""The processes of the pages: how they start, and when they end."""
