"""``ssd-explorer runs``: list, compare, steer, export and delete training runs."""
