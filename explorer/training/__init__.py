"""Training runs: each a process of its own, and a folder that tells everything about it."""
