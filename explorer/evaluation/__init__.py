"""How good a detector is: average precision over a data set."""
