"""The data page: from a user's folder to a data set."""
