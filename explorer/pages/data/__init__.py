"""The data page: from a reader's folder to a data set."""
