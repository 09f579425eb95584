"""A user's own images and labels, on their way to a data set."""
