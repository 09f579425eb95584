"""Data sets that are made: figures on photographs, with their boxes."""
