"""A thousand damaged files: whatever is in a file, the answer is a sentence."""
