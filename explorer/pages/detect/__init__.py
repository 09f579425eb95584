"""The detect page: what a detector finds on a picture, and why."""
