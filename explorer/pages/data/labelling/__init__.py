"""Draw the labels."""
