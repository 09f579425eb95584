"""Training runs: a process of their own, a directory that tells everything about them."""
