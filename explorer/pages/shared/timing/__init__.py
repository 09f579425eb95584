"""When things happen: later, not too often, in the background."""
