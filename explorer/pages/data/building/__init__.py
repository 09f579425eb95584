"""Build the data set."""
