"""How good a detector is on a data set, what it gets wrong and what each mistake costs."""
