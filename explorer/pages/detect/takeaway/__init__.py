"""What is found, as files to save."""
